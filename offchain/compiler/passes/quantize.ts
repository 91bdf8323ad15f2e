import { lookUp } from "../ir/lookUp.ts";
import type { TensorEncoding } from "@vouch/protocol";
import { CompilerError } from "../errors.ts";
import type { FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";
import type { IntegerGraph, IntegerNode, Parameter } from "../ir/integerGraph.ts";
import { rangeOfType } from "../ir/range.ts";
import type { Ranges } from "./calibrate.ts";
import { calibratedTensors } from "./calibrate.ts";
import { quantizeLinear } from "./quantizeLinear.ts";
import type { Quantized, Quantizer, Target } from "./quantizer.ts";
import { powerOfTwo } from "./quantizer.ts";
import { quantizeOutput, quantizeSum } from "./quantizeSum.ts";

const ACTIVATION_BITS = 8;

export type QuantizeOptions = {
  readonly input: TensorEncoding;
  readonly output: TensorEncoding;
  /** Largest absolute value of each of `calibratedTensors`, as `calibrate` or `checkRanges` return them. */
  readonly ranges: Ranges;
};

/**
 * Chooses scales and rounds parameters by the rules of docs/adr/0001-quantization.md. Types, shapes and shifts depend on
 * the architecture and on the options' encodings only, never on values of parameters or ranges.
 *
 * @throws {CompilerError} `MULTIPLIER_OUT_OF_RANGE`, `SCALE_OUT_OF_RANGE`, `OP_FORM_UNSUPPORTED`.
 */
export function quantize(graph: FloatGraph, options: QuantizeOptions): IntegerGraph {
  const { ranges } = options;
  const parameters: Parameter[] = [];
  const nodes: IntegerNode[] = [];
  const quantized = new Map<FloatId, Quantized>();
  const names = new Set([graph.input, ...graph.nodes.map((it) => it.output)]);
  const fresh = (base: string): string => {
    let id = base;
    while (names.has(id)) id += "'";
    names.add(id);
    return id;
  };
  const quantizer: Quantizer = {
    shapeOf: (id) => lookUp(graph.shapes, id, "float"),
    constantOf: (id) => graph.constants.get(id),
    quantizedOf: (id) => lookUp(quantized, id, "float"),
    fresh,
    addParameter(base, shape, type, values) {
      const id = fresh(base);
      parameters.push({ id, shape, type, values });
      return id;
    },
    addNode: (node) => nodes.push(node),
  };

  const declared = declaredTarget(options.output);
  const calibrated = new Set(calibratedTensors(graph));
  const targetOf = ({ output, relu }: FloatNode & { op: "linear" | "sum" }): Target =>
    calibrated.has(output) ? activationTarget(ranges[output] ?? 0, relu) : declared;

  const { bits, signed, fractionBits } = options.input;
  const input = { id: graph.input, shape: quantizer.shapeOf(graph.input), type: { bits, signed } };
  quantized.set(input.id, { tensor: input, scale: 1 / powerOfTwo(fractionBits) });
  for (const node of graph.nodes) quantized.set(node.output, lower(node));

  const last = quantizer.quantizedOf(graph.output);
  const isDeclared = graph.nodes.some(
    (it) => (it.op === "linear" || it.op === "sum") && !calibrated.has(it.output),
  );
  const { tensor: output } = isDeclared ? last : quantizeOutput(last, declared, quantizer);
  return { name: graph.name, input, output, parameters, nodes };

  function lower(node: FloatNode): Quantized {
    switch (node.op) {
      case "linear":
        return quantizeLinear(node, targetOf(node), quantizer);
      case "sum":
        return quantizeSum(node, targetOf(node), quantizer);
      case "relu":
        return lowerRelu(node);
      case "reshape":
        return lowerReshape(node);
      case "matmul":
        return notLinear(node);
      default:
        return node satisfies never;
    }
  }

  /** Exact: the sign bit falls away. */
  function lowerRelu({ name, input: id, output: outputId }: FloatNode & { op: "relu" }): Quantized {
    const { tensor: source, scale } = quantizer.quantizedOf(id);
    const width = source.type.signed ? Math.max(1, source.type.bits - 1) : source.type.bits;
    const type = { bits: width, signed: false };
    const tensor = { id: outputId, shape: source.shape, type };
    nodes.push({ op: "relu", name, input: source.id, output: tensor });
    return { tensor, scale };
  }

  function lowerReshape(node: FloatNode & { op: "reshape" }): Quantized {
    const { tensor: source, scale } = quantizer.quantizedOf(node.input);
    const { type } = source;
    const tensor = { id: node.output, shape: quantizer.shapeOf(node.output), type };
    nodes.push({ op: "reshape", name: node.name, input: source.id, output: tensor });
    return { tensor, scale };
  }
}

function declaredTarget({ bits, signed, fractionBits }: TensorEncoding): Target {
  return { type: { bits, signed }, scale: 1 / powerOfTwo(fractionBits), fractionBits };
}

/** A tensor that is 0 on every sample has the range 1: any scale is as good. */
function activationTarget(range: number, relu: boolean): Target {
  const type = { bits: ACTIVATION_BITS, signed: !relu };
  const scale = (range > 0 ? range : 1) / Number(rangeOfType(type).hi);
  return { type, scale, fractionBits: undefined };
}

function notLinear({ name: where }: FloatNode): never {
  const reason = "fuseLinear has not run";
  throw new CompilerError({ code: "GRAPH_INVALID", level: "float", where, reason });
}
