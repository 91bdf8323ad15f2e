import type { ReactNode } from "react";
import { FLAG_WORDS, kindsOf } from "./assuranceWords.ts";
import "./badge.css";

/** The evidence that was verified, as badges: what is weak comes first, in red and in words. */
export function Assurance({
  kinds,
  flags,
}: {
  /** Bits as in `Assurance.kinds`; null before there is an answer. */
  readonly kinds: number | null;
  readonly flags: number | null;
}): ReactNode {
  if (kinds === null) return <span className="badge">no answer yet</span>;
  const told = FLAG_WORDS.filter(({ bit }) => ((flags ?? 0) & bit) !== 0);
  return (
    <span className="badges">
      {told
        .filter(({ isWeak }) => isWeak)
        .map(({ words }) => (
          <span key={words} className="badge" data-tone="bad">
            {words}
          </span>
        ))}
      {kinds === 0 ? <span className="badge">no evidence</span> : null}
      {kindsOf(kinds).map((kind) => (
        <span key={kind} className="badge" data-kind={kind}>
          {kind}
        </span>
      ))}
      {told
        .filter(({ isWeak }) => !isWeak)
        .map(({ words }) => (
          <span key={words} className="badge" data-tone="warning">
            {words}
          </span>
        ))}
    </span>
  );
}
