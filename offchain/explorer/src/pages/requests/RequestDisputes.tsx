import type { ReactNode } from "react";
import type { DisputeRow } from "../../data/readRequest.ts";
import { Amount } from "../../ui/Amount.tsx";
import { Hash } from "../../ui/Hash.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";

const STATUS_WORDS: Readonly<Record<DisputeRow["status"], string>> = {
  none: "none",
  awaitingProof: "waiting for a proof of the operator",
  awaitingQuorum: "waiting for a panel",
  upheld: "upheld: the answer stands",
  overturned: "overturned: the answer does not stand",
  undecided: "undecided: no panel came to a decision",
};

/** Challenges of an answer, and how they ended. */
export function RequestDisputes({
  disputes,
}: {
  readonly disputes: readonly DisputeRow[];
}): ReactNode {
  return (
    <Table
      caption="Challenges of this answer"
      columns={[
        { name: "Challenger", cell: ({ challenger }) => <Hash value={challenger} /> },
        { name: "Bond", cell: ({ bond }) => <Amount wei={bond} />, align: "end" },
        { name: "Opened", cell: ({ openedAt }) => <Time at={openedAt} /> },
        { name: "Decided by", cell: ({ decideBy }) => <Time at={decideBy} /> },
        { name: "Rounds of panels", cell: ({ rounds }) => rounds, align: "end" },
        { name: "Status", cell: ({ status }) => STATUS_WORDS[status] },
      ]}
      rows={disputes}
      keyOf={({ id }) => id}
      empty="Nobody challenged it."
    />
  );
}
