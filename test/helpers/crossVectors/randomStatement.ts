/** Test only: circuits of the statement's form (docs/statement.md, section 4) whose inside a seed draws. */
import { SCALAR_FIELD } from "@vouch/protocol";
import type { CircuitTensor } from "@vouch/protocol";
import { randomNumbers } from "../onnxModel.ts";

/** Inputs of such a circuit that satisfy it, and the words that follow from them. */
export type Opening = {
  /** Digits of the input's elements. */
  readonly x: readonly bigint[];
  readonly s: readonly bigint[];
  /** Digits of the output's elements, or the one word of a committed output. */
  readonly y: readonly bigint[];
  readonly input: readonly bigint[];
  readonly output: readonly bigint[];
  /** What the plain circuit gives out in the place of a hash of all words. */
  readonly commitment: bigint;
};

export type RandomStatement = {
  readonly seed: number;
  readonly input: CircuitTensor;
  readonly output: CircuitTensor;
  /** Six below 16, or none where the circuit has no slot for W. */
  readonly weights: readonly bigint[];
  /** Public signals `[c, z, e]`. */
  readonly plain: string;
  /** Public signals `[z, b, e]`. */
  readonly committed: string;
  readonly groups: { readonly weights: number; readonly advice: number };
  /** Draws other inputs at each call. */
  readonly open: () => Opening;
};

/** `(a · left + b) · (c · right + d)`; wires by their place among weights, inputs and products. */
type Product = {
  readonly left: number;
  readonly right: number;
  readonly factors: readonly [bigint, bigint, bigint, bigint];
};

const WEIGHTS = 6;
const WORD_BITS = 253;
const mod = (value: bigint): bigint => ((value % SCALAR_FIELD) + SCALAR_FIELD) % SCALAR_FIELD;

/** The same circuit for the same seed. Every other seed has weights behind `W`. */
export function randomStatement(seed: number): RandomStatement {
  const below = drawing(seed);
  const bits = pick([1, 4, 8, 31, 64, 120], below);
  const xs = 1 + below(6);
  const ss = 1 + below(3);
  const weights = Array.from({ length: seed % 2 === 0 ? WEIGHTS : 0 }, () => BigInt(below(16)));
  const inputs = [...names("w", weights.length), ...names("x", xs), ...names("s", ss)];
  const products = Array.from({ length: 2 + below(12) }, (_, i) =>
    drawProduct(inputs.length + i, below),
  );
  const wires = [...inputs, ...names("t", products.length)];
  const nameOf = (place: number): string => wires[place] ?? "";
  const isHidden = below(2) === 0;
  // An open output is of digits that cannot leave their width; a committed one is any element of the field.
  const last = drawProduct(wires.length, below);
  const added = below(wires.length);
  const sums = Array.from(
    { length: 1 + below(3) },
    () => [below(xs), below(xs), below(xs)] as const,
  );
  const input = tensorOf({ elements: xs, bits, signed: below(2) === 0 });
  const output = isHidden
    ? ({ mode: "committed", elements: 1 + below(4), bits: 16, signed: false } as const)
    : tensorOf({ elements: sums.length, bits: 2 * bits + 1, signed: false });
  const results = isHidden
    ? [{ product: productText(last, nameOf), rest: nameOf(added) }]
    : sums.map(([a, b, c]) => ({ product: `x[${a}] * x[${b}]`, rest: `x[${c}]` }));
  // Of what no two openings share.
  const commitment = { ...drawProduct(wires.length, below), left: weights.length + xs };
  const parts: Parts = {
    ...{ inputs, xs, ss, isWeighted: weights.length > 0, results },
    products: products.map((it) => productText(it, nameOf)),
    commitment: productText(commitment, nameOf),
    words: [
      ...packedText("x", xs, bits),
      ...(isHidden ? ["y[0]"] : packedText("y", sums.length, output.bits)),
    ],
    ranged: Array.from({ length: 1 + below(xs) }, (_, i) => i),
    bits,
  };

  const open = (): Opening => {
    const x = Array.from({ length: xs }, () => wide(below) % (1n << BigInt(bits)));
    const s = Array.from({ length: ss }, () => wide(below) % SCALAR_FIELD);
    const values = [...weights, ...x, ...s];
    for (const it of products) values.push(valueOf(it, values));
    const y = isHidden
      ? [mod(valueOf(last, values) + at(values, added))]
      : sums.map(([a, b, c]) => at(x, a) * at(x, b) + at(x, c));
    return {
      ...{ x, s, y },
      input: packed(x, bits),
      output: isHidden ? y : packed(y, output.bits),
      commitment: valueOf(commitment, values),
    };
  };
  return {
    ...{ seed, input, output, weights, open },
    plain: plainSource(parts),
    committed: committedSource(parts),
    groups: {
      weights: weights.length === 0 ? 0 : weights.length + 1,
      advice: xs + ss + results.length + 1,
    },
  };
}

/** Whole numbers from 0 on and below a limit, drawn from a seed. */
export function drawing(seed: number): (limit: number) => number {
  const next = randomNumbers(seed);
  return (limit) => Math.min(limit - 1, Math.floor(((next() + 1) / 2) * limit));
}

type Parts = {
  readonly inputs: readonly string[];
  readonly xs: number;
  readonly ss: number;
  readonly isWeighted: boolean;
  readonly products: readonly string[];
  /** Each output is a product and a wire beside. */
  readonly results: readonly { readonly product: string; readonly rest: string }[];
  readonly commitment: string;
  /** Words of input and output. */
  readonly words: readonly string[];
  /** Inputs whose bits the plain circuit has. */
  readonly ranged: readonly number[];
  readonly bits: number;
};

function plainSource(parts: Parts): string {
  const { xs, ss, isWeighted, products, results, commitment, words, ranged, bits } = parts;
  const packing = Array.from({ length: WEIGHTS }, (_, i) => `${1n << BigInt(4 * i)} * w[${i}]`);
  return `pragma circom 2.2.0;
include "circomlib/circuits/bitify.circom";

template Random() {
    signal input z;
    signal input e;
    ${isWeighted ? `signal input w[${WEIGHTS}];\n    signal input salt;` : ""}
    signal input x[${xs}];
    signal input s[${ss}];
    signal output c;
    signal t[${products.length}];
${products.map((it, i) => `    t[${i}] <== ${it};`).join("\n")}
    signal y[${results.length}];
${results.map(({ product, rest }, i) => `    y[${i}] <== ${product} + ${rest};`).join("\n")}
${ranged.map((i) => `    _ <== Num2Bits(${bits})(x[${i}]);`).join("\n")}
    ${isWeighted ? `signal W <== salt * salt + ${packing.join(" + ")};` : ""}
    c <== ${commitment};
${hornerText([...(isWeighted ? ["W"] : []), ...words])}
}

component main {public [z, e]} = Random();
`;
}

/** Squares keep every input in a constraint that is not linear, so that none is optimised away. */
function committedSource(parts: Parts): string {
  const { inputs, xs, ss, isWeighted, products, results, words } = parts;
  return `pragma circom 2.2.0;

template Random() {
    ${isWeighted ? `signal input w[${WEIGHTS}];\n    signal input weightsBlind;` : ""}
    signal input x[${xs}];
    signal input s[${ss}];
    signal input y[${results.length}];
    signal input adviceBlind;
    signal input z;
    signal input b;
    signal input e;
    ${isWeighted ? "signal weightsSquare <== weightsBlind * weightsBlind;" : ""}
    signal adviceSquare <== adviceBlind * adviceBlind;
    signal squares[${inputs.length}];
${inputs.map((it, i) => `    squares[${i}] <== ${it} * ${it};`).join("\n")}
    signal t[${products.length}];
${products.map((it, i) => `    t[${i}] <== ${it};`).join("\n")}
    signal drawn <== b * x[0];
${results.map(({ product, rest }, i) => `    y[${i}] - ${rest} === ${product};`).join("\n")}
${hornerText(words)}
}

component main {public [z, b, e]} = Random();
`;
}

/** `e = Σ word_i · z^i`. */
function hornerText(words: readonly string[]): string {
  const count = words.length;
  return [
    `    signal powers[${count - 1}];`,
    ...words.slice(1).map((_, i) => {
      const above = i === 0 ? `(${words[count - 1] ?? ""})` : `powers[${i - 1}]`;
      return `    powers[${i}] <== ${above} * z + ${words[count - 2 - i] ?? ""};`;
    }),
    `    e === powers[${count - 2}];`,
  ].join("\n");
}

function packedText(name: string, elements: number, bits: number): readonly string[] {
  return packedBy(elements, bits, (places) =>
    places.map((i, k) => `${1n << BigInt(bits * k)} * ${name}[${i}]`).join(" + "),
  );
}

function packed(digits: readonly bigint[], bits: number): readonly bigint[] {
  return packedBy(digits.length, bits, (places) =>
    places.reduce((word, i, k) => word + (at(digits, i) << BigInt(bits * k)), 0n),
  );
}

/** What is made of the places of each word's elements. */
function packedBy<T>(
  elements: number,
  bits: number,
  of: (places: readonly number[]) => T,
): readonly T[] {
  const perWord = Math.floor(WORD_BITS / bits);
  const places = Array.from({ length: elements }, (_, i) => i);
  return Array.from({ length: Math.ceil(elements / perWord) }, (_, word) =>
    of(places.slice(word * perWord, (word + 1) * perWord)),
  );
}

function drawProduct(wires: number, below: (limit: number) => number): Product {
  const shift = (): bigint => BigInt(below(2) === 0 ? 0 : below(2 ** 30));
  const scale = (): bigint => BigInt(1 + below(1000));
  const factors = [scale(), shift(), scale(), shift()] as const;
  return { left: below(wires), right: below(wires), factors };
}

function productText({ left, right, factors }: Product, nameOf: (place: number) => string): string {
  const [a, b, c, d] = factors;
  return `(${a} * ${nameOf(left)} + ${b}) * (${c} * ${nameOf(right)} + ${d})`;
}

function valueOf({ left, right, factors }: Product, values: readonly bigint[]): bigint {
  const [a, b, c, d] = factors;
  return mod((a * at(values, left) + b) * (c * at(values, right) + d));
}

function tensorOf(of: Omit<CircuitTensor, "mode">): CircuitTensor {
  return { mode: "public", ...of };
}

function names(of: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${of}[${i}]`);
}

function at(values: readonly bigint[], place: number): bigint {
  const value = values[place];
  if (value === undefined) throw new Error(`there is no wire ${place}`);
  return value;
}

function pick<T>(from: readonly [T, ...T[]], below: (limit: number) => number): T {
  return from[below(from.length)] ?? from[0];
}

/** Up to 256 bits. */
function wide(below: (limit: number) => number): bigint {
  return Array.from({ length: 8 }, () => BigInt(below(2 ** 32))).reduce(
    (sum, it) => (sum << 32n) | it,
    0n,
  );
}
