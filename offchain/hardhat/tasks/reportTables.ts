import type { Manifest } from "@vouch/protocol";
import type { Table } from "./printTables.ts";

/** A manifest's report as tables: what the task's metric says, errors by output, and which layer loses precision. */
export function reportTables(report: Manifest["report"]): readonly Table[] {
  const { rows, agreement, metric, outputs = [], layers = [] } = report;
  const quality: string[][] = [];
  if (metric !== undefined) {
    const of = (value: number): string =>
      metric.name === "accuracy" ? percent(value) : value.toFixed(6);
    quality.push([metric.name, of(metric.float), of(metric.integer), String(metric.rows)]);
  }
  if (agreement !== undefined)
    quality.push(["same decision", "", percent(agreement), String(rows)]);
  const tables: Table[] = [
    {
      title: "Float and integer model on held-out rows",
      rows: [["", "float", "integer", "rows"], ...quality],
    },
  ];
  if (outputs.length > 0) {
    const errors = outputs.map((it) => [
      it.name,
      it.maxAbsError.toPrecision(3),
      it.meanAbsError.toPrecision(3),
    ]);
    tables.push({ title: "Absolute error", rows: [["output", "max", "mean"], ...errors] });
  }
  if (layers.length > 0) {
    // What a layer adds to the noise of those before it is seen as a fall.
    const ratios = layers.map(({ tensor, node, snr }) => [
      node,
      tensor,
      snr === null ? "exact" : snr.toFixed(1),
    ]);
    tables.push({
      title: "Signal-to-noise ratio, in the order of the graph",
      rows: [["node", "tensor", "dB"], ...ratios],
    });
  }
  return tables;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
