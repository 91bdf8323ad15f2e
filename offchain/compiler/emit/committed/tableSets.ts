import type { TableWidths } from "./limbs.ts";

/** Widths that are tried, alone and two together. */
const WIDTHS: TableWidths = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13];

/** Every choice of range tables that a plan is made with, to take the best. */
export const TABLE_SETS: readonly TableWidths[] = [
  [],
  ...WIDTHS.map((it) => [it]),
  ...WIDTHS.flatMap((low) => WIDTHS.filter((it) => it > low).map((high) => [low, high])),
];
