import type { Table } from "../../offchain/hardhat/tasks/printTables.ts";
import type { ZooRow } from "./zooRow.ts";

const HEAD = [
  ...["model", "weights", "input", "constraints", "text KB"],
  ...["compile s", "circom s", "set-up s", "witness s", "prove s", "gas", "error", "largest"],
  ...["exact", "MB", "outcome"],
];

/** What a reader wants to see first of each row; the JSON has the rest. */
export function zooTable(rows: readonly ZooRow[]): Table {
  return { title: "zoo", rows: [HEAD, ...rows.map(lineOf)] };
}

function lineOf(row: ZooRow): readonly string[] {
  const { name, weights, input = "", constraints, seconds = {}, error, peakMegabytes } = row;
  const { estimate, r1cs = estimate } = constraints ?? {};
  const count =
    estimate === r1cs ? grouped(estimate) : `${grouped(estimate)}, r1cs ${grouped(r1cs)}`;
  const { compile, circom, setUp, witness, prove } = seconds;
  const memory = Math.max(peakMegabytes?.process ?? 0, peakMegabytes?.circom ?? 0);
  return [
    ...[
      name,
      weights,
      input,
      count,
      grouped(row.circuitBytes && Math.ceil(row.circuitBytes / 1024)),
    ],
    ...[compile, circom, setUp, witness, prove].map((it) => it?.toFixed(1) ?? ""),
    ...[grouped(row.onChain?.gas), digits(error?.max), digits(error?.largestOutput)],
    ...[row.bitExact === undefined ? "" : row.bitExact ? "yes" : "NO", grouped(memory)],
    outcomeOf(row),
  ];
}

function outcomeOf({ failure, notProven, onChain }: ZooRow): string {
  if (failure !== undefined) return `FAILED at ${failure.step}: ${failure.code} ${failure.message}`;
  if (notProven !== undefined) return `not proven: ${notProven}`;
  return onChain === undefined ? "" : "verified on-chain";
}

function grouped(value: number | undefined): string {
  return value?.toLocaleString("en") ?? "";
}

function digits(value: number | undefined): string {
  return value === undefined ? "" : value === 0 ? "0" : value.toPrecision(2);
}
