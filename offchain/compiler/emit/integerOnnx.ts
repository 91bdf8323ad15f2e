import { lookUp } from "../ir/lookUp.ts";
import type { IntegerGraph, IntegerNode, Parameter, TensorId } from "../ir/integerGraph.ts";
import { clampRange, multiplyRanges } from "../ir/range.ts";
import type { Range } from "../ir/rescale.ts";
import type { NodeProto, TensorProto, ValueInfoProto } from "../onnx/modelProto.ts";
import { encodeModel, INT64 } from "../onnx/modelProto.ts";
import { inferRanges } from "../passes/inferRanges.ts";

const IR_VERSION = 8n;
const OPSET = 13n;

/**
 * Lowers an integer graph to an ONNX model of int64 tensors, `input` to `output`, on which onnxruntime's CPU provider
 * equals `interpret` bit for bit: `verifyIntegers` bounds every value, and every product with a multiplier, by 62 bits
 * for all inputs of the declared type, so no int64 operation wraps. The same graph gives the same bytes.
 *
 * @throws {CompilerError} `RANGE_TOO_WIDE` for a graph that `verifyIntegers` would refuse.
 */
export function emitIntegerOnnx(graph: IntegerGraph): Uint8Array {
  const ranges = inferRanges(graph);
  const parameters = new Map(graph.parameters.map((it) => [it.id, it]));
  const builder = createBuilder(graph);
  for (const node of graph.nodes) {
    emitNode(node, builder, {
      rangeOf: (id) => lookUp(ranges, id, "integer"),
      parameterOf: (id) => lookUp(parameters, id, "integer"),
    });
  }
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: "vouch",
    opsetImport: [{ domain: "", version: OPSET }],
    graph: {
      name: "integers",
      node: builder.nodes,
      initializer: builder.initializers,
      input: [valueInfo("input", graph.input.shape)],
      output: [valueInfo("output", graph.output.shape)],
    },
  });
}

type Builder = {
  readonly nodes: NodeProto[];
  readonly initializers: TensorProto[];
  /** Name in the file of a tensor of the graph; a parameter becomes an initializer when first used. */
  readonly nameOf: (id: TensorId) => string;
  /** Adds an initializer and returns its name. */
  readonly constant: (shape: readonly number[], values: readonly bigint[]) => string;
  /** Adds a node and returns the name of its output, which is `output` if that is given. */
  readonly apply: (opType: string, input: readonly string[], output?: string) => string;
};

function createBuilder(graph: IntegerGraph): Builder {
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const names = new Map<TensorId, string>([[graph.input.id, "input"]]);
  graph.nodes.forEach(({ output: { id } }, i) => names.set(id, `tensor${i}`));
  names.set(graph.output.id, "output");
  const parameters = new Map(graph.parameters.map((it) => [it.id, it]));

  const constant: Builder["constant"] = (shape, values) => {
    const name = `constant${initializers.length}`;
    const rawData = new Uint8Array(values.length * 8);
    const view = new DataView(rawData.buffer);
    values.forEach((it, i) => {
      view.setBigInt64(8 * i, it, true);
    });
    initializers.push({ name, dataType: INT64, dims: shape.map(BigInt), rawData });
    return name;
  };
  return {
    nodes,
    initializers,
    constant,
    nameOf(id) {
      const known = names.get(id);
      if (known !== undefined) return known;
      const { shape, values } = lookUp(parameters, id, "integer");
      const name = constant(shape, values);
      names.set(id, name);
      return name;
    },
    apply(opType, input, output = `value${nodes.length}`) {
      nodes.push({ opType, input, output: [output] });
      return output;
    },
  };
}

type Facts = {
  readonly rangeOf: (id: TensorId) => Range;
  readonly parameterOf: (id: TensorId) => Parameter;
};

function emitNode(
  node: IntegerNode,
  { nameOf, constant, apply }: Builder,
  { rangeOf, parameterOf }: Facts,
): void {
  const output = nameOf(node.output.id);
  const scalar = (value: bigint): string => constant([], [value]);
  switch (node.op) {
    case "linear": {
      const { shape, values } = parameterOf(node.weights);
      const [outputs = 0, inputs = 0] = shape;
      const transposed = Array.from(
        { length: values.length },
        (_, i) => values[(i % outputs) * inputs + Math.floor(i / outputs)] ?? 0n,
      );
      const operands = [nameOf(node.input), constant([inputs, outputs], transposed)];
      if (node.bias === undefined) {
        apply("MatMul", operands, output);
      } else {
        apply("Add", [apply("MatMul", operands), nameOf(node.bias)], output);
      }
      break;
    }
    case "combine": {
      const products = node.inputs.map((id, k) => {
        const [multiplier = 0n] = parameterOf(node.multipliers[k] ?? "").values;
        return [nameOf(id), scalar(multiplier)];
      });
      const [first = [], ...rest] = products;
      let sum = apply("Mul", first, rest.length === 0 ? output : undefined);
      rest.forEach((operands, k) => {
        const isLast = k === rest.length - 1;
        sum = apply("Add", [sum, apply("Mul", operands)], isLast ? output : undefined);
      });
      break;
    }
    case "rescale": {
      // Div truncates, so the dividend is made non-negative by a multiple of the divisor.
      const divisor = 1n << BigInt(node.shift);
      const half = divisor >> 1n;
      const range =
        node.multiplier === undefined
          ? rangeOf(node.input)
          : multiplyRanges(rangeOf(node.input), rangeOf(node.multiplier));
      const below = -(range.lo + half);
      const offset = below > 0n ? (below + divisor - 1n) / divisor : 0n;
      const { lo, hi } = clampRange(node.output.type, node.relu);
      let value = nameOf(node.input);
      if (node.multiplier !== undefined) {
        const { values } = parameterOf(node.multiplier);
        const factor = constant(values.length === 1 ? [] : [values.length], values);
        value = apply("Mul", [value, factor]);
      }
      value = apply("Add", [value, scalar(half + offset * divisor)]);
      value = apply("Div", [value, scalar(divisor)]);
      value = apply("Sub", [value, scalar(offset)]);
      apply("Clip", [value, scalar(lo), scalar(hi)], output);
      break;
    }
    case "relu":
      apply("Max", [nameOf(node.input), scalar(0n)], output);
      break;
    case "reshape": {
      const { shape } = node.output;
      apply("Reshape", [nameOf(node.input), constant([shape.length], shape.map(BigInt))], output);
      break;
    }
    default:
      node satisfies never;
  }
}

function valueInfo(name: string, shape: readonly number[]): ValueInfoProto {
  const dim = shape.map((it) => ({ dimValue: BigInt(it) }));
  return { name, type: { tensorType: { elemType: INT64, shape: { dim } } } };
}
