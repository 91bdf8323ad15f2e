import { CompilerError } from "../errors.ts";
import type { FloatGraph, FloatId } from "./floatGraph.ts";
import { operandsOf } from "./floatGraph.ts";
import { elementsOf } from "./shape.ts";

/**
 * Checks the float level between passes: every tensor has one definition, before its use, and a shape; constants are
 * finite and of their shape; linear nodes have constant parameters.
 *
 * @returns the graph
 * @throws {CompilerError} `GRAPH_INVALID`, naming the first offender.
 */
export function verifyFloat(graph: FloatGraph): FloatGraph {
  const { constants, shapes } = graph;
  const defined = new Set<FloatId>([graph.input, ...constants.keys()]);
  if (constants.has(graph.input)) fail(graph.input, "the input is a constant");
  for (const [id, { shape, values }] of constants) {
    if (shapes.get(id)?.join() !== shape.join() || values.length !== elementsOf(shape)) {
      fail(id, "a constant is not of its shape");
    }
    if (!values.every(Number.isFinite)) fail(id, "a constant is not finite");
  }
  for (const node of graph.nodes) {
    const missing = operandsOf(node).find((id) => !defined.has(id));
    if (missing !== undefined) fail(node.name, `${missing} is not defined before it`);
    if (defined.has(node.output)) fail(node.name, `${node.output} is defined twice`);
    if (!shapes.has(node.output)) fail(node.name, `${node.output} has no shape`);
    if (node.op === "sum" && !node.terms.every(({ factor }) => Number.isFinite(factor))) {
      fail(node.name, "a factor is not finite");
    }
    if (node.op === "linear") {
      const [outputs, inputs] = shapes.get(node.weights) ?? [];
      const bias = node.bias === undefined ? undefined : constants.get(node.bias);
      if (!constants.has(node.weights)) fail(node.name, "its weights are no constant");
      if (shapes.get(node.input)?.at(-1) !== inputs) fail(node.name, "its weights do not fit");
      if (node.bias !== undefined && bias?.values.length !== outputs) {
        fail(node.name, "its bias does not fit");
      }
    }
    defined.add(node.output);
  }
  if (!defined.has(graph.output)) fail(graph.output, "the output is not defined");
  return graph;
}

function fail(where: string, reason: string): never {
  throw new CompilerError({ code: "GRAPH_INVALID", level: "float", where, reason });
}
