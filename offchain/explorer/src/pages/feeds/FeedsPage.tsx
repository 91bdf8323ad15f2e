import type { ReactNode } from "react";
import type { FeedRow } from "../../data/listFeeds.ts";
import { listFeeds } from "../../data/listFeeds.ts";
import { usePages } from "../../data/usePages.ts";
import { Amount } from "../../ui/Amount.tsx";
import { formatCount } from "../../ui/format.ts";
import { Hash } from "../../ui/Hash.tsx";
import { Page } from "../../ui/Page.tsx";
import { Pager } from "../../ui/Pager.tsx";
import { Query } from "../../ui/Query.tsx";
import { Section } from "../../ui/Section.tsx";
import type { Column } from "../../ui/Table.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";

const COLUMNS: readonly Column<FeedRow>[] = [
  { name: "Feed", cell: ({ id }) => <Hash value={id} href={`/feed/${id}`} /> },
  { name: "Release", cell: ({ release }) => <Hash value={release} href={`/release/${release}`} /> },
  { name: "Sponsor", cell: ({ sponsor }) => <Hash value={sponsor} /> },
  { name: "Rounds", align: "end", cell: ({ rounds }) => formatCount(rounds) },
  {
    name: "Newest round",
    cell: ({ updatedAt }) => (updatedAt === null ? "none yet" : <Time at={updatedAt} />),
  },
  { name: "Funded", align: "end", cell: ({ funded }) => <Amount wei={funded} /> },
  { name: "State", cell: ({ cancelled }) => (cancelled ? "cancelled" : "running") },
];

/** Models that are asked again and again, for contracts that read the newest answer. */
export function FeedsPage(): ReactNode {
  const pages = usePages(["feeds"], listFeeds);
  return (
    <Page
      title="Feeds"
      lead="Releases that are asked again and again, so that a contract can read the newest answer as it reads a price."
    >
      <Section title="All feeds">
        <Query result={pages.result} what="the feeds">
          {({ rows }) => (
            <Table
              caption="Feeds, the newest first"
              columns={COLUMNS}
              rows={rows}
              keyOf={({ id }) => id}
              empty="Nobody runs a feed yet. Each would be here with its newest round."
            />
          )}
        </Query>
        <Pager pages={pages} what="feeds" />
      </Section>
    </Page>
  );
}
