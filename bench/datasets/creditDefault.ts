import { z } from "zod";
import type { DataRow } from "./dataRow.ts";
import { field, readCsv } from "./readCsv.ts";
import { toGrid } from "./toGrid.ts";

const LABEL = "default.payment.next.month";
const MONEY_DIVISOR = 8;

const encodingSchema = z.object({
  money: z.array(z.string()),
  divisor: z.record(z.string(), z.number()),
});

/** Sums of money by `bitLength`, all else divided as `preprocess.json` says. */
export function creditDefaultScaled(text: string, preprocessing: unknown): readonly DataRow[] {
  const { money, divisor } = encodingSchema.parse(preprocessing);
  return creditDefaultRows(text, (value, name) =>
    toGrid(
      money.includes(name) ? bitLength(value) / MONEY_DIVISOR : value / (divisor[name] ?? NaN),
    ),
  );
}

/** All attributes as they are. */
export function creditDefaultIntegers(text: string): readonly DataRow[] {
  return creditDefaultRows(text, (value) => value);
}

/** 1 + log2 |v| with the sign of v, linear between powers of two; 0 for 0. */
export function bitLength(value: number): number {
  const size = Math.abs(value);
  if (size === 0) return 0;
  const exponent = 31 - Math.clz32(size);
  const power = 2 ** exponent;
  return Math.sign(value) * (exponent + 1 + (size - power) / power);
}

function creditDefaultRows(
  text: string,
  encode: (value: number, name: string) => number,
): readonly DataRow[] {
  return readCsv(text).map((line) => ({
    id: `client ${field(line, "ID")}`,
    x: [...line]
      .filter(([name]) => name !== "ID" && name !== LABEL)
      .map(([name, value]) => encode(Number(value), name)),
    label: Number(field(line, LABEL)),
  }));
}
