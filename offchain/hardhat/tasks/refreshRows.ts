import type { CollateralRow, PlatformCollateral, Refreshed } from "@vouch/attestation";
import { authorityRows, documentRows, refreshCollateral } from "@vouch/attestation";
import type { Contracts } from "@vouch/protocol";
import { isoOf } from "./isoOf.ts";
import type { Table } from "./printTables.ts";

/** What was done with a certificate, list or document. Times are in seconds since the epoch. */
export type RefreshRow = Omit<CollateralRow, "call" | "number"> & {
  readonly number: number | null;
  /** Undefined where the chain had it. */
  readonly txHash: string | null;
  /** Of the whole transaction. */
  readonly gasUsed: number | null;
};

/** Brings collateral to a chain, and says of each part what was done with it. */
export async function refreshRows(
  vendor: Contracts["vendor"],
  collateral: PlatformCollateral,
): Promise<readonly RefreshRow[]> {
  const before = [
    ...(await authorityRows(vendor, collateral)),
    ...(await documentRows(vendor, collateral)),
  ];
  const sent = await refreshCollateral(vendor, collateral);
  return before.map((row) => rowOf(row, sent));
}

/** The rows as a table; gas stands beside the first row of its transaction. */
export function refreshTable(rows: readonly RefreshRow[]): Table {
  const transactions = [...new Set(rows.map(({ txHash }) => txHash))].filter((it) => it !== null);
  const head = ["what", "number", "issued", "next update", "done", "gas"];
  return {
    title: "Collateral",
    rows: [
      head,
      ...rows.map(({ what, number, issuedAt, nextUpdate, txHash, gasUsed }, index) => [
        what,
        number === null ? "" : String(number),
        isoOf(issuedAt),
        isoOf(nextUpdate),
        txHash === null ? "had it" : `brought, transaction ${transactions.indexOf(txHash) + 1}`,
        rows[index - 1]?.txHash === txHash ? "" : (gasUsed?.toLocaleString("en") ?? ""),
      ]),
    ],
  };
}

function rowOf(row: CollateralRow, sent: readonly Refreshed[]): RefreshRow {
  const { call, number, ...shown } = row;
  const transaction = sent.find(({ rows }) => rows.some((it) => it.call === call));
  return {
    ...shown,
    number: number ?? null,
    txHash: transaction?.txHash ?? null,
    gasUsed: transaction === undefined ? null : Number(transaction.gasUsed),
  };
}
