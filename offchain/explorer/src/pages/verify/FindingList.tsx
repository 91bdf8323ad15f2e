import type { ReactNode } from "react";
import { StrangersText } from "../../ui/StrangersText.tsx";
import type { Finding } from "./verdict.ts";

const WORDS = {
  holds: "Holds",
  fails: "Fails",
  weak: "Weak",
  unknown: "Not on the chain",
} as const satisfies Readonly<Record<Finding["outcome"], string>>;

/** Checks with what came of each, told by a word and not by its colour alone. */
export function FindingList({ findings }: { readonly findings: readonly Finding[] }): ReactNode {
  return (
    <ul className="findings">
      {findings.map(({ name, outcome, words }) => (
        <li key={name}>
          <span className={`finding-mark finding-${outcome}`}>{WORDS[outcome]}</span>
          <div>
            <strong>{name}</strong>
            <p>
              <StrangersText text={words} limit={1_000} />
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
