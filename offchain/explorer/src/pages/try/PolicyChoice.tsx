import type { Advice, Alternative } from "@vouch/sdk";
import type { ReactNode } from "react";
import { useId } from "react";
import { Amount } from "../../ui/Amount.tsx";
import { Note } from "../../ui/Note.tsx";
import { formatSeconds } from "../../ui/format.ts";

/** What an answer may rest on, with what each costs; the advisor's choice is said, and a choice weaker than the stake is warned of. */
export function PolicyChoice({
  advice,
  chosen,
  onChoose,
}: {
  readonly advice: Advice;
  readonly chosen: Alternative | undefined;
  readonly onChoose: (alternative: Alternative) => void;
}): ReactNode {
  const id = useId();
  const { recommendation, alternatives, warnings } = advice;
  const possible = alternatives.filter(({ shortfalls }) => !shortfalls.includes("IMPOSSIBLE"));
  return (
    <>
      {recommendation.found ? (
        <Note tone="info" title={`Advised: ${recommendation.alternative.text}`}>
          <p>{recommendation.why}</p>
        </Note>
      ) : (
        <Note tone="warning" title="Nothing here is enough for what is at stake">
          <ul>
            {recommendation.why.map((it) => (
              <li key={it}>{it}</li>
            ))}
          </ul>
        </Note>
      )}
      <fieldset className="policies">
        <legend>Evidence to demand</legend>
        {possible.map((it) => (
          <label key={it.text} className="policy">
            <input
              type="radio"
              name={id}
              checked={chosen?.text === it.text}
              onChange={() => {
                onChoose(it);
              }}
            />
            <span>
              <code>{it.text}</code>{" "}
              {recommendation.found && recommendation.alternative.text === it.text ? (
                <strong>advised</strong>
              ) : null}
              <br />
              {it.cost === undefined ? (
                "of unknown price"
              ) : (
                <>
                  about <Amount wei={it.cost.total} />
                </>
              )}
              {it.time === undefined ? "" : `, final after about ${formatSeconds(it.time.usual)}`}
              <small>{it.trusts.join(" ")}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {chosen !== undefined && !chosen.sufficient ? (
        <Note tone="danger" title="Weaker than what is at stake">
          <p>
            What this evidence rests on reaches less than the value that you named: bending the
            answer would pay.
          </p>
        </Note>
      ) : null}
      {[...(chosen?.warnings ?? []), ...warnings]
        .filter(({ code }) => code !== "POLICY_WEAKER_THAN_VALUE")
        .map(({ code, text }) => (
          <Note
            key={code}
            tone={RED.has(code) ? "danger" : "warning"}
            title={code.toLowerCase().replaceAll("_", " ")}
          >
            <p>{text}</p>
          </Note>
        ))}
    </>
  );
}

const RED: ReadonlySet<string> = new Set(["DEVELOPMENT_SETUP", "SIMULATED_ENCLAVE"]);
