import { decodeAssurance } from "@vouch/protocol";
import type { ReactNode } from "react";
import type { RequestDetails } from "../../data/readRequest.ts";
import type { Explanation } from "../../evidence/explainEvidence.ts";
import { explainEvidence, NEVER_PROVEN } from "../../evidence/explainEvidence.ts";
import { Note } from "../../ui/Note.tsx";
import "./requestEvidence.css";

/** Every piece of evidence of an answer: what it proves, and what it does not; what is worth nothing first and in red. */
export function RequestEvidence({ request }: { readonly request: RequestDetails }): ReactNode {
  const assurance = assuranceOf(request);
  if (assurance === null)
    return <p>There is no answer yet, and so no evidence. It has to meet the policy below.</p>;
  return (
    <>
      {explainEvidence(assurance, request.status).map((it) => (
        <Kind key={it.kind} explanation={it} />
      ))}
      <div className="evidence">
        <h3>What no evidence shows</h3>
        <ul>
          {NEVER_PROVEN.map((it) => (
            <li key={it}>{it}</li>
          ))}
        </ul>
      </div>
    </>
  );
}

/** Assurance of a request's answer as the indexer has it; null before there is one. */
export function assuranceOf({
  kinds,
  flags,
  quorumK,
  quorumN,
  minTcb,
  window,
  stakeAtRisk,
}: RequestDetails): ReturnType<typeof decodeAssurance> | null {
  if (kinds === null) return null;
  return decodeAssurance({
    kinds: BigInt(kinds),
    flags: BigInt(flags ?? 0),
    quorumK: BigInt(quorumK ?? 0),
    quorumN: BigInt(quorumN ?? 0),
    minTcb: BigInt(minTcb ?? 0),
    tolerance: 0n,
    window: BigInt(window ?? 0),
    stakeAtRisk: stakeAtRisk ?? 0n,
  });
}

function Kind({ explanation }: { readonly explanation: Explanation }): ReactNode {
  const { kind, title, weaknesses, proves, provesNot } = explanation;
  return (
    <article className="evidence">
      <h3>
        {title} <span className={`evidence-kind evidence-${kind}`}>{kind}</span>
      </h3>
      {weaknesses.map(({ label, text }) => (
        <Note key={label} tone="danger" title={label}>
          {text}
        </Note>
      ))}
      <div className="evidence-sides">
        <div>
          <h4>It proves</h4>
          <ul>
            {proves.map((it) => (
              <li key={it}>{it}</li>
            ))}
          </ul>
        </div>
        <div>
          <h4>It does not prove</h4>
          <ul>
            {provesNot.map((it) => (
              <li key={it}>{it}</li>
            ))}
          </ul>
        </div>
      </div>
    </article>
  );
}
