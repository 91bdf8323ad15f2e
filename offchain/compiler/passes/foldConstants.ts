import { lookUp } from "../ir/lookUp.ts";
import { CompilerError } from "../errors.ts";
import { evaluate } from "../interpretFloat.ts";
import type { FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";
import { operandsOf } from "../ir/floatGraph.ts";

/**
 * Replaces nodes whose operands are all constants by their values.
 *
 * @throws {CompilerError} `OUTPUT_CONSTANT`; `VALUE_NOT_FINITE` where folding overflows.
 */
export function foldConstants(graph: FloatGraph): FloatGraph {
  const constants = new Map(graph.constants);
  const shapeOf = (id: FloatId): readonly number[] => lookUp(graph.shapes, id, "float");
  const nodes: FloatNode[] = [];
  for (const node of graph.nodes) {
    const operands = operandsOf(node).map((id) => constants.get(id)?.values);
    if (!operands.every((it) => it !== undefined)) {
      nodes.push(node);
      continue;
    }
    const values = evaluate(node, operands, shapeOf);
    const index = values.findIndex((it) => !Number.isFinite(it));
    if (index !== -1) {
      throw new CompilerError({ code: "VALUE_NOT_FINITE", tensor: node.output, index });
    }
    constants.set(node.output, { shape: shapeOf(node.output), values });
  }
  if (constants.has(graph.output)) {
    throw new CompilerError({ code: "OUTPUT_CONSTANT", tensor: graph.output });
  }
  return { ...graph, constants, nodes };
}
