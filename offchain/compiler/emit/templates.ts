import { HASH_TAGS, WORD_BITS } from "@vouch/protocol";
import type { IntegerType } from "../ir/integerGraph.ts";

/** A circom template of `@vouch/circuits` at given parameters; its name is the last part of `file`. */
export type Template = {
  /** Path below the package, without suffix. */
  readonly file: string;
  readonly parameters: readonly (number | readonly number[])[];
  /** Constraints that an instance adds to a circuit compiled with `--O2`. */
  readonly constraints: number;
};

/** Parameters of the `MatMul` and `Gemm` templates. */
export type LinearSpec = {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly bits: number;
  readonly bias: boolean;
};

/** Parameters of the `Rescale` template. */
export type RescaleSpec = {
  /** Width of the accumulator, sign included. */
  readonly accumulatorBits: number;
  /** Width of the unsigned multiplier; `undefined` stands for the constant 1. */
  readonly multiplierBits: number | undefined;
  readonly shift: number;
  /** Type of the output after clamping; an unsigned one takes in a ReLU. */
  readonly output: IntegerType;
};

/** A tensor to pack: its type and number of elements. */
export type PackedTensor = IntegerType & { readonly elements: number };

/** Words that one Poseidon of the chain absorbs beside the state (docs/statement.md, section 3). */
const WORDS_A_HASH = 15;
/** Partial rounds of circomlib's Poseidon for 1 to 16 inputs (`PoseidonEx` in poseidon.circom). */
const PARTIAL_ROUNDS = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];
const FULL_ROUNDS = 8;

/**
 * Product of a tensor `[rows, inputs]` with weights `[outputs, inputs]`, plus a bias if there is one. Outputs share their
 * products in groups of the size that costs least.
 *
 * @param spec.bits width of a sum of products, sign included, for **every** value of the operands' types
 */
export function linear(spec: LinearSpec): Template {
  const { rows, inputs, outputs, bits } = spec;
  const most = Math.min(outputs, Math.floor(WORD_BITS / bits));
  let group = 1;
  for (let it = 2; it <= most; it++) {
    if (productConstraints(spec, it) < productConstraints(spec, group)) group = it;
  }
  return {
    file: spec.bias ? "layers/Gemm" : "layers/MatMul",
    parameters: [rows, inputs, outputs, bits, group],
    constraints: rows * productConstraints(spec, group),
  };
}

/** Sum of tensors, each times its multiplier. */
export function combine(terms: number, elements: number): Template {
  return {
    file: "layers/Combine",
    parameters: [terms, elements],
    constraints: terms * elements,
  };
}

/** Rescaling of each element of a tensor, `channels` multipliers in turn. */
export function rescaleTensor(elements: number, channels: number, spec: RescaleSpec): Template {
  const { accumulatorBits, multiplierBits, shift, output } = spec;
  // 2 for IsZero and 2 for the clamp's products; the product by a constant multiplier is linear.
  const each = rescaleWidth(spec) + 4 + (multiplierBits === undefined ? 0 : 1);
  return {
    file: "layers/RescaleTensor",
    parameters: [
      elements,
      channels,
      accumulatorBits,
      multiplierBits ?? 1,
      shift,
      output.bits,
      Number(output.signed),
    ],
    constraints: elements * each,
  };
}

/** `max(x, 0)` on each element of signed type. */
export function relu(elements: number, bits: number): Template {
  return {
    file: "layers/Relu",
    parameters: [elements, bits],
    constraints: elements * (bits + 1),
  };
}

/** Mixed packing of tensors, with the range check of every element. */
export function packWords(tensors: readonly PackedTensor[]): Template & { readonly words: number } {
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

/** Binding of `count` words to the public signals. */
export function claim(count: number): Template {
  return {
    file: "commitments/Claim",
    parameters: [count],
    constraints: hashWords(HASH_TAGS.claim, count).constraints + count - 1,
  };
}

/** Constraints of a row's outputs, in groups of a size. */
function productConstraints({ inputs, outputs, bits }: LinearSpec, group: number): number {
  const alone = group === 1 ? outputs : outputs % group === 1 ? 1 : 0; // has no digits to tell apart
  return Math.ceil(outputs / group) * inputs + (outputs - alone) * bits;
}

/** Each S-box is three products; the capacity's first one acts on a constant. */
function poseidonConstraints(inputs: number): number {
  const partial = PARTIAL_ROUNDS[inputs - 1] ?? 0; // always there: hashWords uses 2 to 16 inputs
  return 3 * (FULL_ROUNDS * (inputs + 1) + partial - 1);
}

/** As `rescaleWidth` in Rescale.circom, which explains it. */
function rescaleWidth({ accumulatorBits, multiplierBits, shift, output }: RescaleSpec): number {
  const mostMultiplier = (1n << BigInt(multiplierBits ?? 1)) - 1n;
  const largest = mostMultiplier << BigInt(accumulatorBits - 1);
  const offset =
    (1n << BigInt(shift - 1)) + (output.signed ? 1n << BigInt(shift + output.bits - 1) : 0n);
  let n = shift + output.bits + 2;
  while (1n << BigInt(n - 1) < largest || 1n << BigInt(n - 1) <= largest - mostMultiplier + offset)
    n++;
  return n;
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
