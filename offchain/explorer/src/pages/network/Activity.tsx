import { EVIDENCE_KINDS } from "@vouch/protocol";
import type { EvidenceKind } from "@vouch/protocol";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useState } from "react";
import { bucketActivity } from "../../activity/bucketActivity.ts";
import type { Measure } from "../../activity/stackAssurance.ts";
import { stackAssurance } from "../../activity/stackAssurance.ts";
import { stackModels } from "../../activity/stackModels.ts";
import type { ActivityRow } from "../../data/readActivity.ts";
import { readActivity } from "../../data/readActivity.ts";
import { readModelAssurance } from "../../data/readModelAssurance.ts";
import { readModelNames } from "../../data/readModelNames.ts";
import { RankedChart } from "../../ui/charts/RankedChart.tsx";
import { StackedChart } from "../../ui/charts/StackedChart.tsx";
import { TimeChart } from "../../ui/charts/TimeChart.tsx";
import { formatCount, formatSeconds } from "../../ui/format.ts";
import { Query } from "../../ui/Query.tsx";
import { Section } from "../../ui/Section.tsx";
import { Select } from "../../ui/Select.tsx";
import { Switch } from "../../ui/Switch.tsx";
import { plainText } from "../../ui/visibleText.ts";

const HOUR = 3_600;
const DAY = 86_400;

/** What can be looked at: how long, and in which pieces. */
const RANGES = {
  day: { label: "24 hours", seconds: DAY, size: HOUR },
  week: { label: "7 days", seconds: 7 * DAY, size: 6 * HOUR },
  month: { label: "30 days", seconds: 30 * DAY, size: DAY },
  year: { label: "a year", seconds: 365 * DAY, size: 7 * DAY },
} as const;
type Range = keyof typeof RANGES;
const ALL = "all";

const ether = (value: number): string =>
  `${value.toLocaleString("en", { maximumSignificantDigits: 3 })} ETH`;
const whole = (value: number): string => formatCount(Math.round(value));

/** Requests, money, evidence, latency and gas over time. */
export function Activity({ now }: { readonly now: number }): ReactNode {
  const [range, setRange] = useState<Range>("week");
  const [model, setModel] = useState(ALL);
  const { seconds, size } = RANGES[range];
  // Of one model only days are counted.
  const pieces = model === ALL ? size : Math.max(size, DAY);
  const from = now - seconds;
  const result = useQuery({
    queryKey: ["activity", range, model, Math.floor(now / 60)],
    queryFn: ({ signal }) =>
      readActivity(
        {
          of: pieces < DAY ? "hours" : "days",
          from: from - pieces,
          ...(model === ALL ? {} : { model }),
        },
        signal,
      ),
    placeholderData: (before) => before,
  });
  const names = useQuery({
    queryKey: ["modelNames"],
    queryFn: ({ signal }) => readModelNames(signal),
  });
  return (
    <Section
      title="Activity"
      lead="By the chain's clock: that of its newest block that is known."
      actions={
        <>
          <Select
            label="Time"
            value={range}
            onChange={setRange}
            options={(Object.keys(RANGES) as Range[]).map((value) => ({
              value,
              label: RANGES[value].label,
            }))}
          />
          <Select
            label="Model"
            value={model}
            onChange={setModel}
            options={[
              { value: ALL, label: "all models" },
              ...(names.data ?? []).map(({ id, name }) => ({ value: id, label: plainText(name) })),
            ]}
          />
        </>
      }
    >
      <Query result={result} what="activity">
        {(rows) => <Charts rows={rows} span={{ from, to: now, size: pieces }} />}
      </Query>
    </Section>
  );
}

function Charts({
  rows,
  span,
}: {
  readonly rows: readonly ActivityRow[];
  readonly span: { readonly from: number; readonly to: number; readonly size: number };
}): ReactNode {
  const buckets = bucketActivity(rows, span);
  return (
    <>
      <Distribution rows={rows} span={span} />
      <div className="charts">
        <TimeChart
          title="Requests"
          format={whole}
          series={[
            { key: "asked", name: "asked", colour: "var(--accent)" },
            { key: "answered", name: "answered for good", colour: "var(--good)" },
          ]}
          points={buckets.map(({ at, asked, answered }) => ({ at, asked, answered }))}
        />
        <TimeChart
          title="Value and fees"
          format={ether}
          series={[
            { key: "escrowed", name: "escrowed", colour: "var(--accent)" },
            { key: "fees", name: "fees", colour: "var(--good)" },
          ]}
          points={buckets.map(({ at, escrowed, fees }) => ({
            at,
            escrowed: Number(escrowed) / 1e18,
            fees: Number(fees) / 1e18,
          }))}
        />
        <TimeChart
          title="Seconds from request to answer"
          format={(value) => formatSeconds(Math.round(value))}
          series={[{ key: "latency", name: "average", colour: "var(--accent)" }]}
          points={buckets.map(({ at, latency }) => ({ at, latency }))}
        />
        <TimeChart
          title="Gas of an answer"
          format={whole}
          series={[{ key: "gas", name: "average", colour: "var(--accent)" }]}
          points={buckets.map(({ at, gas }) => ({ at, gas }))}
        />
      </div>
    </>
  );
}

const ANY = "any";

function Distribution({
  rows,
  span,
}: {
  readonly rows: readonly ActivityRow[];
  readonly span: { readonly from: number; readonly to: number; readonly size: number };
}): ReactNode {
  const [measure, setMeasure] = useState<Measure>("count");
  const [kind, setKind] = useState<EvidenceKind | typeof ANY>(ANY);
  const [strongOnly, setStrongOnly] = useState(false);
  const filter = { ...(kind === ANY ? {} : { kind }), strongOnly };
  const { points, series } = stackAssurance(rows, span, measure, filter);
  const models = useQuery({
    queryKey: ["modelAssurance"],
    queryFn: ({ signal }) => readModelAssurance(signal),
  });
  return (
    <>
      <div className="section-actions">
        <Select
          label="Measured by"
          value={measure}
          onChange={setMeasure}
          options={[
            { value: "count", label: "number of answers" },
            { value: "value", label: "value at stake" },
          ]}
        />
        <Select
          label="Resting on"
          value={kind}
          onChange={setKind}
          options={[
            { value: ANY, label: "any evidence" },
            ...EVIDENCE_KINDS.map((value) => ({ value, label: value })),
          ]}
        />
        <Switch isSelected={strongOnly} onChange={setStrongOnly}>
          Leave out simulated and development evidence
        </Switch>
      </div>
      <StackedChart
        title={
          measure === "count"
            ? "Answers by their evidence"
            : "Value at stake by the evidence under it"
        }
        format={measure === "count" ? whole : ether}
        points={points}
        series={series}
      />
      <Query result={models} what="the models' evidence">
        {(data) => (
          <RankedChart
            title={
              measure === "count"
                ? "Models by the evidence of all their answers"
                : "Models by the value at stake on all their answers"
            }
            named="Model"
            format={measure === "count" ? whole : ether}
            {...stackModels(data, measure, filter)}
          />
        )}
      </Query>
    </>
  );
}
