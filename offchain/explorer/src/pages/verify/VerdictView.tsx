import type { ReactNode } from "react";
import { explainEvidence, NEVER_PROVEN } from "../../evidence/explainEvidence.ts";
import { Note } from "../../ui/Note.tsx";
import { Section } from "../../ui/Section.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { ContentsView } from "./ContentsView.tsx";
import { FindingList } from "./FindingList.tsx";
import type { Verdict } from "./verdict.ts";

/** What came of verifying: the verdict first, then each check, then what no check shows. */
export function VerdictView({ verdict }: { readonly verdict: Verdict }): ReactNode {
  return (
    <>
      <div role="status" aria-live="polite" data-verdict={verdict.status}>
        <Headline verdict={verdict} />
      </div>
      {verdict.contents === null ? null : (
        <Section
          title="What it says"
          {...(verdict.status === "invalid"
            ? { lead: "As the receipt claims it. It is invalid: believe none of this." }
            : {})}
        >
          <ContentsView contents={verdict.contents} />
        </Section>
      )}
      {verdict.status === "invalid" ? null : <Held verdict={verdict} />}
    </>
  );
}

function Headline({ verdict }: { readonly verdict: Verdict }): ReactNode {
  switch (verdict.status) {
    case "invalid":
      return (
        <Note tone="danger" title={`Invalid: ${verdict.check}`}>
          <p>
            <StrangersText text={verdict.words} limit={1_000} />
          </p>
          <p>
            <code>{verdict.code}</code>: <StrangersText text={verdict.detail} limit={1_000} />
          </p>
        </Note>
      );
    case "weak":
      return (
        <Note tone="danger" title="Valid, but weak">
          <p>Every check holds, and yet what it rests on is worth little:</p>
          <ul>
            {verdict.weaknesses.map((it) => (
              <li key={it}>{it}</li>
            ))}
          </ul>
          <Took verdict={verdict} />
        </Note>
      );
    case "valid":
      return (
        <Note tone="good" title="Valid">
          <p>
            {verdict.chain.status === "asked"
              ? "Every check holds, and the chain agrees."
              : "Every check that can be made without a chain holds."}
          </p>
          <Took verdict={verdict} />
        </Note>
      );
  }
}

type HeldVerdict = Exclude<Verdict, { readonly status: "invalid" }>;

function Took({ verdict: { took } }: { readonly verdict: HeldVerdict }): ReactNode {
  return <p>Verified in this browser in {Math.max(1, Math.round(took))} ms.</p>;
}

function Held({ verdict }: { readonly verdict: HeldVerdict }): ReactNode {
  const { findings, notChecked, assurance, chain } = verdict;
  // Of an answer that is final: what is still open on the chain is among its findings.
  const explained = explainEvidence(assurance, "fulfilled");
  return (
    <>
      <Section title="Checks in this browser">
        <FindingList findings={findings} />
      </Section>
      {chain.status === "unreachable" ? (
        <Note tone="warning" title="The chain did not answer">
          <p>What was verified without it stands. The rest is not known:</p>
          <p>
            <StrangersText text={chain.reason} limit={500} />
          </p>
        </Note>
      ) : null}
      {chain.status === "asked" ? (
        <Section title="What the chain says" lead="As far as the endpoint is believed.">
          <FindingList findings={chain.findings} />
        </Section>
      ) : null}
      <Section title="What the evidence proves">
        {explained.map(({ kind, title, weaknesses, proves, provesNot }) => (
          <div key={kind} className="explained">
            <h3>{title}</h3>
            {weaknesses.map(({ label, text }) => (
              <p key={label} className="weakness">
                <strong>{label}.</strong> {text}
              </p>
            ))}
            <p>It proves:</p>
            <ul>
              {proves.map((it) => (
                <li key={it}>{it}</li>
              ))}
            </ul>
            <p>It does not prove:</p>
            <ul>
              {provesNot.map((it) => (
                <li key={it}>{it}</li>
              ))}
            </ul>
          </div>
        ))}
      </Section>
      <Section title="What was not checked">
        <ul>
          {notChecked.map((it) => (
            <li key={it}>
              <StrangersText text={it} limit={500} />
            </li>
          ))}
        </ul>
        <h3>What no receipt proves</h3>
        <ul>
          {NEVER_PROVEN.map((it) => (
            <li key={it}>{it}</li>
          ))}
        </ul>
      </Section>
    </>
  );
}
