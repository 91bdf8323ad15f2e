import type { ReactNode } from "react";
import type { ReleaseRow, ReleaseSurroundings } from "../../data/readRelease.ts";
import { priceOf } from "../../release/priceOf.ts";
import { sharesOf, usageOf } from "../../release/usageOf.ts";
import { Amount } from "../../ui/Amount.tsx";
import { Assurance } from "../../ui/Assurance.tsx";
import { Stat, Stats } from "../../ui/Stat.tsx";
import { Table } from "../../ui/Table.tsx";
import { UsageChart } from "./UsageChart.tsx";
import "./releaseUse.css";

/** What answers of a release cost, how often it is asked, and what its answers rest on. */
export function ReleaseUse({
  release,
  days,
  fees,
}: {
  readonly release: ReleaseRow;
  readonly days: ReleaseSurroundings["days"];
  readonly fees: ReleaseSurroundings["fees"];
}): ReactNode {
  const price = priceOf(fees);
  const shares = sharesOf(days);
  const answers = shares.reduce((sum, { count }) => sum + count, 0);
  return (
    <>
      <Stats>
        <Stat
          label="Fee, median"
          value={price === undefined ? "none yet" : <Amount wei={price.median} />}
          hint={price === undefined ? "" : `of the latest ${price.count} in the native token`}
        />
        {price === undefined ? null : (
          <Stat
            label="Fees, range"
            value={
              <>
                <Amount wei={price.least} /> to <Amount wei={price.most} />
              </>
            }
          />
        )}
        <Stat label="Requests" value={release.requests.toLocaleString("en-US")} />
        <Stat label="Answers" value={release.answers.toLocaleString("en-US")} />
        <Stat label="Fees paid" value={<Amount wei={release.fees} />} />
        <Stat
          label="Royalties paid"
          value={<Amount wei={release.royalties} />}
          hint={`${release.royaltyBps / 100} % of each fee`}
        />
      </Stats>
      {days.length === 0 ? (
        <p>Nobody has asked this release in the last 90 days.</p>
      ) : (
        <UsageChart days={usageOf(days)} />
      )}
      <Table
        caption="What the answers of the last 90 days rest on"
        columns={[
          {
            name: "Evidence",
            cell: ({ kinds, weak }) => (
              <>
                <Assurance kinds={kinds} flags={0} />
                {weak ? (
                  <strong className="use-weak">
                    {" "}
                    of a simulated enclave or a development set-up
                  </strong>
                ) : null}
              </>
            ),
          },
          { name: "Answers", cell: ({ count }) => count.toLocaleString("en-US"), align: "end" },
          {
            name: "Share",
            cell: ({ count }) => `${((100 * count) / answers).toFixed(1)} %`,
            align: "end",
          },
          { name: "Value", cell: ({ value }) => <Amount wei={value} />, align: "end" },
        ]}
        rows={shares}
        keyOf={({ kinds, weak }) => `${kinds}:${String(weak)}`}
        empty="No answers yet."
      />
    </>
  );
}
