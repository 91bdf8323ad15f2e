import { useQuery } from "@tanstack/react-query";
import { formatUnits } from "ethers";
import type { ReactNode } from "react";
import { useParams } from "wouter";
import type { FeedRow } from "../../data/listFeeds.ts";
import type { FeedRound } from "../../data/readFeed.ts";
import { readFeed } from "../../data/readFeed.ts";
import { readFeedDecimals } from "../../data/readFeedDecimals.ts";
import { Amount } from "../../ui/Amount.tsx";
import { Assurance } from "../../ui/Assurance.tsx";
import { TimeChart } from "../../ui/charts/TimeChart.tsx";
import { formatCount } from "../../ui/format.ts";
import { Hash } from "../../ui/Hash.tsx";
import { Note } from "../../ui/Note.tsx";
import { Page } from "../../ui/Page.tsx";
import { Query } from "../../ui/Query.tsx";
import { Section } from "../../ui/Section.tsx";
import { Stat, Stats } from "../../ui/Stat.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import { feedPoints } from "./feedPoints.ts";

const short = (value: number): string =>
  value.toLocaleString("en", { maximumSignificantDigits: 6 });

/** One feed: its answers over time, and what each of them rests on. */
export function FeedPage(): ReactNode {
  const { id } = useParams<{ id: string }>();
  const isAddress = /^0x[0-9a-f]{40}$/i.test(id);
  const feed = useQuery({
    queryKey: ["feed", id],
    queryFn: ({ signal }) => readFeed(id, signal),
    enabled: isAddress,
  });
  const decimals = useQuery({
    queryKey: ["feedDecimals", id],
    queryFn: ({ signal }) => readFeedDecimals(id, signal),
    enabled: isAddress,
    staleTime: Infinity, // immutable in the contract
    refetchInterval: false,
  });
  if (!isAddress)
    return (
      <Page title="Feed">
        <Note tone="warning" title="No address">
          What stands in the address line is not the address of a feed.
        </Note>
      </Page>
    );
  return (
    <Page title="Feed" lead={<Hash value={id} chars={20} />}>
      <Query result={feed} what="the feed">
        {(data) =>
          data.feed === null ? (
            <Note tone="info" title="Not there">
              The scheduler knows no feed of this address.
            </Note>
          ) : (
            <>
              <Summary feed={data.feed} />
              <Query result={decimals} what="the feed's decimals from the chain">
                {(digits) => <Rounds rounds={data.feedRounds} decimals={digits} />}
              </Query>
            </>
          )
        }
      </Query>
    </Page>
  );
}

function Summary({ feed }: { readonly feed: FeedRow }): ReactNode {
  return (
    <>
      {feed.cancelled ? (
        <Note tone="warning" title="Cancelled">
          Its sponsor ended it. What it answered last only gets older.
        </Note>
      ) : null}
      <Stats>
        <Stat
          label="Release"
          value={<Hash value={feed.release} href={`/release/${feed.release}`} />}
        />
        <Stat label="Rounds" value={formatCount(feed.rounds)} />
        <Stat
          label="Newest round"
          value={feed.updatedAt === null ? "none yet" : <Time at={feed.updatedAt} />}
        />
        <Stat
          label="Funded"
          value={<Amount wei={feed.funded} />}
          hint="in all, runs not deducted"
        />
      </Stats>
    </>
  );
}

function Rounds({
  rounds,
  decimals,
}: {
  readonly rounds: readonly FeedRound[];
  readonly decimals: number;
}): ReactNode {
  const points = feedPoints(rounds, decimals);
  const hasConfidence = rounds.some(({ confidence }) => confidence !== 0n);
  return (
    <>
      {rounds.length === 0 ? null : (
        <Section
          title="Answers over time"
          lead="Confidence is an output of the model: what it is worth, its publisher says and nothing here proves."
        >
          <div className="charts">
            <TimeChart
              title="Answer"
              points={points}
              series={[{ key: "answer", name: "Answer", colour: "var(--accent)" }]}
              format={short}
            />
            {hasConfidence ? (
              <TimeChart
                title="Confidence"
                points={points}
                series={[{ key: "confidence", name: "Confidence", colour: "var(--tee)" }]}
                format={short}
              />
            ) : null}
          </div>
        </Section>
      )}
      <Section title="Rounds">
        <Table
          caption="The newest rounds, at most 200"
          rows={rounds}
          keyOf={({ id }) => id}
          empty="The feed has no round yet. Each would be here with the evidence that it rests on."
          columns={[
            { name: "Round", align: "end", cell: ({ round }) => formatCount(round) },
            { name: "Answer", align: "end", cell: ({ answer }) => formatUnits(answer, decimals) },
            {
              name: "Confidence",
              align: "end",
              cell: ({ confidence }) =>
                hasConfidence ? formatUnits(confidence, decimals) : "none given",
            },
            {
              name: "Evidence",
              cell: ({ kinds, flags }) => <Assurance kinds={kinds} flags={flags} />,
            },
            {
              name: "Request",
              cell: ({ request }) => <Hash value={request} href={`/request/${request}`} />,
            },
            { name: "When", cell: ({ at }) => <Time at={at} /> },
          ]}
        />
      </Section>
    </>
  );
}
