import type { CompiledModel } from "./ir/compiledModel.ts";
import type { UnaryFunction } from "./ir/floatGraph.ts";
import { lookUp } from "./ir/lookUp.ts";
import { isAccurate, tableAccuracy } from "./passes/functionTable.ts";
import { domainOf } from "./passes/quantizeFunction.ts";
import { signsOf } from "./passes/targets.ts";

/** How far the table of a node is from the node's function. */
export type TableError = {
  readonly node: string;
  readonly function: string;
  /** From the least to the largest argument that the table is held to. */
  readonly domain: readonly [number, number];
  /** Largest difference, in units of the function's values; of an exact argument, whose rounding to the table's is part of it. */
  readonly maxError: number;
  /** Between which values the function lies on the domain, the largest less the least. */
  readonly range: number;
  /** Whether the error is at most a 32nd of the range. */
  readonly isAccurate: boolean;
};

/** The error of every function that the model has a table for, by the order of its nodes. */
export function tableErrors({
  float,
  ranges,
}: Pick<CompiledModel, "float" | "ranges">): readonly TableError[] {
  const signOf = signsOf(float);
  const known = new Map(Object.entries(ranges));
  const calibrated = (id: string): number => lookUp(known, id, "float");
  return float.nodes.flatMap((node): readonly TableError[] => {
    if (node.op !== "unary" || node.fn.kind === "sqrt") return [];
    const domain = domainOf(node, { signOf, calibrated });
    const accuracy = tableAccuracy(node.fn, domain);
    return [
      {
        node: node.name,
        function: nameOf(node.fn),
        domain: accuracy.domain,
        maxError: accuracy.maxError,
        range: accuracy.range,
        isAccurate: isAccurate(accuracy),
      },
    ];
  });
}

function nameOf(fn: UnaryFunction): string {
  return fn.kind === "power" ? `x^${fn.exponent}` : fn.kind;
}
