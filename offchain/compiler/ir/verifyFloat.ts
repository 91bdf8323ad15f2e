import { CompilerError } from "../errors.ts";
import type { FloatGraph, FloatId, FloatNode } from "./floatGraph.ts";
import { operandsOf } from "./floatGraph.ts";
import { elementsOf } from "./shape.ts";

/**
 * Checks the float level between passes: every tensor has one definition, before its use, and a shape; constants are
 * finite and of their shape; each node's operands and output have the shapes that its operation demands.
 *
 * @returns the graph
 * @throws {CompilerError} `GRAPH_INVALID`, naming the first offender.
 */
export function verifyFloat(graph: FloatGraph): FloatGraph {
  const { constants, tensors } = graph;
  const defined = new Set<FloatId>([graph.input, ...constants.keys()]);
  if (constants.has(graph.input)) fail(graph.input, "the input is a constant");
  for (const [id, { shape, values }] of constants) {
    if (tensors.get(id)?.shape.join() !== shape.join() || values.length !== elementsOf(shape)) {
      fail(id, "a constant is not of its shape");
    }
    if (!values.every(Number.isFinite)) fail(id, "a constant is not finite");
  }
  for (const node of graph.nodes) {
    const missing = operandsOf(node).find((id) => !defined.has(id));
    if (missing !== undefined) fail(node.name, `${missing} is not defined before it`);
    if (defined.has(node.output)) fail(node.name, `${node.output} is defined twice`);
    if (!tensors.has(node.output)) fail(node.name, `${node.output} has no shape`);
    const reason = defectOf(node, graph);
    if (reason !== undefined) fail(node.name, reason);
    defined.add(node.output);
  }
  if (!defined.has(graph.output)) fail(graph.output, "the output is not defined");
  checkPorts(graph);
  return graph;
}

/** What is wrong with a node whose operands are defined. */
function defectOf(node: FloatNode, { constants, tensors }: FloatGraph): string | undefined {
  const shapeOf = (id: FloatId): readonly number[] => tensors.get(id)?.shape ?? [];
  const shape = shapeOf(node.output);
  const isShape = (expected: readonly number[]): string | undefined =>
    expected.join() === shape.join()
      ? undefined
      : `it is [${shape.join(", ")}], not [${expected.join(", ")}]`;
  switch (node.op) {
    case "linear": {
      const [outputs = 0, inputs] = shapeOf(node.weights);
      if (!constants.has(node.weights)) return "its weights are no constant";
      if (shapeOf(node.weights).length !== 2) return "its weights are no matrix";
      if (shapeOf(node.input).at(-1) !== inputs) return "its weights do not fit";
      if (node.bias !== undefined && !constants.has(node.bias)) return "its bias is no constant";
      if (node.bias !== undefined && shapeOf(node.bias).join() !== `${outputs}`) {
        return "its bias does not fit";
      }
      return isShape([...shapeOf(node.input).slice(0, -1), outputs]);
    }
    case "matmul": {
      const [left, right] = [shapeOf(node.left), shapeOf(node.right)];
      const [batches = 0, rows = 0, inner] = left;
      const isFit = left.length === 3 && right.length === 3;
      if (!isFit || right[0] !== batches || right[2] !== inner) return "its operands do not fit";
      return isShape([batches, rows, right[1] ?? 0]);
    }
    case "sum":
      if (node.terms.length === 0) return "it has no terms";
      if (!node.terms.every(({ factor }) => Number.isFinite(factor))) {
        return "a factor is not finite";
      }
      return firstOf(operandsOf(node), (id) => isShape(shapeOf(id)));
    case "select":
      if (tensors.get(node.condition)?.kind !== "integer") return "its condition is no integer";
      return firstOf(operandsOf(node), (id) => isShape(shapeOf(id)));
    case "multiply":
    case "divide":
    case "compare":
    case "relu":
    case "floor":
    case "unary":
      return firstOf(operandsOf(node), (id) => isShape(shapeOf(id)));
    case "reduceSum":
    case "reduceMax":
      if (shapeOf(node.input).length === 0) return "it has no axis to reduce";
      return isShape(shapeOf(node.input).slice(0, -1));
    case "view": {
      const total = node.inputs.reduce((sum, id) => sum + elementsOf(shapeOf(id)), 0);
      const isFit = node.indices.length === elementsOf(shape);
      const isInside = node.indices.every((it) => it >= -1 && it < total);
      return isFit && isInside ? undefined : "its indices do not fit";
    }
    default:
      return node satisfies never;
  }
}

function checkPorts({ input, output, inputs, outputs, tensors }: FloatGraph): void {
  for (const [id, ports] of [
    [input, inputs],
    [output, outputs],
  ] as const) {
    const total = ports.reduce((sum, { shape }) => sum + elementsOf(shape), 0);
    // A model without inputs has one element all the same.
    const expected = id === input ? Math.max(total, 1) : total;
    if (tensors.get(id)?.shape.join() !== `${expected}`) fail(id, `it is not flat, of ${expected}`);
  }
}

function firstOf(
  ids: readonly FloatId[],
  defect: (id: FloatId) => string | undefined,
): string | undefined {
  for (const id of ids) {
    const reason = defect(id);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function fail(where: string, reason: string): never {
  throw new CompilerError({ code: "GRAPH_INVALID", level: "float", where, reason });
}
