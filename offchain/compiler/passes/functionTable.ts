import type { UnaryFunction } from "../ir/floatGraph.ts";
import { rangeOfType } from "../ir/range.ts";
import { functionOf, hasPoleAtZero } from "./functions.ts";
import type { Target } from "./quantizer.ts";
import { powerOfTwo } from "./quantizer.ts";
import type { Sign } from "./targets.ts";

/**
 * How a function is tabulated: bits of the argument, and how many of them lie between two points. Of several levels each
 * is a table over the first piece of the one before.
 */
type TableForm = {
  readonly bits: number;
  readonly lowBits: number;
  readonly levels: number;
};

const form = (bits: number, lowBits: number, levels = 1): TableForm => ({ bits, lowBits, levels });
/** The form of a function whose domain is fixed. */
export const TABLE: TableForm = form(12, 5);
/** What is tried in turn on a calibrated domain; levels only where there is a pole at 0. Each costs more than the one before. */
const FORMS: readonly TableForm[] = [
  TABLE,
  form(14, 5),
  form(16, 6),
  ...[2, 3, 4, 5].map((levels) => form(TABLE.bits, TABLE.lowBits, levels)),
];
/** Bits of the largest tabulated value. */
const VALUE_BITS = 16;
/** Part of a function's range that a table may be off by. */
const MOST_ERROR = 1 / 32;

/** Where a function is tabulated: `[-width, width)`, or on one side of 0 if the argument has a sign; and how. */
export type Domain = {
  readonly width: number;
  readonly sign: Sign;
  readonly seen: Seen;
  readonly form: TableForm;
};

/**
 * What is told apart from a pole: arguments of `least` and more, and values up to `most`; `isSettled` where arguments
 * beyond the domain have the value of its end.
 */
export type Seen = { readonly least: number; readonly most: number; readonly isSettled: boolean };

/** How far a table is from its function at most, in the units of its values. */
export type TableAccuracy = {
  readonly maxError: number;
  /** From the least to the largest argument that is compared. */
  readonly domain: readonly [number, number];
  /** The function's largest value on the domain less its least. */
  readonly range: number;
};

/** A table over the integers of an argument; `q` of its values stands for `q · scale`. */
export type FunctionTable = {
  readonly argument: Target;
  readonly base: readonly bigint[];
  readonly slope: readonly bigint[];
  readonly scale: number;
};

/** Whether a table is as good as is asked for. */
export function isAccurate({
  maxError,
  range,
}: Pick<TableAccuracy, "maxError" | "range">): boolean {
  return maxError <= MOST_ERROR * range;
}

/** The encoding of the argument of a tabulated function, fine enough for all levels; of its negative where that is never positive. */
export function argumentTarget(domain: Pick<Domain, "width" | "sign" | "form">): Target {
  const { levels } = domain.form;
  const { type, scale, ...rest } = levelTarget(domain, 0);
  const finer = (levels - 1) * indexBits(domain.form);
  return { ...rest, type: { ...type, bits: type.bits + finer }, scale: scale / powerOfTwo(finer) };
}

function levelTarget(
  { width, sign, form: { bits, lowBits } }: Pick<Domain, "width" | "sign" | "form">,
  level: number,
): Target {
  const signed = sign === undefined;
  const narrower = powerOfTwo(level * (bits - lowBits));
  const scale = width / narrower / powerOfTwo(signed ? bits - 1 : bits);
  return { type: { bits, signed }, scale, relu: false, kind: "argument" };
}

function indexBits({ bits, lowBits }: TableForm): number {
  return bits - lowBits;
}

/**
 * The tables whose sum is a function on its domain: one for each level. Towards a pole at 0 the first piece of a table is
 * flat, so that the next has the rest of the function on it, 0 at its end, where its argument saturates.
 */
export function functionTables(fn: UnaryFunction, domain: Domain): readonly FunctionTable[] {
  const { sign, seen, form } = domain;
  const exact = functionOf(fn);
  const isMirrored = sign === "nonPositive";
  // The end of the domain may be far above what the samples reach, and would set the scale of all values.
  const isOpen = fn.kind === "exp" && sign === undefined;
  const f = isOpen ? (x: number) => Math.min(exact(x), 2 * seen.most) : exact;
  const mirrored = isMirrored ? (x: number) => f(-x) : f;
  return Array.from({ length: form.levels }, (_, level) => {
    const argument = levelTarget(domain, level);
    const end = level === 0 ? 0 : mirrored(argument.scale * powerOfTwo(form.bits));
    const table = tabulate((x) => mirrored(x) - end, argument, form.lowBits);
    // What saturates is 0, so that what a softmax is not to see takes nothing from the rest, however often it is there.
    return { argument, ...(fn.kind === "exp" && isMirrored ? settled(table) : table) };
  });
}

type Table = Pick<FunctionTable, "base" | "slope" | "scale">;

/** The table with 0 for its last piece. */
function settled({ base, slope, scale }: Table): Table {
  return { base: base.with(-1, 0n), slope: slope.with(-1, 0n), scale };
}

/** Points of a function at the ends of equal pieces, and the slopes between them, in units of `scale`. */
function tabulate(f: (x: number) => number, { type, scale: step }: Target, lowBits: number): Table {
  const pieces = 2 ** (type.bits - lowBits);
  const run = 2 ** lowBits;
  const lo = Number(rangeOfType(type).lo);
  const points = Array.from({ length: pieces + 1 }, (_, h) => f((lo + h * run) * step));
  const finite = points.filter(Number.isFinite);
  const most = finite.reduce((max, it) => Math.max(max, Math.abs(it)), 0);
  // Where a function has a pole or no value, the nearest value takes its place.
  for (let h = pieces; h >= 0; h--) {
    if (!Number.isFinite(points[h])) points[h] = points[h + 1] ?? finite.at(-1) ?? 0;
  }
  const scale = 2 ** Math.ceil(Math.log2(most > 0 ? most : 1)) / 2 ** VALUE_BITS;
  const point = (h: number): number => (points[h] ?? 0) / scale;
  const base = Array.from({ length: pieces }, (_, h) => BigInt(Math.round(point(h))));
  const slope = Array.from({ length: pieces }, (_, h) =>
    BigInt(Math.round((point(h + 1) - point(h)) / run)),
  );
  return { base, slope, scale };
}

/** The domain with the first form that is accurate enough, or else the most accurate one. */
export function chooseForm(fn: UnaryFunction, domain: Omit<Domain, "form">): Domain {
  const forms = hasPoleAtZero(fn) ? FORMS : FORMS.filter(({ levels }) => levels === 1);
  let best: { readonly form: TableForm; readonly maxError: number } | undefined;
  for (const form of forms) {
    const accuracy = tableAccuracy(fn, { ...domain, form });
    if (isAccurate(accuracy)) return { ...domain, form };
    if (best === undefined || accuracy.maxError < best.maxError) {
      best = { form, maxError: accuracy.maxError };
    }
  }
  return { ...domain, form: best?.form ?? TABLE };
}

/**
 * Where in the step of a table's integer a function is compared: at both ends and in the middle. An argument that is
 * rounded twice, first to steps `finer` times smaller, has ends that lie half of these lower.
 */
function placesOf(finer: number): readonly number[] {
  const lower = finer > 1 ? 1 / (2 * finer) : 0;
  return [-0.5 - lower, 0, 0.5 - lower - 2 ** -20];
}

/**
 * How far the tables of a function are from it at most: for every integer of their argument, over all real arguments that
 * are rounded to it, so that the rounding counts; beyond the domain, too, where the function settles.
 */
export function tableAccuracy(fn: UnaryFunction, table: Domain): TableAccuracy {
  const { sign, seen, width } = table;
  const exact = functionOf(fn);
  const direction = sign === "nonPositive" ? -1 : 1;
  const tables = functionTables(fn, table);
  const fine = argumentTarget(table);
  const approximate = approximation(tables, fine);
  let [maxError, lo, hi] = [0, Infinity, -Infinity];
  let domain: readonly [number, number] = [Infinity, -Infinity];
  const compare = (argument: number): void => {
    const x = direction * argument;
    const value = exact(x);
    // No samples are where a function has no value.
    if (x < seen.least || !(Math.abs(value) <= seen.most)) return;
    lo = Math.min(lo, value);
    hi = Math.max(hi, value);
    if (Math.abs(x) <= width) domain = [Math.min(domain[0], x), Math.max(domain[1], x)];
    maxError = Math.max(maxError, Math.abs(value - approximate(argument)));
  };
  const least = sign === undefined ? -width : 0;
  for (const { argument } of tables) {
    const { lo: first, hi: last } = rangeOfType(argument.type);
    const places = placesOf(argument.scale / fine.scale);
    for (let k = Number(first); k <= Number(last); k++) {
      for (const place of places) {
        const x = (k + place) * argument.scale;
        if (x >= least) compare(x);
      }
    }
  }
  compare(width);
  if (seen.least > 0 && seen.least < Infinity) compare(seen.least);
  if (seen.isSettled) for (const x of [least === 0 ? 0 : 2 * least, 2 * width]) compare(x);
  if (hi < lo) return { maxError, domain: [0, 0], range: 1 };
  // Of a constant its size, and of 0 that of a tensor that is 0 on every sample.
  return { maxError, domain, range: hi > lo ? hi - lo : Math.abs(hi) || 1 };
}

/** What the integers of all levels stand for, of a real argument. */
function approximation(
  tables: readonly FunctionTable[],
  fine: Target,
): (argument: number) => number {
  const levels = tables.map(({ argument, base, slope, scale }) => {
    const { lo, hi } = rangeOfType(argument.type);
    const run = 2 ** Math.round(Math.log2(2 ** argument.type.bits / base.length));
    return {
      ratio: argument.scale / fine.scale,
      run,
      scale,
      lo: Number(lo),
      hi: Number(hi),
      base: Float64Array.from(base, Number),
      slope: Float64Array.from(slope, Number),
    };
  });
  const bounds = rangeOfType(fine.type);
  const [first, last] = [Number(bounds.lo), Number(bounds.hi)];
  return (argument) => {
    const integer = Math.min(last, Math.max(first, Math.floor(argument / fine.scale + 0.5)));
    let sum = 0;
    for (const { ratio, run, scale, lo, hi, base, slope } of levels) {
      const digit = Math.min(hi, Math.floor(integer / ratio + 0.5)) - lo;
      const h = Math.floor(digit / run);
      sum += ((base[h] ?? 0) + (slope[h] ?? 0) * (digit - h * run)) * scale;
    }
    return sum;
  };
}
