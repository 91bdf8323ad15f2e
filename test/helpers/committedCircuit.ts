import type { ProvableModel } from "../../offchain/compiler/emit/components.ts";
import {
  challengedInputs,
  committedInputs,
  committedWords,
} from "../../offchain/compiler/emit/committed/committedInputs.ts";
import type { CommittedInputs } from "../../offchain/compiler/emit/committed/committedInputs.ts";
import { interpret } from "../../offchain/compiler/interpret.ts";
import { elementsOf } from "../../offchain/compiler/ir/shape.ts";
import type { CircuitInputs, TestCircuit } from "./circuit.ts";
import { field } from "./circuit.ts";
import { graphOf, signed, tensor, unsigned, values } from "./integerGraph.ts";

/** Challenges as a verifier might draw them. */
export const CHALLENGES = [
  { z: 0x1234_5678_9abc_def0n ** 3n, b: 0xfeed_5eed_0123_4567n ** 3n },
  { z: 0x0bad_cafe_1357_9bdfn ** 3n, b: 0x7777_1234_5678_9abcn ** 3n },
].map(({ z, b }) => ({ z: field(z), b: field(b) }));

export type Challenge = (typeof CHALLENGES)[number];

const SALTS = { inputSalt: 22n, outputSalt: 33n };
const BLINDS = { weights: 77n, advice: 88n };

/** The public signals and the committed inputs of an honest prover; `y`, where given, is the output that is claimed. */
export function honestInputs(
  model: ProvableModel,
  x: readonly bigint[],
  { z, b }: Challenge,
  y: readonly bigint[] = interpret(model.graph, x),
): { readonly committed: CommittedInputs; readonly publics: Record<"z" | "b" | "e", bigint> } {
  const opening = { ...SALTS, input: x, output: y };
  const v = committedWords(model, opening);
  const e = v.reduceRight((sum, it) => field(sum * z + it), 0n);
  return { committed: committedInputs(model, opening, BLINDS), publics: { z, b, e } };
}

export function circuitInputsOf(
  model: ProvableModel,
  x: readonly bigint[],
  challenge: Challenge,
  y?: readonly bigint[],
): CircuitInputs {
  const { committed, publics } = honestInputs(model, x, challenge, y);
  return challengedInputs(committed, publics);
}

/** Inputs with one element of one signal changed. */
export function forged(
  inputs: CircuitInputs,
  signal: string,
  index: number,
  change: (value: bigint) => bigint = (it) => it + 1n,
): CircuitInputs {
  const known = inputs[signal];
  if (typeof known !== "object" || known[index] === undefined) {
    throw new Error(`${signal} has no element ${index}`);
  }
  return { ...inputs, [signal]: known.with(index, field(change(known[index]))) };
}

/** Private inputs that are not on the wire of their place. */
export function movedInputs(
  circuit: TestCircuit,
  { weights = {}, advice }: CommittedInputs,
): readonly string[] {
  const names = [weights, advice].flatMap((group) =>
    Object.entries(group).flatMap(([name, list]) =>
      list.map((_, i) => (/(Salt|Blind)$/.test(name) ? `main.${name}` : `main.${name}[${i}]`)),
    ),
  );
  return names.filter((name, i) => circuit.names[4 + i] !== name);
}

/** Windows of an image of one channel: row-major, a window a row, -1 for padding. */
export function windowsOf(
  side: number,
  kernel: number,
  stride: number,
  padding: number,
): { readonly indices: Int32Array; readonly places: number } {
  const places = Math.floor((side + 2 * padding - kernel) / stride) + 1;
  const indices: number[] = [];
  for (let place = 0; place < places * places; place++) {
    const [top, left] = [Math.floor(place / places), place % places].map(
      (it) => it * stride - padding,
    );
    for (let at = 0; at < kernel * kernel; at++) {
      const [y, x] = [top! + Math.floor(at / kernel), left! + (at % kernel)];
      const isInside = y >= 0 && y < side && x >= 0 && x < side;
      indices.push(isInside ? y * side + x : -1);
    }
  }
  return { indices: Int32Array.from(indices), places };
}

const SIDE = 5;
const KERNEL = 3;
const CHANNELS = 10;

/** A padded convolution with ReLU, a maximum over its places, and a layer: products checked at a challenge and in tiles. */
export function convolution(seed = 1): ProvableModel {
  const { indices, places } = windowsOf(SIDE, KERNEL, 1, 1);
  const rows = places * places;
  const drawn = (count: number, bits: number): bigint[] =>
    Array.from({ length: count }, (_, i) => {
      const digit = ((BigInt(i + 7 * seed) * 2654435761n) >> 5n) % (1n << BigInt(bits));
      return digit - (1n << BigInt(bits - 1));
    });
  const parameters = [
    values("w0", [CHANNELS, KERNEL ** 2], signed(6), drawn(CHANNELS * KERNEL ** 2, 6)),
    values("b0", [CHANNELS], signed(12), drawn(CHANNELS, 12)),
    values("m0", [1], unsigned(6), [40n + BigInt(seed)]),
    values("w1", [2, CHANNELS], signed(6), drawn(2 * CHANNELS, 6)),
    values("m1", [1], unsigned(8), [200n]),
  ];
  const transposed = Int32Array.from({ length: rows * CHANNELS }, (_, i) => {
    return (i % rows) * CHANNELS + Math.floor(i / rows);
  });
  const graph = graphOf(
    tensor("in", [SIDE ** 2], unsigned(6)),
    [
      {
        ...{ op: "view", inputs: ["in"], indices },
        output: tensor("windows", [1, rows, KERNEL ** 2], unsigned(6)),
      },
      {
        ...{ op: "linear", input: "windows", weights: "w0", bias: "b0" },
        output: tensor("a0", [1, rows, CHANNELS], signed(18)),
      },
      {
        ...{ op: "rescale", input: "a0", multiplier: "m0", shift: 9, relu: true },
        output: tensor("h0", [1, rows, CHANNELS], unsigned(6)),
      },
      {
        ...{ op: "view", inputs: ["h0"], indices: transposed },
        output: tensor("planes", [CHANNELS, rows], unsigned(6)),
      },
      { op: "reduceMax", input: "planes", output: tensor("top", [CHANNELS], unsigned(6)) },
      {
        ...{
          op: "view",
          inputs: ["top"],
          indices: Int32Array.from({ length: CHANNELS }, (_, i) => i),
        },
        output: tensor("row", [1, CHANNELS], unsigned(6)),
      },
      {
        ...{ op: "linear", input: "row", weights: "w1", bias: undefined },
        output: tensor("a1", [1, 2], signed(18)),
      },
      {
        ...{ op: "rescale", input: "a1", multiplier: "m1", shift: 6, relu: false },
        output: tensor("out", [2], signed(16)),
      },
    ],
    { parameters },
  );
  const encoding = { mode: "public", fractionBits: 0 } as const;
  return {
    graph,
    input: { ...encoding, elements: elementsOf(graph.input.shape), bits: 6, signed: false },
    output: { ...encoding, elements: 2, bits: 16, signed: true },
    weights: "private",
  };
}

/** An image of the convolution's type. */
export function image(seed: number): bigint[] {
  return Array.from({ length: SIDE ** 2 }, (_, i) => {
    return ((BigInt(i + 1) * 2654435761n * BigInt(seed)) >> 9n) % 64n;
  });
}

/** A part of a model, between two joins: two tensors come in, two go out, one packed narrower than its type. */
export function segment(): ProvableModel {
  const carried = [tensor("c", [2], unsigned(5))];
  const parameters = [
    values("w", [2, 3], signed(4), [1, -2, 3, -4, 5, -6]),
    values("m", [1], unsigned(4), [9n]),
  ];
  const graph = graphOf(
    tensor("in", [3], signed(6)),
    [
      {
        ...{ op: "linear", input: "in", weights: "w", bias: undefined },
        output: tensor("a", [2], signed(12)),
      },
      {
        ...{ op: "rescale", input: "a", multiplier: "m", shift: 3, relu: false },
        output: tensor("r", [2], signed(7)),
      },
      { op: "multiply", left: "r", right: "c", output: tensor("p", [2], signed(20)) },
    ],
    { carried, parameters },
  );
  return {
    graph,
    input: { mode: "join", tensors: [graph.input, ...carried] },
    output: { mode: "join", tensors: [tensor("r", [2], signed(6)), graph.output] },
    weights: "private",
  };
}
