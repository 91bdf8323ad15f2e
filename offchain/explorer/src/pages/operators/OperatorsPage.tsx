import type { ReactNode } from "react";
import { useState } from "react";
import type { OperatorOrder, OperatorRow } from "../../data/listOperators.ts";
import { listOperators, OPERATOR_ORDERS } from "../../data/listOperators.ts";
import { usePages } from "../../data/usePages.ts";
import { Amount } from "../../ui/Amount.tsx";
import { formatCount } from "../../ui/format.ts";
import { Hash } from "../../ui/Hash.tsx";
import { Page } from "../../ui/Page.tsx";
import { Pager } from "../../ui/Pager.tsx";
import { Query } from "../../ui/Query.tsx";
import { Section } from "../../ui/Section.tsx";
import { Select } from "../../ui/Select.tsx";
import type { Column } from "../../ui/Table.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { meanSeconds } from "./meanSeconds.ts";

const ORDERS: Readonly<Record<OperatorOrder, string>> = {
  own: "Most stake",
  lastSeenAt: "Seen last",
  answers: "Most answers",
  earned: "Earned most",
  slashed: "Slashed most",
};

const COLUMNS: readonly Column<OperatorRow>[] = [
  { name: "Operator", cell: ({ id }) => <Hash value={id} href={`/operator/${id}`} /> },
  { name: "Own stake", align: "end", cell: ({ own }) => <Amount wei={own} /> },
  { name: "Delegated", align: "end", cell: ({ delegated }) => <Amount wei={delegated} /> },
  { name: "Exposed", align: "end", cell: ({ exposure }) => <Amount wei={exposure} /> },
  { name: "Answers", align: "end", cell: ({ answers }) => formatCount(answers) },
  { name: "Overturned", align: "end", cell: ({ overturned }) => formatCount(overturned) },
  { name: "Missed", align: "end", cell: ({ missed }) => formatCount(missed) },
  { name: "Takes", align: "end", cell: meanSeconds },
  { name: "Earned", align: "end", cell: ({ earned }) => <Amount wei={earned} /> },
  { name: "Slashed", align: "end", cell: ({ slashed }) => <Amount wei={slashed} /> },
  { name: "Seen", cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
];

/** Who answers, and with how much of their own at stake. */
export function OperatorsPage(): ReactNode {
  const [order, setOrder] = useState<OperatorOrder>("own");
  const pages = usePages(["operators", order], (after, signal) =>
    listOperators(order, after, signal),
  );
  return (
    <Page
      title="Operators"
      lead="Who answers, and what they stand to lose. Stake that is exposed backs answers that can still be challenged."
    >
      <Section
        title="All operators"
        actions={
          <Select
            label="Sort by"
            value={order}
            onChange={setOrder}
            options={OPERATOR_ORDERS.map((value) => ({ value, label: ORDERS[value] }))}
          />
        }
      >
        <Query result={pages.result} what="the operators">
          {({ rows }) => (
            <Table
              caption={`Operators: ${ORDERS[order].toLowerCase()} first`}
              columns={COLUMNS}
              rows={rows}
              keyOf={({ id }) => id}
              empty="Nobody has staked yet. Whoever does is here, with what became of their answers."
            />
          )}
        </Query>
        <Pager pages={pages} what="operators" />
      </Section>
    </Page>
  );
}
