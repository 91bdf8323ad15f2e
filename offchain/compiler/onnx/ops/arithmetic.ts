import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { stringAttribute } from "../attributes.ts";
import {
  absolute,
  floorQuotient,
  quotient,
  scalar,
  scalarValue,
  signOf,
  truncate,
} from "../formulas.ts";
import { alike, knownIntegers, one, operand, refuse } from "../operands.ts";
import type { OnnxValue, OpReader, OpTable } from "../opReader.ts";

/** Element-wise on two operands of one type. */
function binary(
  formula: (ops: FloatOps, a: FloatId, b: FloatId, dtype: OnnxValue["dtype"]) => FloatId,
): OpReader {
  return {
    inputs: { least: 2, most: 2 },
    attributes: () => [],
    read(node, ops) {
      const { ids, dtype } = alike(node, "numbers");
      const [a = "", b = ""] = ids;
      return one(formula(ops, a, b, dtype), dtype);
    },
  };
}

function unary(formula: (ops: FloatOps, x: FloatId) => FloatId): OpReader {
  return {
    inputs: { least: 1, most: 1 },
    attributes: () => [],
    read(node, ops) {
      const { ids, dtype } = alike(node, "numbers");
      const [id = ""] = ids;
      return one(formula(ops, id), dtype);
    },
  };
}

/** A sum over any number of operands, each times a factor. */
function variadic(factorOf: (count: number) => number): OpReader {
  return {
    inputs: { least: 1, most: Infinity },
    attributes: () => [],
    read(node, ops) {
      const { ids, dtype } = alike(node, "numbers");
      if (ids.length === 1) return one(operand(node, 0).id, dtype);
      const factor = factorOf(ids.length);
      return one(ops.sum(...ids.map((id) => [id, factor] as const)), dtype);
    },
  };
}

/** A product with a scalar of the architecture is a scaling. */
function times(ops: FloatOps, a: FloatId, b: FloatId): FloatId {
  for (const [x, y] of [
    [a, b],
    [b, a],
  ] as const) {
    const addsNoAxis = ops.shapeOf(x).length <= ops.shapeOf(y).length;
    const factor = ops.isWeight(x) || !addsNoAxis ? undefined : scalarValue(ops, x);
    if (factor !== undefined) return ops.scale(y, factor);
  }
  return ops.multiply(a, b);
}

/** Integers are divided towards zero. */
function over(ops: FloatOps, a: FloatId, b: FloatId, dtype: OnnxValue["dtype"]): FloatId {
  if (dtype === "float") return quotient(ops, a, b);
  const size = absolute(ops, b);
  const up = floorQuotient(ops, ops.relu(a), size);
  const down = floorQuotient(ops, ops.relu(ops.scale(a, -1)), size);
  return ops.multiply(signOf(ops, b), ops.subtract(up, down));
}

/** With `fmod` the result has the dividend's sign, without the divisor's. */
const mod: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => ["fmod"],
  read(node, ops) {
    const { ids, dtype } = alike(node, "numbers");
    const [a = "", b = ""] = ids;
    const isTruncated = (node.attributes.get("fmod")?.i ?? 0n) !== 0n;
    const rest = (whole: FloatId): FloatId => ops.subtract(a, ops.multiply(whole, b));
    if (dtype === "float") {
      if (!isTruncated) refuse(node, "fmod is 0, which ONNX does not allow for real numbers");
      return one(rest(truncate(ops, quotient(ops, a, b))));
    }
    if (isTruncated) return one(rest(over(ops, a, b, dtype)), dtype);
    const scaled = ops.multiply(signOf(ops, b), a);
    return one(rest(floorQuotient(ops, scaled, absolute(ops, b))), dtype);
  },
};

/** By constant numbers of bits. */
const bitShift: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => ["direction"],
  read(node, ops) {
    const { id, dtype } = operand(node, 0);
    const bits = knownIntegers(node, ops, 1, "number of bits") ?? [];
    const shape = ops.shapeOf(operand(node, 1).id);
    const isLeft = stringAttribute(node, "direction", "LEFT", ["LEFT", "RIGHT"]) === "LEFT";
    const factors = ops.constant(
      shape,
      bits.map((it) => 2 ** it),
      "structure",
      "integer",
    );
    return one(isLeft ? ops.multiply(id, factors) : floorQuotient(ops, id, factors), dtype);
  },
};

export const ARITHMETIC_OPS = {
  Abs: unary(absolute),
  Add: binary((ops, a, b) => ops.add(a, b)),
  BitShift: bitShift,
  Div: binary(over),
  Mean: variadic((count) => 1 / count),
  Mod: mod,
  Mul: binary(times),
  Neg: unary((ops, x) => ops.scale(x, -1)),
  Reciprocal: unary((ops, x) => ops.divide(scalar(ops, 1), x)),
  Sign: unary(signOf),
  Sub: binary((ops, a, b) => ops.subtract(a, b)),
  Sum: variadic(() => 1),
} satisfies OpTable;
