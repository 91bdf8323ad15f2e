import type { ReactNode } from "react";
import "./badge.css";

const TONES: Readonly<Record<string, "good" | "warning" | "bad">> = {
  fulfilled: "good",
  upheld: "good",
  concluded: "good",
  provisional: "warning",
  challenged: "warning",
  awaitingProof: "warning",
  awaitingQuorum: "warning",
  undecided: "warning",
  overturned: "bad",
  failed: "bad",
  expired: "bad",
};
const WORDS: Readonly<Record<string, string>> = {
  awaitingProof: "awaiting a proof",
  awaitingQuorum: "awaiting a quorum",
};

/** Where a request, a dispute or a round stands. */
export function StatusBadge({ status }: { readonly status: string }): ReactNode {
  return (
    <span className="badge" data-tone={TONES[status]}>
      {WORDS[status] ?? status}
    </span>
  );
}
