import type { IntegerGraph, IntegerNode, Tensor, TensorId } from "../ir/integerGraph.ts";
import { inputsOf } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import { clampRange, multiplyRanges, rangeOfType } from "../ir/range.ts";
import type { Range } from "../ir/rescale.ts";
import { elementsOf } from "../ir/shape.ts";
import type { ValueInfoProto } from "../onnx/modelProto.ts";
import { encodeModel, INT64 } from "../onnx/modelProto.ts";
import { inferRanges } from "../passes/inferRanges.ts";
import { createOnnxBuilder, intAttribute, intsAttribute } from "./onnxBuilder.ts";
import type { OnnxBuilder } from "./onnxBuilder.ts";

const IR_VERSION = 8n;
const OPSET = 13n;
const DOUBLE = 11;
/** Name of the axis that rows of inputs lie along. */
const BATCH = "batch";

/**
 * Lowers an integer graph to an ONNX model of int64 tensors, `input` to `output`, each `[batch, ..shape]` for any number of
 * inputs at once. On each of them onnxruntime's CPU provider equals `interpret` bit for bit: `verifyIntegers` bounds every value, and every product and partial sum, by 62 bits for
 * all inputs of the declared type, so no int64 operation wraps. The same graph gives the same bytes.
 *
 * Max, Min, Clip, ReduceMax and ReduceSum are not used: onnxruntime 1.30 gives wrong results for int64 beyond 32 bits
 * (vectorized comparisons, sums in floating point).
 *
 * @throws {CompilerError} `RANGE_TOO_WIDE` for a graph that `verifyIntegers` would refuse.
 */
export function emitIntegerOnnx(graph: IntegerGraph): Uint8Array {
  const ranges = inferRanges(graph);
  const tensors = new Map<TensorId, Tensor>();
  for (const it of [...inputsOf(graph), ...graph.parameters, ...graph.constants]) {
    tensors.set(it.id, it);
  }
  for (const { output } of graph.nodes) tensors.set(output.id, output);

  const inputs = inputsOf(graph).map((it, i) => ({
    ...it,
    name: i === 0 ? "input" : `carried${i}`,
  }));
  const builder = createOnnxBuilder([...graph.parameters, ...graph.constants]);
  for (const it of inputs) builder.input(it, it.name);
  for (const node of graph.nodes) {
    const name = emitNode(node, builder, {
      rangeOf: (id) => lookUp(ranges, id, "integer"),
      tensorOf: (id) => lookUp(tensors, id, "integer"),
    });
    builder.define(node.output, name);
  }
  const { shape } = graph.output;
  const last = builder.batched(builder.operand(graph.output.id, shape), shape);
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: "vouch",
    opsetImport: [{ domain: "", version: OPSET }],
    graph: {
      name: "integers",
      node: [...builder.nodes, { opType: "Identity", input: [last], output: ["output"] }],
      initializer: builder.initializers,
      input: inputs.map(({ name, shape }) => valueInfo(name, shape)),
      output: [valueInfo("output", shape)],
    },
  });
}

type Facts = {
  readonly rangeOf: (id: TensorId) => Range;
  readonly tensorOf: (id: TensorId) => Tensor;
};

/** Adds a node's operations and returns the name of its output. */
function emitNode(node: IntegerNode, builder: OnnxBuilder, facts: Facts): string {
  const { operand, constant, apply } = builder;
  const { rangeOf, tensorOf } = facts;
  const { shape } = node.output;
  const scalar = (value: bigint): string => constant([], [value]);
  switch (node.op) {
    case "linear": {
      const weights = apply("Transpose", [operand(node.weights)], [intsAttribute("perm", [1, 0])]);
      const product = apply("MatMul", [operand(node.input), weights]);
      return node.bias === undefined ? product : apply("Add", [product, operand(node.bias)]);
    }
    case "matmul": {
      const right = operand(node.right);
      const perm = builder.isBatched(right) ? [0, 1, 3, 2] : [0, 2, 1];
      const columns = apply("Transpose", [right], [intsAttribute("perm", perm)]);
      return apply("MatMul", [operand(node.left), columns]);
    }
    case "combine":
      return node.inputs
        .map((id, k) => apply("Mul", [operand(id, shape), operand(node.multipliers[k] ?? "", [])]))
        .reduce((sum, term) => apply("Add", [sum, term]));
    case "multiply":
      return apply("Mul", [operand(node.left, shape), operand(node.right, shape)]);
    case "rescale":
      return emitRescale(node, builder, facts);
    case "relu":
      return larger(builder, operand(node.input, shape), scalar(0n));
    case "view":
      return emitView(node, builder, facts);
    case "lookup": {
      const { lo } = rangeOfType(tensorOf(node.input).type);
      const step = scalar(1n << BigInt(node.lowBits));
      const digit = apply("Sub", [operand(node.input, shape), scalar(lo)]);
      const high = apply("Div", [digit, step]);
      const base = apply("Gather", [constant([node.base.length], node.base), high]);
      if (node.slope.every((it) => it === 0n)) return base;
      const low = apply("Sub", [digit, apply("Mul", [high, step])]);
      const slope = apply("Gather", [constant([node.slope.length], node.slope), high]);
      return apply("Add", [base, apply("Mul", [slope, low])]);
    }
    case "divide": {
      const divisor = operand(node.right, shape);
      const right = apply("Add", [divisor, truth(builder, "Equal", divisor, scalar(0n))]);
      const left = apply("Mul", [operand(node.left, shape), scalar(1n << BigInt(node.shift))]);
      const quotient = apply("Div", [left, right]);
      if (rangeOf(node.left).lo >= 0n) return quotient;
      // Div truncates: one less where something negative is left.
      const rest = apply("Sub", [left, apply("Mul", [quotient, right])]);
      return apply("Sub", [quotient, truth(builder, "Less", rest, scalar(0n))]);
    }
    case "sqrt": {
      // The root of a double may be off by one.
      const input = operand(node.input, shape);
      const double = apply("Cast", [input], [intAttribute("to", DOUBLE)]);
      const root = apply("Cast", [apply("Sqrt", [double])], [intAttribute("to", INT64)]);
      const tooLarge = truth(builder, "Less", input, apply("Mul", [root, root]));
      const lower = apply("Sub", [root, tooLarge]);
      const next = apply("Add", [lower, scalar(1n)]);
      const tooSmall = truth(builder, "LessOrEqual", apply("Mul", [next, next]), input);
      return apply("Add", [lower, tooSmall]);
    }
    case "compare": {
      const opType = node.relation === "equal" ? "Equal" : "LessOrEqual";
      return truth(builder, opType, operand(node.left, shape), operand(node.right, shape));
    }
    case "select": {
      const condition = apply("Equal", [operand(node.condition, shape), scalar(1n)]);
      return apply("Where", [condition, operand(node.left, shape), operand(node.right, shape)]);
    }
    case "reduceSum": {
      const length = tensorOf(node.input).shape.at(-1) ?? 1;
      const ones = constant([length, 1], Array<bigint>(length).fill(1n));
      const sums = apply("MatMul", [operand(node.input), ones]);
      return builder.reshape(sums, shape);
    }
    case "reduceMax": {
      // Each step takes the larger of two halves, which share their middle where the length is odd.
      let value = operand(node.input);
      for (let length = tensorOf(node.input).shape.at(-1) ?? 1; length > 1;) {
        const half = Math.ceil(length / 2);
        const part = (start: number): string => {
          const indices = constant(
            [half],
            Array.from({ length: half }, (_, i) => BigInt(start + i)),
          );
          return apply("Gather", [value, indices], [intAttribute("axis", -1)]);
        };
        value = larger(builder, part(0), part(length - half));
        length = half;
      }
      return builder.reshape(value, shape);
    }
    default:
      return node satisfies never;
  }
}

function emitRescale(
  node: IntegerNode & { op: "rescale" },
  builder: OnnxBuilder,
  { rangeOf, tensorOf }: Facts,
): string {
  const { operand, constant, apply } = builder;
  const scalar = (value: bigint): string => constant([], [value]);
  // Div truncates, so the dividend is made non-negative by a multiple of the divisor.
  const divisor = 1n << BigInt(node.shift);
  const half = divisor >> 1n;
  const product =
    node.multiplier === undefined
      ? rangeOf(node.input)
      : multiplyRanges(rangeOf(node.input), rangeOf(node.multiplier));
  const below = -(product.lo + half);
  const offset = below > 0n ? (below + divisor - 1n) / divisor : 0n;
  const { lo, hi } = clampRange(node.output.type, node.relu);
  let value = operand(node.input, node.output.shape);
  if (node.multiplier !== undefined) {
    const count = elementsOf(tensorOf(node.multiplier).shape);
    value = apply("Mul", [value, operand(node.multiplier, count === 1 ? [] : [count])]);
  }
  value = apply("Add", [value, scalar(half + offset * divisor)]);
  value = apply("Div", [value, scalar(divisor)]);
  value = apply("Sub", [value, scalar(offset)]);
  if (product.lo + half < lo * divisor) value = larger(builder, value, scalar(lo));
  if (product.hi + half < (hi + 1n) * divisor) return value;
  return apply("Where", [apply("Less", [scalar(hi), value]), scalar(hi), value]);
}

function emitView(
  { inputs, indices, output }: IntegerNode & { op: "view" },
  { operand, constant, apply, batched }: OnnxBuilder,
  { tensorOf }: Facts,
): string {
  const [first = ""] = inputs;
  const elements = inputs.reduce((sum, id) => sum + elementsOf(tensorOf(id).shape), 0);
  const isWhole = indices.length === elements && indices.every((it, i) => it === i);
  if (isWhole && inputs.length === 1) return operand(first, output.shape);
  const flat = inputs.map((id) => {
    const shape = [elementsOf(tensorOf(id).shape)];
    return batched(operand(id, shape), shape);
  });
  // ONNX counts a negative index from the end, where there is a zero.
  if (indices.includes(-1)) flat.push(batched(constant([1], [0n]), [1]));
  const [only = ""] = flat;
  const source = flat.length === 1 ? only : apply("Concat", flat, [intAttribute("axis", 1)]);
  const places = constant(output.shape, BigInt64Array.from(indices, BigInt));
  return apply("Gather", [source, places], [intAttribute("axis", 1)]);
}

function larger({ apply }: OnnxBuilder, left: string, right: string): string {
  return apply("Where", [apply("Less", [left, right]), right, left]);
}

/** 1 where the comparison holds, else 0. */
function truth({ apply }: OnnxBuilder, opType: string, left: string, right: string): string {
  return apply("Cast", [apply(opType, [left, right])], [intAttribute("to", INT64)]);
}

function valueInfo(name: string, shape: readonly number[]): ValueInfoProto {
  const dim = [{ dimParam: BATCH }, ...shape.map((it) => ({ dimValue: BigInt(it) }))];
  return { name, type: { tensorType: { elemType: INT64, shape: { dim } } } };
}
