import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { scalar } from "../formulas.ts";
import { one, operand } from "../operands.ts";
import type { OpReader, OpTable } from "../opReader.ts";

function unary(formula: (ops: FloatOps, x: FloatId) => FloatId): OpReader {
  return {
    inputs: { least: 1, most: 1 },
    attributes: () => [],
    read(node, ops) {
      const { id, dtype } = operand(node, 0);
      return one(formula(ops, id), dtype);
    },
  };
}

/** To the nearest integer, halves to the even one: above a half by `floor(x + 1/2)`, less 1 where that made it odd. */
export function roundHalfEven(ops: FloatOps, x: FloatId): FloatId {
  if (ops.kindOf(x) === "integer") return x;
  const raised = ops.add(x, scalar(ops, 0.5));
  const rounded = ops.floor(raised);
  const isHalf = ops.compare("equal", raised, rounded);
  const isOdd = ops.sum([rounded, 1], [ops.floor(ops.scale(rounded, 0.5)), -2]);
  return ops.subtract(rounded, ops.multiply(isHalf, isOdd));
}

export const ROUNDING_OPS = {
  Ceil: unary((ops, x) => ops.scale(ops.floor(ops.scale(x, -1)), -1)),
  Floor: unary((ops, x) => ops.floor(x)),
  Round: unary(roundHalfEven),
} satisfies OpTable;
