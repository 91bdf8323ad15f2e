import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { broadcastShapes } from "../../ir/shape.ts";
import { not, scalar, structured } from "../formulas.ts";
import { alike, like, mismatch, one, operand, truthValue } from "../operands.ts";
import type { OpReader, OpTable } from "../opReader.ts";

type Formula = (ops: FloatOps, a: FloatId, b: FloatId) => FloatId;

function comparison(formula: Formula): OpReader {
  return {
    inputs: { least: 2, most: 2 },
    attributes: () => [],
    read(node, ops) {
      const [a = "", b = ""] = alike(node, "anything").ids;
      return one(formula(ops, a, b), "boolean");
    },
  };
}

function connective(formula: Formula): OpReader {
  return {
    inputs: { least: 2, most: 2 },
    attributes: () => [],
    read: (node, ops) => one(formula(ops, truthValue(node, 0), truthValue(node, 1)), "boolean"),
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
    const condition = truthValue(node, 0);
    const { ids } = alike({ ...node, inputs: node.inputs.slice(1) }, "anything");
    const choice = operand(node, 1);
    const [a = "", b = ""] = ids;
    if (ops.valuesOf(condition) === undefined) return like(choice, ops.select(condition, a, b));
    const shape = [condition, a, b]
      .map(ops.shapeOf)
      .reduce((x, y) => broadcastShapes(x, y) ?? mismatch(node, "it cannot be broadcast"));
    const mask = structured(ops, condition);
    const chosen = ops.valuesOf(ops.broadcast(mask, shape)) ?? [];
    const [left, right] = [ops.broadcast(a, shape), ops.broadcast(b, shape)];
    const places = (at: number): number => (chosen[at] === 0 ? chosen.length + at : at);
    return like(choice, ops.view([left, right], shape, places));
  },
};

export const LOGIC_OPS = {
  And: connective((ops, a, b) => ops.multiply(a, b)),
  Equal: comparison((ops, a, b) => ops.compare("equal", a, b)),
  Greater: comparison((ops, a, b) => ops.compare("less", b, a)),
  GreaterOrEqual: comparison((ops, a, b) => ops.compare("lessOrEqual", b, a)),
  IsInf: never,
  IsNaN: never,
  Less: comparison((ops, a, b) => ops.compare("less", a, b)),
  LessOrEqual: comparison((ops, a, b) => ops.compare("lessOrEqual", a, b)),
  Not: {
    inputs: { least: 1, most: 1 },
    attributes: () => [],
    read: (node, ops) => one(not(ops, truthValue(node, 0)), "boolean"),
  },
  Or: connective((ops, a, b) => ops.sum([a, 1], [b, 1], [ops.multiply(a, b), -1])),
  Where: where,
  Xor: connective((ops, a, b) => ops.sum([a, 1], [b, 1], [ops.multiply(a, b), -2])),
} satisfies OpTable;
