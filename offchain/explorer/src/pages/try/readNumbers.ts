import type { NumberField } from "./formModel.ts";

/** Numbers that a release takes, or the first that it does not. */
export type ReadNumbers =
  | { readonly status: "numbers"; readonly values: readonly number[] }
  | { readonly status: "wrong"; readonly index: number; readonly reason: string };

/** Reads what was typed into fields; nothing is clipped or guessed. */
export function readFields(fields: readonly NumberField[], typed: readonly string[]): ReadNumbers {
  const values: number[] = [];
  for (const [index, field] of fields.entries()) {
    const value = toNumber(typed[index] ?? "");
    const reason = refusalOf(field, value);
    if (reason !== undefined) return { status: "wrong", index, reason: `${field.name} ${reason}` };
    values.push(value);
  }
  return { status: "numbers", values };
}

/** Reads a list: numbers apart by commas, spaces or lines, in brackets or not. */
export function readList(range: NumberField, elements: number, text: string): ReadNumbers {
  const pieces = text.split(/[\s,;[\]]+/).filter((it) => it !== "");
  if (pieces.length !== elements)
    return {
      status: "wrong",
      index: pieces.length,
      reason: `There are ${pieces.length} numbers; the release takes ${elements}`,
    };
  return readFields(
    pieces.map((_, index) => ({ ...range, name: `Number ${index + 1}` })),
    pieces,
  );
}

/** Returns an amount of ether as wei; undefined for what is none. */
export function readEther(typed: string): bigint | undefined {
  const [, whole, fraction = ""] = /^\s*(\d{1,12})(?:\.(\d{0,18}))?\s*$/.exec(typed) ?? [];
  if (whole === undefined) return undefined;
  return BigInt(whole) * 10n ** 18n + BigInt(fraction.padEnd(18, "0"));
}

/** `Number` takes an empty text for 0, and hexadecimals. */
function toNumber(typed: string): number {
  return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?\s*$/i.test(typed) ? Number(typed) : NaN;
}

function refusalOf({ min, max }: NumberField, value: number): string | undefined {
  if (!Number.isFinite(value)) return "is no number";
  return value < min || value > max ? `is not between ${min} and ${max}` : undefined;
}
