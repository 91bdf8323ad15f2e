import { CompilerError } from "../errors.ts";
import { inferRanges } from "../passes/inferRanges.ts";
import type { IntegerGraph, IntegerNode, Parameter, Tensor, TensorId } from "./integerGraph.ts";
import { inputsOf } from "./integerGraph.ts";
import { contains, MAX_BITS, rangeOfType, rangeOfValues, signedBits } from "./range.ts";
import { elementsOf } from "./shape.ts";

/** Longest shift: 2^shift is a positive int64 with room for the rounding offset. */
const MAX_SHIFT = MAX_BITS - 2;

type Value = Tensor | Parameter;

/**
 * Checks what every lowering relies on: each tensor has one definition, before its use; types and shapes fit; each value
 * of a parameter or constant is of its type; and the output of each node fits its type for **every** input and parameter
 * of their types, so that nothing wraps in the field, in int64 or in the witness.
 *
 * @returns the graph
 * @throws {CompilerError} `GRAPH_INVALID`, naming the first offender; `RANGE_TOO_WIDE`.
 */
export function verifyIntegers(graph: IntegerGraph): IntegerGraph {
  const defined = new Map<TensorId, Value>();
  const define = (it: Value): void => {
    if (defined.has(it.id)) fail(it.id, "it is defined twice");
    checkTensor(it);
    defined.set(it.id, it);
  };
  inputsOf(graph).forEach(define);
  for (const values of [...graph.parameters, ...graph.constants]) {
    define(values);
    checkValues(values);
  }
  for (const node of graph.nodes) {
    checkNode(node, (id) => defined.get(id) ?? fail(node.name, `${id} is not defined before it`));
    define(node.output);
  }
  const { output } = graph;
  if (!isSame(defined.get(output.id), output)) fail(output.id, "it is not the graph's own output");

  const ranges = inferRanges(graph);
  for (const { name, output } of graph.nodes) {
    const range = ranges.get(output.id);
    if (range === undefined || !contains(rangeOfType(output.type), range)) {
      fail(name, `its output may leave its type of ${output.type.bits} bits`);
    }
  }
  return graph;
}

function isSame(a: Tensor | undefined, b: Tensor): boolean {
  return a !== undefined && a.shape.join() === b.shape.join() && isSameType(a.type, b.type);
}

function isSameType(a: Tensor["type"], b: Tensor["type"]): boolean {
  return a.bits === b.bits && a.signed === b.signed;
}

function checkTensor({ id, shape, type }: Tensor): void {
  if (!shape.every((it) => Number.isSafeInteger(it) && it > 0)) fail(id, "its shape is invalid");
  const { bits } = type;
  const isType = Number.isInteger(bits) && bits >= 1 && bits <= MAX_BITS;
  if (!isType || signedBits(rangeOfType(type)) > MAX_BITS) fail(id, `${bits} bits`);
}

function checkValues({ id, shape, type, values }: Parameter): void {
  if (values.length !== elementsOf(shape)) fail(id, "its values do not fill its shape");
  if (!contains(rangeOfType(type), rangeOfValues(values))) fail(id, "a value is not of its type");
}

function checkNode(node: IntegerNode, tensor: (id: TensorId) => Value): void {
  const check = (holds: boolean, reason: string): void => {
    if (!holds) fail(node.name, reason);
  };
  /** Parameter or constant. */
  const known = (id: TensorId): Tensor => {
    const it = tensor(id);
    check("values" in it, `${id} is neither a parameter nor a constant`);
    return it;
  };
  const { output } = node;
  const elements = elementsOf(output.shape);
  const elementwise = (...ids: readonly TensorId[]): void => {
    for (const id of ids) {
      check(elementsOf(tensor(id).shape) === elements, `${id} is of another number of elements`);
    }
  };
  switch (node.op) {
    case "linear": {
      const [input, weights] = [tensor(node.input), known(node.weights)];
      const [outputs = 0, inputs = 0] = weights.shape;
      check(weights.shape.length === 2, "its weights are no matrix");
      check(input.shape.at(-1) === inputs, "its weights do not fit its input");
      check([...input.shape.slice(0, -1), outputs].join() === output.shape.join(), "its shape");
      if (node.bias !== undefined) {
        check(known(node.bias).shape.join() === String(outputs), "its bias does not fit");
      }
      break;
    }
    case "matmul": {
      const [left, right] = [tensor(node.left).shape, tensor(node.right).shape];
      const [batches, rows, inner] = left;
      const [, columns] = right;
      check(left.length === 3 && right.length === 3, "an operand is not of rank 3");
      check(right[0] === batches && right[2] === inner, "its operands do not fit");
      check([batches, rows, columns].join() === output.shape.join(), "its shape");
      break;
    }
    case "combine":
      check(node.inputs.length > 0, "it has no inputs");
      check(node.inputs.length === node.multipliers.length, "multipliers are not in step");
      elementwise(...node.inputs);
      for (const id of node.multipliers) {
        check(elementsOf(known(id).shape) === 1, `${id} is no factor`);
      }
      break;
    case "multiply":
      elementwise(node.left, node.right);
      break;
    case "rescale": {
      checkShift(node, 1);
      elementwise(node.input);
      check(!node.relu || rangeOfType(output.type).hi > 0n, "its type is of 0 alone");
      if (node.multiplier === undefined) break;
      const { shape, type } = known(node.multiplier);
      const count = elementsOf(shape);
      check(!type.signed, "its multiplier's type");
      check(count === 1 || count === output.shape.at(-1), "its multipliers do not fit");
      break;
    }
    case "relu":
    case "sqrt":
      elementwise(node.input);
      check(node.op === "relu" || !tensor(node.input).type.signed, "its input's type is signed");
      break;
    case "view":
      checkView(node, node.inputs.map(tensor));
      break;
    case "lookup": {
      elementwise(node.input);
      const { bits } = tensor(node.input).type;
      const { lowBits, base, slope } = node;
      check(Number.isInteger(lowBits) && 0 <= lowBits && lowBits < bits, "its low bits");
      const entries = 2 ** (bits - lowBits);
      check(base.length === entries && slope.length === entries, "its tables' sizes");
      const widest = Math.max(...[base, slope].map((it) => signedBits(rangeOfValues(it))));
      check(widest <= MAX_BITS, `its tables hold integers of ${widest} bits`);
      check(lowBits > 0 || slope.every((it) => it === 0n), "its slope is without low bits");
      break;
    }
    case "divide":
      checkShift(node, 0);
      elementwise(node.left, node.right);
      check(!tensor(node.right).type.signed, "its divisor's type is signed");
      break;
    case "compare":
      elementwise(node.left, node.right);
      check(isSameType(output.type, BIT), "its output is not of one bit");
      break;
    case "select":
      elementwise(node.condition, node.left, node.right);
      check(isSameType(tensor(node.condition).type, BIT), "its condition is not of one bit");
      break;
    case "reduceSum":
    case "reduceMax": {
      const { shape } = tensor(node.input);
      check(shape.length > 0, "its input has no axis");
      check(shape.slice(0, -1).join() === output.shape.join(), "its shape");
      break;
    }
    default:
      node satisfies never;
  }
}

const BIT = { bits: 1, signed: false };

function checkShift({ name, shift }: { name: string; shift: number }, least: number): void {
  const isShift = Number.isInteger(shift) && least <= shift && shift <= MAX_SHIFT;
  if (!isShift) fail(name, `its shift is ${shift}`);
}

function checkView(
  { name, indices, output }: IntegerNode & { op: "view" },
  inputs: readonly Tensor[],
): void {
  const elements = inputs.reduce((sum, { shape }) => sum + elementsOf(shape), 0);
  if (indices.length !== elementsOf(output.shape)) fail(name, "its indices do not fill its shape");
  if (!indices.every((it) => -1 <= it && it < elements)) fail(name, "an index is out of range");
}

function fail(where: string, reason: string): never {
  throw new CompilerError({ code: "GRAPH_INVALID", level: "integer", where, reason });
}
