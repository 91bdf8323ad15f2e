import { HASH_TAGS, WORD_BITS } from "@vouch/protocol";
import type { IntegerType } from "../ir/integerGraph.ts";
import type { Range } from "../ir/rescale.ts";
import { bitLength, rescalePlan, timesMultiplier } from "./rescalePlan.ts";
import { tableCost } from "./tableCost.ts";
import { cheapestTiling, freivaldsTiling } from "./tiles.ts";
import type { ProductSpec, Tiling } from "./tiles.ts";

/** A parameter of a circom template. */
export type TemplateParameter = number | bigint | readonly (number | bigint)[];

/** A circom template of `@vouch/circuits` at given parameters; its name is the last part of `file`. */
export type Template = {
  /** Path below the package, without suffix. */
  readonly file: string;
  readonly parameters: readonly TemplateParameter[];
  /** Constraints that an instance adds to a circuit compiled with `--O2`. */
  readonly constraints: number;
};

/** Whether weights are signals of the witness or constants of the circuit, whose products are no constraints. */
export type WeightsKind = "signal" | "constant";

/** A product with weights. */
export type LinearSpec = ProductSpec & {
  /** Width of a sum of products, sign included, for **every** value of the operands' types. */
  readonly bits: number;
  readonly bias: boolean;
  /** `"signal"` where this is left out. */
  readonly weights?: WeightsKind;
};

/** How integers are rescaled. */
export type RescaleSpec = {
  /** Every value that the operands' types admit. */
  readonly input: Range;
  /** Width of the unsigned multiplier; `undefined` stands for the constant 1. */
  readonly multiplierBits: number | undefined;
  readonly shift: number;
  /** Type of the output after clamping; an unsigned one takes in a ReLU. */
  readonly output: IntegerType;
};

/** A product with weights of which each sum is rescaled by one multiplier. */
export type LinearRescaleSpec = ProductSpec &
  Omit<RescaleSpec, "input"> & {
    /** Every value of the sums, bias included, that the operands' types admit. */
    readonly accumulator: Range;
    readonly bias: boolean;
    /** `"signal"` where this is left out. */
    readonly weights?: WeightsKind;
  };

/** A tensor to pack: its type and number of elements. */
export type PackedTensor = IntegerType & { readonly elements: number };

/** A packing into so many words. */
export type PackTemplate = Template & { readonly words: number };

/** Words that one Poseidon of the chain absorbs beside the state (docs/statement.md, section 3). */
const WORDS_A_HASH = 15;
/** Partial rounds of circomlib's Poseidon for 1 to 16 inputs (`PoseidonEx` in poseidon.circom). */
const PARTIAL_ROUNDS = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];
const FULL_ROUNDS = 8;

/**
 * Product of a tensor `[rows, inputs]` with weights `[outputs, inputs]`, plus a bias if there is one; inputs `in`,
 * `weights` and perhaps `bias`. Sums share their products in tiles of the shape that costs least.
 */
export function linear(spec: LinearSpec): Template {
  const { rows, inputs, outputs, bits } = spec;
  const tiling = productTiling(spec);
  return {
    file: spec.bias ? "layers/Gemm" : "layers/MatMul",
    parameters: [rows, inputs, outputs, bits, tiling.rows, tiling.outputs],
    constraints: tiling.cost,
  };
}

/**
 * `linear` with weights that are constants of the circuit; inputs `in` and `bias`.
 *
 * @param weights row-major, `outputs` rows
 */
export function constantLinear(
  { rows, inputs, outputs }: ProductSpec,
  weights: readonly bigint[],
): Template {
  return {
    file: "layers/ConstantGemm",
    parameters: [rows, inputs, outputs, weights],
    constraints: 0,
  };
}

/**
 * `linear` and `rescaleTensor` in one; inputs `in`, `weights`, perhaps `bias`, and `multipliers` of one element, `[1]`
 * where there is none. The bits that tell the sums of a tile apart are those that rescale them.
 */
export function linearRescale(spec: LinearRescaleSpec): Template {
  const { rows, inputs, outputs, accumulator, multiplierBits, shift, output } = spec;
  const plan = rescalePlan(timesMultiplier(accumulator, multiplierBits), shift, output);
  const digits = (sums: number): number => sums * (plan.width + plan.choices);
  const fixed = multiplierBits === undefined ? 0 : 1; // the product by a constant is linear
  const tiling =
    spec.weights === "constant"
      ? { rows: 1, outputs: 1, cost: rows * outputs * (digits(1) + fixed) }
      : cheapestTiling(spec, plan.width, { fixed, digits });
  return {
    file: spec.bias ? "layers/GemmRescale" : "layers/MatMulRescale",
    parameters: [
      ...[rows, inputs, outputs, ...rescaleParameters({ ...spec, input: accumulator })],
      ...[tiling.rows, tiling.outputs],
    ],
    constraints: tiling.cost,
  };
}

/**
 * As `linearRescale`, its products checked at a challenge; inputs `in`, `weights`, `bias`, `multiplier` and `seed`, outputs
 * `out` and `digest`. The first seed is the claim's `c`, the next the digest before it. It is worth it where many long rows
 * meet many weights that are signals.
 */
export function freivaldsRescale(spec: LinearRescaleSpec): Template {
  const { rows, inputs, outputs, accumulator, multiplierBits, shift, output } = spec;
  const plan = rescalePlan(timesMultiplier(accumulator, multiplierBits), shift, output);
  const tiling = freivaldsTiling(spec, plan.width, {
    fixed: multiplierBits === undefined ? 0 : 1,
    digits: (sums) => sums * (plan.width + plan.choices),
    hash: (words) => hashWords(HASH_TAGS.products, words).constraints,
  });
  return {
    file: "layers/FreivaldsRescale",
    parameters: [
      ...[rows, inputs, outputs, ...rescaleParameters({ ...spec, input: accumulator })],
      ...[tiling.rows, tiling.outputs],
    ],
    constraints: tiling.cost,
  };
}

/**
 * Sum of tensors, each times its multiplier; inputs `in`, an array of the tensors, and `multipliers`, an array of theirs.
 *
 * @param products how many of the multipliers, or else of the tensors, are no constants of the circuit
 */
export function combine(terms: number, elements: number, products: number = terms): Template {
  return {
    file: "layers/Combine",
    parameters: [terms, elements],
    constraints: products * elements,
  };
}

/**
 * Rescaling of each element of a tensor, `channels` multipliers in turn; inputs `in` and `multipliers`, `[1]` where there
 * is none.
 */
export function rescaleTensor(elements: number, channels: number, spec: RescaleSpec): Template {
  const { input, multiplierBits, shift, output } = spec;
  const plan = rescalePlan(timesMultiplier(input, multiplierBits), shift, output);
  // The product by a constant multiplier is linear.
  const each = plan.width + plan.choices + (multiplierBits === undefined ? 0 : 1);
  return {
    file: "layers/RescaleTensor",
    parameters: [elements, channels, ...rescaleParameters(spec)],
    constraints: elements * each,
  };
}

/** `max(x, 0)` on each element, every one within the range. */
export function relu(elements: number, input: Range): Template {
  const { lo, hi } = input;
  const plan = rescalePlan(input, 0, { bits: Math.max(1, bitLength(hi)), signed: false });
  return {
    file: "layers/Relu",
    parameters: [elements, lo, hi],
    constraints: lo >= 0n || hi <= 0n ? 0 : elements * (plan.width + plan.choices),
  };
}

/**
 * A function by table, linear between its points (`lookup` of the integer IR).
 *
 * @param spec.base, spec.slope tables of `2^(bits - lowBits)` integers
 */
export function lookup(spec: {
  readonly elements: number;
  readonly input: IntegerType;
  readonly lowBits: number;
  readonly base: readonly bigint[];
  readonly slope: readonly bigint[];
}): Template {
  const { elements, input, lowBits, base } = spec;
  const slope = lowBits === 0 ? [0n] : spec.slope;
  const slopes = slope.some((it) => it !== 0n) ? slope : undefined;
  return {
    file: "layers/Lookup",
    parameters: [elements, input.bits, Number(input.signed), lowBits, base, slope],
    constraints: elements * (input.bits + tableCost(input.bits - lowBits, base, slopes)),
  };
}

/** `⌊left · 2^shift / max(right, 1)⌋` on each element; inputs `left` and `right`, which is never negative. */
export function divide(spec: {
  readonly elements: number;
  readonly left: Range;
  readonly right: Range;
  readonly shift: number;
}): Template {
  const { elements, left, right, shift } = spec;
  const least = right.lo > 0n ? right.lo : 1n;
  const most = right.hi > 0n ? right.hi : 1n;
  const [lo, hi] = [left.lo << BigInt(shift), left.hi << BigInt(shift)];
  const first = floorQuotient(lo, lo < 0n ? least : most);
  const last = floorQuotient(hi, hi < 0n ? most : least);
  const bits = bitLength(last - first) + 2 * bitLength(most - 1n);
  const isTrivial = most === 1n || first === last;
  const each = isTrivial ? 0 : bits + (right.lo > 0n ? 1 : 3); // the product, and IsZero
  return {
    file: "layers/Divide",
    parameters: [elements, left.lo, left.hi, right.lo, right.hi, shift],
    constraints: elements * each,
  };
}

/** `⌊√x⌋` on each element, of an unsigned type. */
export function sqrt({
  elements,
  bits,
}: {
  readonly elements: number;
  readonly bits: number;
}): Template {
  return {
    file: "layers/Sqrt",
    parameters: [elements, bits],
    constraints: elements * (2 * Math.ceil(bits / 2) + 2),
  };
}

/**
 * 1 where `left ≤ right`, else 0, on each element; inputs `left` and `right`.
 *
 * @param spec.difference every value of `right - left`
 */
export function lessOrEqual({
  elements,
  difference,
}: {
  readonly elements: number;
  readonly difference: Range;
}): Template {
  const { lo, hi } = difference;
  const width = 1 + Math.max(bitLength(hi), bitLength(-lo - 1n));
  return {
    file: "layers/LessOrEqual",
    parameters: [elements, lo, hi],
    constraints: lo >= 0n || hi < 0n ? 0 : elements * width,
  };
}

/** 1 where `left = right`, else 0, on each element; inputs `left` and `right`. */
export function equal({ elements }: { readonly elements: number }): Template {
  return { file: "layers/Equal", parameters: [elements], constraints: 2 * elements };
}

/** `left` where the condition is 1, else `right`, on each element; inputs `condition`, `left` and `right`. */
export function select({ elements }: { readonly elements: number }): Template {
  return { file: "layers/Select", parameters: [elements], constraints: elements };
}

/**
 * `left · right` on each element; inputs `left` and `right`.
 *
 * @param spec.constants elements of which a factor is a constant of the circuit, so that the product is linear
 */
export function multiply({
  elements,
  constants = 0,
}: {
  readonly elements: number;
  readonly constants?: number;
}): Template {
  return { file: "layers/Multiply", parameters: [elements], constraints: elements - constants };
}

/** Sum of each row of a tensor `[rows, length]`. */
export function reduceSum({
  rows,
  length,
}: {
  readonly rows: number;
  readonly length: number;
}): Template {
  return { file: "layers/ReduceSum", parameters: [rows, length], constraints: 0 };
}

/** Largest element of each row of a tensor `[rows, length]`. */
export function reduceMax({
  rows,
  length,
  input,
}: {
  readonly rows: number;
  readonly length: number;
  readonly input: IntegerType;
}): Template {
  const { bits } = input;
  const running = (length - 1) * (bits + 2);
  const hinted = length * (bits + 1) - 1;
  return {
    file: "layers/ReduceMax",
    parameters: [rows, length, bits],
    constraints: rows * Math.min(running, hinted),
  };
}

/**
 * `output[b, m, n] = Σ_k left[b, m, k] · right[b, n, k]`; inputs `left` and `right`.
 *
 * @param spec.bits width of a sum of products, sign included, for **every** value of the operands' types
 */
export function batchMatMul(spec: {
  readonly batches: number;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly bits: number;
}): Template {
  const { batches, rows, inner, columns, bits } = spec;
  const tiling = productTiling({ rows, inputs: inner, outputs: columns, bits });
  return {
    file: "layers/BatchMatMul",
    parameters: [batches, rows, inner, columns, bits, tiling.rows, tiling.outputs],
    constraints: batches * tiling.cost,
  };
}

/** Mixed packing of tensors, with the range check of every element. */
export function packWords(tensors: readonly PackedTensor[]): PackTemplate {
  return {
    file: "commitments/PackWords",
    parameters: [
      tensors.length,
      tensors.map((it) => it.elements),
      tensors.map((it) => it.bits),
      tensors.map((it) => Number(it.signed)),
    ],
    constraints: tensors.reduce((sum, it) => sum + it.elements * it.bits, 0),
    words: packedWords(tensors),
  };
}

/** A packing of each of several inferences by itself. */
export function packEach(inferences: number, one: PackTemplate): PackTemplate {
  if (inferences === 1) return one;
  return {
    file: "commitments/PackEach",
    parameters: [inferences, ...one.parameters],
    constraints: inferences * one.constraints,
    words: inferences * one.words,
  };
}

/** `hashWords(tag, words)` over `count` words. */
export function hashWords(tag: number, count: number): Template {
  const full = Math.floor(count / WORDS_A_HASH);
  const rest = count % WORDS_A_HASH;
  const blocks = full * poseidonConstraints(WORDS_A_HASH + 1);
  return {
    file: "commitments/HashWords",
    parameters: [tag, count],
    // The first state is a constant, so its first S-box costs nothing.
    constraints: blocks + (rest === 0 ? 0 : poseidonConstraints(rest + 1)) - 3,
  };
}

/** Salted commitment to `count` words. */
export function commitment(tag: number, count: number): Template {
  return {
    file: "commitments/Commitment",
    parameters: [tag, count],
    constraints: hashWords(tag, count + 1).constraints,
  };
}

/** A commitment to the words of each of several inferences, each under a salt of its own. */
export function commitEach(inferences: number, one: Template): Template {
  if (inferences === 1) return one;
  return {
    file: "commitments/CommitEach",
    parameters: [inferences, ...one.parameters],
    constraints: inferences * one.constraints,
  };
}

/** Binding of `count` words to the public signals. */
export function claim(count: number): Template {
  return {
    file: "commitments/Claim",
    parameters: [count],
    constraints: hashWords(HASH_TAGS.claim, count).constraints + count - 1,
  };
}

/** Binding of `count` words of several inferences to the public signals; they are evaluated with 1 behind them. */
export function claimEach(inferences: number, count: number): Template {
  const one = claim(count);
  return inferences === 1 ? one : { ...one, file: "commitments/ClaimEach" };
}

/** Tiles of exact sums; one sum alone has no digits to tell apart. */
function productTiling(
  spec: ProductSpec & { readonly bits: number; readonly weights?: WeightsKind },
): Tiling {
  if (spec.weights === "constant") return { rows: 1, outputs: 1, cost: 0 };
  const digits = (sums: number): number => (sums === 1 ? 0 : sums * spec.bits);
  return cheapestTiling(spec, spec.bits, { fixed: 0, digits });
}

function rescaleParameters({
  input,
  multiplierBits,
  shift,
  output,
}: RescaleSpec): readonly (number | bigint)[] {
  // 0 bits: the multiplier is 1.
  return [input.lo, input.hi, multiplierBits ?? 0, shift, output.bits, Number(output.signed)];
}

function floorQuotient(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}

/** Each S-box is three products; the capacity's first one acts on a constant. */
function poseidonConstraints(inputs: number): number {
  const partial = PARTIAL_ROUNDS[inputs - 1] ?? 0; // always there: hashWords uses 2 to 16 inputs
  return 3 * (FULL_ROUNDS * (inputs + 1) + partial - 1);
}

function packedWords(tensors: readonly PackedTensor[]): number {
  let words = 0;
  let room = 0;
  for (const { elements, bits } of tensors) {
    const first = Math.min(elements, Math.floor(room / bits));
    const perWord = Math.floor(WORD_BITS / bits);
    const opened = Math.ceil((elements - first) / perWord);
    words += opened;
    if (opened === 0) room -= first * bits;
    else room = WORD_BITS - (elements - first - (opened - 1) * perWord) * bits;
  }
  return words;
}
