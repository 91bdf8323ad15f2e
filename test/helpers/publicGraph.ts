import type {
  IntegerGraph,
  IntegerNode,
  IntegerType,
  Parameter,
  Tensor,
} from "../../offchain/compiler/ir/integerGraph.ts";
import { rangeOfType } from "../../offchain/compiler/ir/range.ts";
import { verifyIntegers } from "../../offchain/compiler/ir/verifyIntegers.ts";
import { randomNumbers } from "./onnxModel.ts";

export const signed = (bits: number): IntegerType => ({ bits, signed: true });
export const unsigned = (bits: number): IntegerType => ({ bits, signed: false });

export const tensor = (id: string, shape: readonly number[], type: IntegerType): Tensor => {
  return { id, shape, type };
};

/** A graph without private weights, from its input to the output of its last node. */
export function publicGraph(
  input: Tensor,
  constants: readonly Parameter[],
  nodes: readonly IntegerNode[],
): IntegerGraph {
  const output = nodes.at(-1)?.output ?? input;
  return verifyIntegers({ name: "public", input, output, parameters: [], constants, nodes });
}

/** A constant whose element `i` is `value(i)`. */
export function constant(
  id: string,
  shape: readonly number[],
  type: IntegerType,
  value: (i: number) => bigint,
): Parameter {
  const length = shape.reduce((product, it) => product * it, 1);
  return { id, shape, type, values: Array.from({ length }, (_, i) => value(i)) };
}

/** Integers of a type, drawn from a seed. */
export function draw(type: IntegerType, seed: number): () => bigint {
  const next = randomNumbers(seed);
  const { lo, hi } = rangeOfType(type);
  return () => lo + BigInt(Math.floor(((next() + 1) / 2) * Number(hi - lo + 1n)));
}

/** A perceptron of 8 bits with ReLU between its layers, 12 bits of input and 32 of output. */
export function perceptron(sizes: readonly number[], seed: number): IntegerGraph {
  const input = tensor("x", [sizes[0] ?? 1], signed(12));
  const constants: Parameter[] = [];
  const nodes: IntegerNode[] = [];
  let source = input;
  sizes.slice(1).forEach((outputs, layer) => {
    const isLast = layer === sizes.length - 2;
    const inputs = source.shape[0] ?? 1;
    const weights = constant(`w${layer}`, [outputs, inputs], signed(8), draw(signed(8), seed));
    const bias = constant(`b${layer}`, [outputs], signed(16), draw(signed(16), seed + 1));
    constants.push(weights, bias);
    const sums = tensor(`sums${layer}`, [outputs], signed(28));
    const result = tensor(`y${layer}`, [outputs], isLast ? signed(32) : unsigned(8));
    nodes.push(
      {
        op: "linear",
        name: sums.id,
        input: source.id,
        weights: weights.id,
        bias: bias.id,
        output: sums,
      },
      {
        op: "rescale",
        name: result.id,
        input: sums.id,
        multiplier: undefined,
        shift: isLast ? 1 : 9,
        relu: !isLast,
        output: result,
      },
    );
    source = result;
  });
  return publicGraph(input, constants, nodes);
}
