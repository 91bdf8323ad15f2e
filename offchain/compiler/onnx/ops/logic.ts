import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { broadcastShapes } from "../../ir/shape.ts";
import { not, scalar, structured } from "../formulas.ts";
import { mismatch, one, operand } from "../operands.ts";
import type { OpReader, OpTable } from "../opReader.ts";

function binary(formula: (ops: FloatOps, a: FloatId, b: FloatId) => FloatId): OpReader {
  return {
    inputs: { least: 2, most: 2 },
    attributes: () => [],
    read(node, ops) {
      return one(formula(ops, operand(node, 0).id, operand(node, 1).id), "boolean");
    },
  };
}

/** False everywhere: no value of a graph is infinite or no number. */
const never: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["detect_negative", "detect_positive"],
  read(node, ops) {
    const shape = ops.shapeOf(operand(node, 0).id);
    return one(ops.broadcast(scalar(ops, 0), shape), "boolean");
  },
};

/** A constant condition makes it a movement of data. */
const where: OpReader = {
  inputs: { least: 3, most: 3 },
  attributes: () => [],
  read(node, ops) {
    const [condition, a, b] = [operand(node, 0), operand(node, 1), operand(node, 2)];
    if (ops.valuesOf(condition.id) === undefined) {
      return one(ops.select(condition.id, a.id, b.id), a.dtype);
    }
    const shape = [condition, a, b]
      .map(({ id }) => ops.shapeOf(id))
      .reduce((x, y) => broadcastShapes(x, y) ?? mismatch(node, "it cannot be broadcast"));
    const mask = structured(ops, condition.id);
    const chosen = ops.valuesOf(ops.broadcast(mask, shape)) ?? [];
    const [left, right] = [ops.broadcast(a.id, shape), ops.broadcast(b.id, shape)];
    const places = (at: number): number => (chosen[at] === 0 ? chosen.length + at : at);
    return one(ops.view([left, right], shape, places), a.dtype);
  },
};

export const LOGIC_OPS = {
  And: binary((ops, a, b) => ops.multiply(a, b)),
  Equal: binary((ops, a, b) => ops.compare("equal", a, b)),
  Greater: binary((ops, a, b) => ops.compare("less", b, a)),
  GreaterOrEqual: binary((ops, a, b) => ops.compare("lessOrEqual", b, a)),
  IsInf: never,
  IsNaN: never,
  Less: binary((ops, a, b) => ops.compare("less", a, b)),
  LessOrEqual: binary((ops, a, b) => ops.compare("lessOrEqual", a, b)),
  Not: {
    inputs: { least: 1, most: 1 },
    attributes: () => [],
    read: (node, ops) => one(not(ops, operand(node, 0).id), "boolean"),
  },
  Or: binary((ops, a, b) => ops.sum([a, 1], [b, 1], [ops.multiply(a, b), -1])),
  Where: where,
  Xor: binary((ops, a, b) => ops.sum([a, 1], [b, 1], [ops.multiply(a, b), -2])),
} satisfies OpTable;
