import type { Manifest } from "@vouch/protocol";
import type { ReactNode } from "react";
import { Stat, Stats } from "../../ui/Stat.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { Table } from "../../ui/Table.tsx";
import "./accuracyReport.css";

/** Of a bar that fills its place, in dB: about 20 bits. */
const MAX_SNR = 120;
/** Below this a layer's noise is above a hundredth of its signal, in amplitude. */
const LOW_SNR = 40;
/** Layers that are listed. */
const MAX_ROWS = 300;

/** How far the integer form drifts from the floats, as the publisher measured it. */
export function AccuracyReport({ report }: { readonly report: Manifest["report"] }): ReactNode {
  const { rows, maxAbsError, meanAbsError, agreement, metric, layers = [], outputs = [] } = report;
  return (
    <>
      <Stats>
        <Stat label="Rows" value={rows.toLocaleString("en-US")} />
        <Stat label="Greatest error" value={short(maxAbsError)} hint="of any output" />
        <Stat label="Mean error" value={short(meanAbsError)} />
        {agreement === undefined ? null : (
          <Stat
            label="Same decision"
            value={percent(agreement)}
            hint="integer form against floats"
          />
        )}
        {metric === undefined ? null : (
          <>
            <Stat
              label={`${NAMES[metric.name]}, floats`}
              value={metric.name === "accuracy" ? percent(metric.float) : short(metric.float)}
              hint={`on ${metric.rows.toLocaleString("en-US")} labelled rows`}
            />
            <Stat
              label={`${NAMES[metric.name]}, integers`}
              value={metric.name === "accuracy" ? percent(metric.integer) : short(metric.integer)}
              hint={driftOf(metric)}
            />
          </>
        )}
      </Stats>
      {outputs.length < 2 ? null : (
        <Table
          caption="Errors of each output"
          columns={[
            { name: "Output", cell: ({ name }) => <StrangersText text={name} /> },
            { name: "Greatest", cell: (it) => short(it.maxAbsError), align: "end" },
            { name: "Mean", cell: (it) => short(it.meanAbsError), align: "end" },
          ]}
          rows={outputs.slice(0, MAX_ROWS)}
          keyOf={({ name }) => name}
          empty="None."
        />
      )}
      {layers.length === 0 ? (
        <p>The report has no figures of single layers.</p>
      ) : (
        <Table
          caption="Signal-to-noise ratio of each tensor, in dB: the longer the bar, the less was lost"
          columns={[
            { name: "Layer", cell: ({ node }) => <StrangersText text={node} /> },
            { name: "Tensor", cell: ({ tensor }) => <StrangersText text={tensor} /> },
            { name: "dB", cell: ({ snr }) => <Bar snr={snr} /> },
          ]}
          rows={layers.slice(0, MAX_ROWS)}
          keyOf={({ tensor }) => tensor}
          empty="None."
        />
      )}
    </>
  );
}

const NAMES = { accuracy: "Accuracy", rmse: "RMSE" } as const;

function Bar({ snr }: { readonly snr: number | null }): ReactNode {
  if (snr === null) return "equal";
  const width = Math.max(0, Math.min(1, snr / MAX_SNR));
  return (
    <span className="snr">
      <span className="snr-track" aria-hidden="true">
        <span
          className={snr < LOW_SNR ? "snr-bar snr-low" : "snr-bar"}
          style={{ width: `${width * 100}%` }}
        />
      </span>
      {snr.toFixed(1)}
      {snr < LOW_SNR ? " (low)" : ""}
    </span>
  );
}

function driftOf({ name, float, integer }: NonNullable<Manifest["report"]["metric"]>): string {
  const drift = integer - float;
  if (drift === 0) return "no drift";
  const sign = drift > 0 ? "+" : "−";
  const size = Math.abs(drift);
  return `${sign}${name === "accuracy" ? `${(size * 100).toFixed(2)} points` : short(size)} against floats`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

function short(value: number): string {
  return value === 0
    ? "0"
    : value < 1e-3 || value >= 1e6
      ? value.toExponential(2)
      : value.toPrecision(3);
}
