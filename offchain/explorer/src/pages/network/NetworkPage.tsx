import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { readHealth } from "../../data/readHealth.ts";
import type { Network } from "../../data/readNetwork.ts";
import { readNetwork } from "../../data/readNetwork.ts";
import { Amount } from "../../ui/Amount.tsx";
import { Assurance } from "../../ui/Assurance.tsx";
import { formatCount } from "../../ui/format.ts";
import { Hash } from "../../ui/Hash.tsx";
import { Page } from "../../ui/Page.tsx";
import { Query } from "../../ui/Query.tsx";
import { Section } from "../../ui/Section.tsx";
import { Stat, Stats } from "../../ui/Stat.tsx";
import { StatusBadge } from "../../ui/StatusBadge.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { Activity } from "./Activity.tsx";

/** All that happens, and what it rests on. */
export function NetworkPage(): ReactNode {
  const clock = useQuery({ queryKey: ["health"], queryFn: readHealth });
  const now = clock.data?.at;
  const result = useQuery({
    queryKey: ["network", now === undefined ? 0 : Math.floor(now / 60)],
    queryFn: ({ signal }) => readNetwork(now ?? 0, signal),
    enabled: now !== undefined || clock.isError,
  });
  return (
    <Page
      title="Network"
      lead="Answers of models that contracts act on, and the evidence that each of them rests on. What is weak is red."
    >
      <div className="stats-place">
        <Query result={result} what="the network">
          {(data) => <Overview data={data} />}
        </Query>
      </div>
      {now === undefined ? null : <Activity now={now} />}
      <Query result={result} what="the newest requests">
        {(data) => <Lists data={data} />}
      </Query>
    </Page>
  );
}

function Overview({ data: { network, online } }: { readonly data: Network }): ReactNode {
  if (network === null)
    return <p>Nothing happened yet: no release was published and no operator staked.</p>;
  return (
    <Stats>
      <Stat
        label="Requests"
        value={formatCount(network.requests)}
        hint={`${formatCount(network.finals)} final, ${formatCount(network.refunds)} refunded`}
      />
      <Stat label="Escrowed" value={<Amount wei={network.escrowed} />} hint="in all" />
      <Stat
        label="Fees"
        value={<Amount wei={network.fees} />}
        hint={
          <>
            royalties <Amount wei={network.royalties} />
          </>
        }
      />
      <Stat
        label="Operators online"
        value={`${formatCount(online.totalCount)} of ${formatCount(network.operators)}`}
        hint="heard of within a day"
      />
      <Stat
        label="Stake"
        value={<Amount wei={network.stake} />}
        hint={
          <>
            exposed <Amount wei={network.exposure} />
          </>
        }
      />
      <Stat
        label="Slashed"
        value={<Amount wei={network.slashed} />}
        hint={`answers overturned: ${formatCount(network.overturned)}`}
      />
      <Stat
        label="Models"
        value={formatCount(network.models)}
        hint={`releases: ${formatCount(network.releases)}`}
      />
      <Stat label="Feeds" value={formatCount(network.feeds)} />
    </Stats>
  );
}

function Lists({ data: { slashes, recent } }: { readonly data: Network }): ReactNode {
  return (
    <>
      <Section title="Newest requests">
        <Table
          caption="The newest requests"
          empty="Nobody asked for anything yet."
          rows={recent.items}
          keyOf={({ id }) => id}
          columns={[
            { name: "Request", cell: ({ id }) => <Hash value={id} href={`/request/${id}`} /> },
            {
              name: "Release",
              cell: ({ release }) => <Hash value={release} href={`/release/${release}`} />,
            },
            { name: "Requester", cell: ({ requester }) => <Hash value={requester} /> },
            { name: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
            {
              name: "Evidence",
              cell: ({ kinds, flags }) => <Assurance kinds={kinds} flags={flags} />,
            },
            { name: "Asked", cell: ({ askedAt }) => <Time at={askedAt} /> },
          ]}
        />
      </Section>
      <Section
        title="Slashing"
        lead="Stake that operators lost: whom it hurt is made whole first, then who showed the fault, and the rest burns."
      >
        <Table
          caption="Stake that was slashed, the newest first"
          empty="No operator lost stake so far."
          rows={slashes.items}
          keyOf={({ id }) => id}
          columns={[
            {
              name: "Operator",
              cell: ({ operator }) => <Hash value={operator} href={`/operator/${operator}`} />,
            },
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
            { name: "Rewarded", align: "end", cell: ({ rewarded }) => <Amount wei={rewarded} /> },
            { name: "Burned", align: "end", cell: ({ burned }) => <Amount wei={burned} /> },
            { name: "When", cell: ({ at }) => <Time at={at} /> },
          ]}
        />
      </Section>
    </>
  );
}
