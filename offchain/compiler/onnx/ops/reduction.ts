import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { elementsOf } from "../../ir/shape.ts";
import { flagAttribute, intsAttribute } from "../attributes.ts";
import { absolute, quotient, scalar, truncate } from "../formulas.ts";
import { axisOf, knownIntegers, one, operand, refuse } from "../operands.ts";
import type { Dtype, OnnxNode, OpReader, OpTable } from "../opReader.ts";
import { toLastAxis } from "../toLastAxis.ts";

type Formula = (ops: FloatOps, rows: FloatId, dtype: Dtype) => FloatId;

/**
 * A reduction over the last axis of its formula's operand.
 *
 * @param inputsFrom opset from which the axes are an input
 * @param ofNone result over no elements; refused where left out
 */
function reduction(formula: Formula, inputsFrom: number, ofNone?: number): OpReader {
  return {
    inputs: { least: 1, most: 2 },
    attributes: (opset) =>
      opset < inputsFrom ? ["axes", "keepdims"] : ["keepdims", "noop_with_empty_axes"],
    read(node, ops) {
      const { id, dtype } = operand(node, 0);
      const shape = ops.shapeOf(id);
      const axes = axesOf(node, ops, shape.length);
      // Nothing is reduced: as onnxruntime has it, each element by itself.
      if (axes === undefined)
        return one(formula(ops, ops.reshape(id, [...shape, 1]), dtype), dtype);
      const kept = flagAttribute(node, "keepdims", true)
        ? shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
        : shape.filter((_, axis) => !axes.includes(axis));
      if (elementsOf(shape) === 0) {
        const value = ofNone ?? refuse(node, "it reduces a tensor without elements");
        return one(ops.broadcast(scalar(ops, value), kept), dtype);
      }
      return one(ops.reshape(formula(ops, toLastAxis(ops, id, axes), dtype), kept), dtype);
    },
  };
}

/** The axes in ascending order, all where none are given; `undefined` for a reduction that does nothing. */
function axesOf(node: OnnxNode, ops: FloatOps, rank: number): readonly number[] | undefined {
  const given = knownIntegers(node, ops, 1, "axes") ?? intsAttribute(node, "axes") ?? [];
  if (given.length === 0 && flagAttribute(node, "noop_with_empty_axes")) return undefined;
  const every = Array.from({ length: rank }, (_, axis) => axis);
  if (given.length === 0) return every;
  const axes = given.map((axis) => axisOf(node, rank, axis, "axes"));
  return every.filter((axis) => axes.includes(axis));
}

const square: Formula = (ops, x) => ops.multiply(x, x);
const sum: Formula = (ops, rows) => ops.reduceSum(rows);

/** Integers are divided towards zero. */
const mean: Formula = (ops, rows, dtype) => {
  const length = scalar(ops, ops.shapeOf(rows).at(-1) ?? 1);
  const result = quotient(ops, ops.reduceSum(rows), length);
  return dtype === "float" ? result : truncate(ops, result);
};

const least: Formula = (ops, rows) => ops.scale(ops.reduceMax(ops.scale(rows, -1)), -1);

/** Pairs first, so that a long axis takes few steps. */
const product: Formula = (ops, rows) => {
  const shape = ops.shapeOf(rows);
  const axis = shape.length - 1;
  const length = shape[axis] ?? 1;
  if (length === 1) return ops.reshape(rows, shape.slice(0, -1));
  const half = Math.floor(length / 2);
  const left = ops.slice(rows, axis, 0, half);
  const products = ops.multiply(left, ops.slice(rows, axis, half, half));
  const rest = length % 2 === 0 ? [] : [ops.slice(rows, axis, length - 1, 1)];
  return product(ops, ops.concat([products, ...rest], axis), "float");
};

/** `max x + ln Σ e^(x - max x)`, which no large x can overflow. */
const logSumExp: Formula = (ops, rows) => {
  const most = ops.reduceMax(rows);
  const column = ops.reshape(most, [...ops.shapeOf(most), 1]);
  const powers = ops.unary({ kind: "exp" }, ops.subtract(rows, column));
  return ops.add(most, ops.unary({ kind: "log" }, ops.reduceSum(powers)));
};

/** Steps of 1, 2, 4, .. positions: each element is then the sum of twice as many. */
const cumSum: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => ["exclusive", "reverse"],
  read(node, ops) {
    const { id, dtype } = operand(node, 0);
    const shape = ops.shapeOf(id);
    const [given = 0] = knownIntegers(node, ops, 1, "axis") ?? [];
    const axis = axisOf(node, shape.length, given);
    const length = shape[axis] ?? 0;
    const stride = elementsOf(shape.slice(axis + 1));
    const sign = flagAttribute(node, "reverse") ? -1 : 1;
    const shifted = (input: FloatId, by: number): FloatId =>
      ops.view([input], shape, (at) => {
        const from = (Math.floor(at / stride) % length) - sign * by;
        return from >= 0 && from < length ? at - sign * by * stride : -1;
      });
    let sums = flagAttribute(node, "exclusive") ? shifted(id, 1) : id;
    for (let by = 1; by < length; by *= 2) sums = ops.add(sums, shifted(sums, by));
    return one(sums, dtype);
  },
};

export const REDUCTION_OPS = {
  CumSum: cumSum,
  ReduceL1: reduction((ops, x) => ops.reduceSum(absolute(ops, x)), 18, 0),
  ReduceL2: reduction(
    (ops, x) => ops.unary({ kind: "sqrt" }, ops.reduceSum(square(ops, x, "float"))),
    18,
    0,
  ),
  ReduceLogSum: reduction((ops, x) => ops.unary({ kind: "log" }, ops.reduceSum(x)), 18),
  ReduceLogSumExp: reduction(logSumExp, 18),
  ReduceMax: reduction((ops, x) => ops.reduceMax(x), 18),
  ReduceMean: reduction(mean, 18),
  ReduceMin: reduction(least, 18),
  ReduceProd: reduction(product, 18, 1),
  ReduceSum: reduction(sum, 13, 0),
  ReduceSumSquare: reduction((ops, x) => ops.reduceSum(square(ops, x, "float")), 18, 0),
} satisfies OpTable;
