import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useParams } from "wouter";
import type { OperatorRow } from "../../data/listOperators.ts";
import type { OperatorDetails } from "../../data/readOperator.ts";
import { readOperator } from "../../data/readOperator.ts";
import { Amount } from "../../ui/Amount.tsx";
import { Assurance } from "../../ui/Assurance.tsx";
import { formatCount } from "../../ui/format.ts";
import { Hash } from "../../ui/Hash.tsx";
import { Note } from "../../ui/Note.tsx";
import { Page } from "../../ui/Page.tsx";
import { Query } from "../../ui/Query.tsx";
import { Section } from "../../ui/Section.tsx";
import { Stat, Stats } from "../../ui/Stat.tsx";
import { StatusBadge } from "../../ui/StatusBadge.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { Enclaves } from "./Enclaves.tsx";
import { meanSeconds } from "./meanSeconds.ts";

/** One operator: what it stakes, what it stands for, and what became of its answers. */
export function OperatorPage(): ReactNode {
  const { id } = useParams<{ id: string }>();
  const isAddress = /^0x[0-9a-f]{40}$/i.test(id);
  const result = useQuery({
    queryKey: ["operator", id],
    queryFn: ({ signal }) => readOperator(id, signal),
    enabled: isAddress,
  });
  return (
    <Page title="Operator" {...(isAddress ? { lead: <Hash value={id} chars={20} /> } : {})}>
      {isAddress ? (
        <Query result={result} what="the operator">
          {(data) =>
            data.operator === null ? (
              <Note tone="info" title="Not there">
                Nobody of this address has staked.
              </Note>
            ) : (
              <>
                <Figures operator={data.operator} />
                <Standing data={data} />
                <Enclaves enclaves={data.enclaves} />
                <History data={data} />
              </>
            )
          }
        </Query>
      ) : (
        <Note tone="warning" title="No address">
          What stands in the address line is not the address of an operator.
        </Note>
      )}
    </Page>
  );
}

function Figures({ operator }: { readonly operator: OperatorRow }): ReactNode {
  const commission = operator.commissionBps;
  return (
    <Stats>
      <Stat
        label="Own stake"
        value={<Amount wei={operator.own} />}
        hint={
          <>
            delegated <Amount wei={operator.delegated} />
          </>
        }
      />
      <Stat
        label="Exposed"
        value={<Amount wei={operator.exposure} />}
        hint={`${formatCount(operator.openLiabilities)} open liabilities`}
      />
      <Stat label="Leaving" value={<Amount wei={operator.exiting} />} hint="stake on its way out" />
      <Stat
        label="Answers"
        value={formatCount(operator.answers)}
        hint={`${formatCount(operator.overturned)} overturned, ${formatCount(operator.missed)} missed`}
      />
      <Stat label="Takes" value={meanSeconds(operator)} hint="from request to answer, on average" />
      <Stat
        label="Earned"
        value={<Amount wei={operator.earned} />}
        hint={commission === null ? "no delegation" : `${commission / 100} % commission`}
      />
      <Stat label="Slashed" value={<Amount wei={operator.slashed} />} />
      <Stat
        label="Seen"
        value={<Time at={operator.lastSeenAt} />}
        hint={
          <>
            joined <Time at={operator.joinedAt} />
          </>
        }
      />
    </Stats>
  );
}

function Standing({ data: { liabilities } }: { readonly data: OperatorDetails }): ReactNode {
  return (
    <Section
      title="What it stands for"
      lead="Stake that is held for answers, and goes to whom they hurt if they turn out wrong."
    >
      <Table
        caption="Open liabilities"
        rows={liabilities}
        keyOf={({ id }) => id}
        empty="Nothing is held against its stake now."
        columns={[
          { name: "Liability", cell: ({ liability }) => <Hash value={liability} /> },
          { name: "Held by", cell: ({ holder }) => <Hash value={holder} /> },
          { name: "Amount", align: "end", cell: ({ amount }) => <Amount wei={amount} /> },
          { name: "Lapses", cell: ({ lapsesAt }) => <Time at={lapsesAt} /> },
        ]}
      />
    </Section>
  );
}

function History({ data: { slashes, requests } }: { readonly data: OperatorDetails }): ReactNode {
  return (
    <>
      <Section title="Slashing">
        <Table
          caption="Stake that it lost, the newest first"
          rows={slashes}
          keyOf={({ id }) => id}
          empty="It lost no stake."
          columns={[
            { name: "Own", align: "end", cell: ({ own }) => <Amount wei={own} /> },
            {
              name: "Delegated",
              align: "end",
              cell: ({ delegated }) => <Amount wei={delegated} />,
            },
            {
              name: "Compensated",
              align: "end",
              cell: ({ compensated }) => <Amount wei={compensated} />,
            },
            { name: "Burned", align: "end", cell: ({ burned }) => <Amount wei={burned} /> },
            { name: "When", cell: ({ at }) => <Time at={at} /> },
          ]}
        />
      </Section>
      <Section title="Newest requests">
        <Table
          caption="The newest requests that it took"
          rows={requests}
          keyOf={({ id }) => id}
          empty="It took no request yet."
          columns={[
            { name: "Request", cell: ({ id }) => <Hash value={id} href={`/request/${id}`} /> },
            {
              name: "Release",
              cell: ({ release }) => <Hash value={release} href={`/release/${release}`} />,
            },
            { name: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
            {
              name: "Evidence",
              cell: ({ kinds, flags }) => <Assurance kinds={kinds} flags={flags} />,
            },
            { name: "Asked", cell: ({ askedAt }) => <Time at={askedAt} /> },
          ]}
        />
      </Section>
    </>
  );
}
