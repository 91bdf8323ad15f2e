import { DISPUTE_STATUSES } from "@vouch/protocol";
import type { ReactNode } from "react";
import { useState } from "react";
import type { ListedDispute } from "../../data/listDisputes.ts";
import { listDisputes } from "../../data/listDisputes.ts";
import { usePages } from "../../data/usePages.ts";
import { Amount } from "../../ui/Amount.tsx";
import { Hash } from "../../ui/Hash.tsx";
import { Page } from "../../ui/Page.tsx";
import { Pager } from "../../ui/Pager.tsx";
import { Query } from "../../ui/Query.tsx";
import { Section } from "../../ui/Section.tsx";
import { Select } from "../../ui/Select.tsx";
import { StatusBadge } from "../../ui/StatusBadge.tsx";
import type { Column } from "../../ui/Table.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";

type Choice = ListedDispute["status"] | "any";

const WORDS: Readonly<Record<Choice, string>> = {
  any: "Any",
  none: "None",
  awaitingProof: "Awaits a proof",
  awaitingQuorum: "Awaits a panel",
  upheld: "The answer stands",
  overturned: "Overturned",
  undecided: "Undecided",
};
const CHOICES: readonly { readonly value: Choice; readonly label: string }[] = [
  { value: "any", label: WORDS.any },
  ...DISPUTE_STATUSES.filter((it) => it !== "none").map((it) => ({ value: it, label: WORDS[it] })),
];

const COLUMNS: readonly Column<ListedDispute>[] = [
  { name: "Request", cell: ({ request }) => <Hash value={request} href={`/request/${request}`} /> },
  { name: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { name: "Challenger", cell: ({ challenger }) => <Hash value={challenger} /> },
  {
    name: "Operator",
    cell: ({ operator }) => <Hash value={operator} href={`/operator/${operator}`} />,
  },
  { name: "Bond", align: "end", cell: ({ bond }) => <Amount wei={bond} /> },
  { name: "Rounds of panels", align: "end", cell: ({ rounds }) => rounds },
  { name: "Opened", cell: ({ openedAt }) => <Time at={openedAt} /> },
  {
    name: "Decided",
    cell: ({ decidedAt, decideBy }) =>
      decidedAt === null ? (
        <>
          due <Time at={decideBy} />
        </>
      ) : (
        <Time at={decidedAt} />
      ),
  },
];

/** Challenges of answers, and how they ended. */
export function DisputesPage(): ReactNode {
  const [status, setStatus] = useState<Choice>("any");
  const pages = usePages(["disputes", status], (after, signal) =>
    listDisputes(status === "any" ? "" : status, after, signal),
  );
  return (
    <Page
      title="Disputes"
      lead="Answers that somebody challenged with a bond. An answer that is challenged becomes final by a proof or by a panel, in no other way."
    >
      <Section
        title="Challenges"
        actions={<Select label="Status" value={status} onChange={setStatus} options={CHOICES} />}
      >
        <Query result={pages.result} what="the disputes">
          {({ rows }) => (
            <Table
              caption="Challenges, the newest first"
              columns={COLUMNS}
              rows={rows}
              keyOf={({ id }) => id}
              empty={
                status === "any"
                  ? "Nobody challenged an answer so far. Each challenge would be here with its bond and its deadline."
                  : "No challenge has this status."
              }
            />
          )}
        </Query>
        <Pager pages={pages} what="disputes" />
      </Section>
    </Page>
  );
}
