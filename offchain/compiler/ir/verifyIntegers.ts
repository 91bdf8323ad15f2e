import { CompilerError } from "../errors.ts";
import { inferRanges } from "../passes/inferRanges.ts";
import type { IntegerGraph, IntegerNode, Parameter, Tensor, TensorId } from "./integerGraph.ts";
import { contains, MAX_BITS, rangeOfType } from "./range.ts";
import { elementsOf } from "./shape.ts";

/** Longest shift: 2^shift is a positive int64 with room for the rounding offset. */
const MAX_SHIFT = MAX_BITS - 2;

/**
 * Checks what every lowering relies on: each tensor has one definition, before its use; types and shapes fit; each value
 * of a parameter is of its type; and the output of each node fits its type for **every** input and parameter of their
 * types, so that nothing wraps in the field, in int64 or in the witness.
 *
 * @returns the graph
 * @throws {CompilerError} `GRAPH_INVALID`, naming the first offender; `RANGE_TOO_WIDE`.
 */
export function verifyIntegers(graph: IntegerGraph): IntegerGraph {
  const defined = new Map<TensorId, Tensor | Parameter>();
  const define = (it: Tensor | Parameter): void => {
    if (defined.has(it.id)) fail(it.id, "it is defined twice");
    checkTensor(it);
    defined.set(it.id, it);
  };
  define(graph.input);
  for (const parameter of graph.parameters) {
    define(parameter);
    checkValues(parameter);
  }
  for (const node of graph.nodes) {
    checkNode(node, (id) => defined.get(id) ?? fail(node.name, `${id} is not defined before it`));
    define(node.output);
  }
  const output = defined.get(graph.output.id);
  if (output !== graph.output) fail(graph.output.id, "it is not the graph's own output");

  const ranges = inferRanges(graph);
  for (const { name, output } of graph.nodes) {
    const range = ranges.get(output.id);
    if (range === undefined || !contains(rangeOfType(output.type), range)) {
      fail(name, `its output may leave its type of ${output.type.bits} bits`);
    }
  }
  return graph;
}

function checkTensor({ id, shape, type }: Tensor | Parameter): void {
  if (!shape.every((it) => Number.isSafeInteger(it) && it > 0)) fail(id, "its shape is invalid");
  const { bits } = type;
  if (!Number.isInteger(bits) || bits < 1 || bits > MAX_BITS) fail(id, `${bits} bits`);
}

function checkValues({ id, shape, type, values }: Parameter): void {
  const { lo, hi } = rangeOfType(type);
  if (values.length !== elementsOf(shape)) fail(id, "its values do not fill its shape");
  if (!values.every((it) => lo <= it && it <= hi)) fail(id, "a value is not of its type");
}

function checkNode(node: IntegerNode, tensor: (id: TensorId) => Tensor | Parameter): void {
  const check = (holds: boolean, reason: string): void => {
    if (!holds) fail(node.name, reason);
  };
  const isParameter = (it: Tensor | Parameter): boolean => "values" in it;
  const { output } = node;
  switch (node.op) {
    case "linear": {
      const [input, weights] = [tensor(node.input), tensor(node.weights)];
      const bias = node.bias === undefined ? undefined : tensor(node.bias);
      const [outputs = 0, inputs = 0] = weights.shape;
      check(isParameter(weights) && weights.shape.length === 2, "its weights are no matrix");
      check(input.shape.at(-1) === inputs, "its weights do not fit its input");
      check([...input.shape.slice(0, -1), outputs].join() === output.shape.join(), "its shape");
      if (bias !== undefined) {
        check(isParameter(bias) && bias.shape.join() === String(outputs), "its bias does not fit");
      }
      break;
    }
    case "combine":
      check(node.inputs.length > 0, "it has no inputs");
      check(node.inputs.length === node.multipliers.length, "multipliers are not in step");
      for (const id of node.inputs) {
        check(elementsOf(tensor(id).shape) === elementsOf(output.shape), `${id} does not fit`);
      }
      for (const id of node.multipliers) {
        check(isParameter(tensor(id)) && elementsOf(tensor(id).shape) === 1, `${id} is no factor`);
      }
      break;
    case "rescale": {
      const { shift } = node;
      check(Number.isInteger(shift) && 1 <= shift && shift <= MAX_SHIFT, `its shift is ${shift}`);
      check(tensor(node.input).shape.join() === output.shape.join(), "its shape changes");
      if (node.multiplier === undefined) break;
      const multiplier = tensor(node.multiplier);
      const count = elementsOf(multiplier.shape);
      check(isParameter(multiplier) && !multiplier.type.signed, "its multiplier's type");
      check(count === 1 || count === output.shape.at(-1), "its multipliers do not fit");
      break;
    }
    case "relu":
      check(tensor(node.input).shape.join() === output.shape.join(), "its shape changes");
      break;
    case "reshape":
      check(elementsOf(tensor(node.input).shape) === elementsOf(output.shape), "its elements");
      break;
    default:
      node satisfies never;
  }
}

function fail(where: string, reason: string): never {
  throw new CompilerError({ code: "GRAPH_INVALID", level: "integer", where, reason });
}
