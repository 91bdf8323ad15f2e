import type { FloatId, UnaryFunction } from "../ir/floatGraph.ts";
import type { IntegerType } from "../ir/integerGraph.ts";
import { rangeOfType } from "../ir/range.ts";
import { elementsOf } from "../ir/shape.ts";
import { functionOf } from "./functions.ts";
import type { Quantized, Quantizer, Target } from "./quantizer.ts";
import { powerOfTwo } from "./quantizer.ts";
import { rescaleFrom, timesConstant } from "./rescaling.ts";
import type { Sign } from "./targets.ts";
import { EXP_SETTLED } from "./targets.ts";

/** Bits of a table's argument, and how many of them lie between its points. */
export const TABLE = { bits: 12, lowBits: 5 } as const;
/** Bits of the largest tabulated value. */
const VALUE_BITS = 16;

/** Half-widths of domains beyond which a function is as good as constant. */
const SETTLED: Partial<Record<UnaryFunction["kind"], number>> = {
  sigmoid: 8,
  tanh: 4,
  erf: 4,
  softplusTail: 8,
};
type Node = {
  readonly name: string;
  readonly fn: UnaryFunction;
  readonly input: FloatId;
  readonly output: FloatId;
};

/** Where a function is tabulated: `[-width, width)`, or on one side of 0 if the argument has a sign. */
export type Domain = { readonly width: number; readonly sign: Sign };

/**
 * The domain of a function's table. It follows from the architecture where the function settles, and else from the
 * calibrated range of its argument, rounded up to a power of two.
 */
export function domainOf(
  { fn, input, output }: Pick<Node, "fn" | "input" | "output">,
  { signOf, calibrated }: Pick<Quantizer, "signOf" | "calibrated">,
): Domain {
  const sign = signOf(input) ?? (POSITIVE.has(fn.kind) ? "nonNegative" : undefined);
  const settled = SETTLED[fn.kind];
  if (settled !== undefined) return { width: settled, sign };
  if (fn.kind === "exp" && sign === "nonPositive") return { width: EXP_SETTLED, sign };
  const range = calibrated(input);
  const reach = fn.kind === "exp" ? Math.min(range, reachOfExp(calibrated(output))) : range;
  return { width: 2 ** Math.ceil(Math.log2(reach > 0 ? reach : 1)), sign };
}

/** From where to where `exp` is of use if that is its largest value: far below it is as good as 0, however far. */
function reachOfExp(largest: number): number {
  const most = Math.log(largest);
  return Math.max(Math.abs(most), EXP_SETTLED - most);
}

/** Functions that have no value below 0. */
const POSITIVE: ReadonlySet<UnaryFunction["kind"]> = new Set(["log", "acosh", "power"]);

/** The encoding of the argument of a tabulated function; of its negative where that is never positive. */
export function argumentTarget({ width, sign }: Domain): Target {
  const signed = sign === undefined;
  const scale = width / powerOfTwo(signed ? TABLE.bits - 1 : TABLE.bits);
  return { type: { bits: TABLE.bits, signed }, scale, relu: false, kind: "argument" };
}

/** Lowers a function to a table, linear between its points. */
export function quantizeFunction(node: Node, quantizer: Quantizer): Quantized {
  const { fn, name, input, output } = node;
  const domain = domainOf(node, quantizer);
  const target = argumentTarget(domain);
  const source = quantizer.quantizedOf(input);
  const isMirrored = domain.sign === "nonPositive";
  const mirrored = isMirrored ? timesConstant(source, -1n, quantizer) : source;
  const argument = ofType(rescaleFrom(mirrored, input, target, quantizer), target.type, quantizer);
  const exact = functionOf(fn);
  // The end of the domain may be far above what the samples reach, and would set the scale of all values.
  const isOpen = fn.kind === "exp" && domain.sign === undefined;
  const most = isOpen ? 2 * quantizer.calibrated(output) : Infinity;
  const f = isOpen ? (x: number) => Math.min(exact(x), most) : exact;
  const table = tabulate(isMirrored ? (x) => f(-x) : f, target);
  // What saturates is 0, so that what a softmax is not to see takes nothing from the rest, however often it is there.
  const { base, slope, scale } = fn.kind === "exp" && isMirrored ? settled(table) : table;
  return quantizer.emit(
    {
      op: "lookup",
      name,
      input: argument.tensor.id,
      lowBits: TABLE.lowBits,
      base,
      slope,
      output: { id: output, shape: argument.tensor.shape },
    },
    scale,
  );
}

/** A tensor of a type that holds its range, exactly: a table counts from the least value of the type. */
function ofType(source: Quantized, type: IntegerType, quantizer: Quantizer): Quantized {
  const { id, shape, type: own } = source.tensor;
  if (own.bits === type.bits && own.signed === type.signed) return source;
  const indices = Int32Array.from({ length: elementsOf(shape) }, (_, i) => i);
  const output = { id: `${id}.argument`, shape, type };
  return quantizer.emit({ op: "view", name: id, inputs: [id], indices, output }, source.scale);
}

type Table = { readonly base: bigint[]; readonly slope: bigint[]; readonly scale: number };

/** The table with 0 for its last piece. */
function settled({ base, slope, scale }: Table): Table {
  return { base: base.with(-1, 0n), slope: slope.with(-1, 0n), scale };
}

/** Points of a function at the ends of equal pieces, and the slopes between them, in units of `scale`. */
export function tabulate(f: (x: number) => number, { type, scale: step }: Target): Table {
  const pieces = 2 ** (type.bits - TABLE.lowBits);
  const run = 2 ** TABLE.lowBits;
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
