import { CompilerError } from "../../errors.ts";
import { lookUp } from "../../ir/lookUp.ts";
import { factorsOf } from "./limbs.ts";
import type { TableWidths } from "./limbs.ts";
import { limbSignal, rangeTableSignal } from "./signals.ts";
import type { RangeCheck } from "./signals.ts";

/**
 * The committed limbs of what is range-checked, and how often each row of each table is looked up, by signal.
 *
 * @param known the checked numbers by signal
 * @throws {CompilerError} `GRAPH_INVALID` for a number that the limbs do not admit: the ranges were wrong.
 */
export function countLookups(
  checks: readonly RangeCheck[],
  tables: TableWidths,
  known: ReadonlyMap<string, readonly bigint[]>,
): ReadonlyMap<string, readonly bigint[]> {
  const counts = new Map(tables.map((bits) => [bits, new Uint32Array(2 ** bits)]));
  const found = new Map<string, readonly bigint[]>();
  for (const { signal, offset, limbs } of checks) {
    let rest = lookUp(known, signal, "integer").map((it) => it + offset);
    for (const [index, limb] of limbs.entries()) {
      const width = BigInt(limb.bits);
      const mask = (1n << width) - 1n;
      const values = rest.map((it) => it & mask);
      rest = rest.map((it) => it >> width);
      if (index > 0) found.set(limbSignal(signal, index), values);
      const count = counts.get(limb.table ?? 0);
      if (count === undefined) continue;
      for (const factor of factorsOf(limb).map(Number)) {
        for (const it of values) {
          const row = Number(it) * factor;
          count[row] = (count[row] ?? 0) + 1;
        }
      }
    }
    if (rest.some((it) => it !== 0n)) {
      const reason = "a number is outside the range that was proven for it";
      throw new CompilerError({ code: "GRAPH_INVALID", level: "integer", where: signal, reason });
    }
  }
  for (const [bits, count] of counts) {
    found.set(rangeTableSignal(bits), Array.from(count, BigInt));
  }
  return found;
}
