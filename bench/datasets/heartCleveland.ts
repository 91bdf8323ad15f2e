import type { DataRow } from "./dataRow.ts";
import { linesOf } from "./linesOf.ts";

const ATTRIBUTES = 13;
const OLDPEAK = 9;
/** Commonest values of `ca` and `thal`, for those that are missing. */
const MISSING: Readonly<Record<number, number>> = { 11: 0, 12: 3 };

/** All attributes as integers, ST depression in tenths; the label is whether there is any narrowing, of four degrees. */
export function heartCleveland(text: string): readonly DataRow[] {
  return linesOf(text).map((line, i) => {
    const values = line.trim().split(",");
    return {
      id: `processed.cleveland.data row ${i + 1}`,
      x: values.slice(0, ATTRIBUTES).map(encode),
      label: Number(values[ATTRIBUTES]) > 0 ? 1 : 0,
    };
  });
}

function encode(value: string, attribute: number): number {
  const number = value === "?" ? (MISSING[attribute] ?? NaN) : Number(value);
  return attribute === OLDPEAK ? Math.round(number * 10) : number;
}
