import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { elementsOf } from "../../ir/shape.ts";
import {
  flagAttribute,
  floatAttribute,
  intAttribute,
  intsAttribute,
  invalidAttribute,
} from "../attributes.ts";
import { absolute, scalar } from "../formulas.ts";
import { imageOf } from "../imageOf.ts";
import { keepAxis, lastAxes, mean } from "../lastAxes.ts";
import { axisOf, mismatch, one, operand, refuse } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";

/** Keeps the norm of a row of zeros off 0; far below what any encoding resolves. */
const TINY = 1e-30;
/** Added to the deviation by the definition of MeanVarianceNormalization. */
const MVN_EPSILON = 1e-9;

/**
 * At inference a factor and an addend for each channel, which follow from the four parameters; the outputs of training
 * are not written.
 */
const batchNormalization: OpReader = {
  inputs: { least: 5, most: 5 },
  outputs: { least: 1, most: 5 },
  attributes: (opset) => [
    "epsilon",
    "momentum",
    ...(opset < 9 ? ["spatial"] : []),
    ...(opset < 14 ? [] : ["training_mode"]),
  ],
  read(node, ops) {
    if (flagAttribute(node, "training_mode")) refuse(node, "it is in training mode");
    if (!flagAttribute(node, "spatial", true)) refuse(node, "it has parameters for each element");
    const x = operand(node, 0).id;
    const { channels, spatial } = imageOf(node, ops, x, 0);
    const parameter = (at: number): FloatId =>
      perChannel(node, ops, operand(node, at).id, channels, spatial.length);
    const factor = ops.divide(parameter(1), deviation(node, ops, parameter(4)));
    const addend = ops.subtract(parameter(2), ops.multiply(parameter(3), factor));
    return one(affine(node, ops, x, factor, addend));
  },
};

/** Of each channel of each image. */
const instanceNormalization: OpReader = {
  inputs: { least: 3, most: 3 },
  attributes: () => ["epsilon"],
  read(node, ops) {
    const [x, scale, bias] = [operand(node, 0).id, operand(node, 1).id, operand(node, 2).id];
    const { batch, channels, spatial } = imageOf(node, ops, x, 0);
    const rows = ops.reshape(x, [batch, channels, elementsOf(spatial)]);
    const { normal } = normalized(node, ops, rows);
    const result = ops.reshape(normal, ops.shapeOf(x));
    const [factor, addend] = [scale, bias].map((it) =>
      perChannel(node, ops, it, channels, spatial.length),
    );
    return one(affine(node, ops, result, factor, addend));
  },
};

/** Over all axes from the given one on; mean and inverse deviation are outputs, too. */
const layerNormalization: OpReader = {
  inputs: { least: 2, most: 3 },
  outputs: { least: 1, most: 3 },
  attributes: () => ["axis", "epsilon", "stash_type"],
  read(node, ops) {
    const x = operand(node, 0).id;
    const shape = ops.shapeOf(x);
    const axis = axisOf(node, shape.length, intAttribute(node, "axis", -1));
    const outer = shape.slice(0, axis);
    const rows = ops.reshape(x, [...outer, elementsOf(shape.slice(axis))]);
    const { normal, average, inverse } = normalized(node, ops, rows);
    const result = ops.reshape(normal, shape);
    const column = [...outer, ...shape.slice(axis).map(() => 1)];
    return [
      ...one(affine(node, ops, result, operand(node, 1).id, node.inputs[2]?.id)),
      ...one(ops.reshape(average, column)),
      ...one(ops.reshape(inverse, column)),
    ];
  },
};

/** Parameters are per group before opset 21, then per channel. */
const groupNormalization: OpReader = {
  inputs: { least: 3, most: 3 },
  attributes: (opset) => ["epsilon", "num_groups", ...(opset < 21 ? [] : ["stash_type"])],
  read(node, ops) {
    const x = operand(node, 0).id;
    const { batch, channels, spatial } = imageOf(node, ops, x, 0);
    const groups = intAttribute(node, "num_groups", 0);
    if (groups < 1 || channels % groups !== 0) {
      invalidAttribute(node, "num_groups", `${groups} groups of ${channels} channels`);
    }
    const size = channels / groups;
    const rows = ops.reshape(x, [batch, groups, size * elementsOf(spatial)]);
    const result = ops.reshape(normalized(node, ops, rows).normal, ops.shapeOf(x));
    const [factor, addend] = [1, 2].map((at) => {
      const { id } = operand(node, at);
      if (node.opset >= 21) return perChannel(node, ops, id, channels, spatial.length);
      perChannel(node, ops, id, groups, 0);
      return ops.view([id], [channels, ...spatial.map(() => 1)], (c) => Math.floor(c / size));
    });
    return one(affine(node, ops, result, factor, addend));
  },
};

/** `x / (bias + alpha / size · Σ x²)^beta`, the sum over neighbouring channels. */
const lrn: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["alpha", "beta", "bias", "size"],
  read(node, ops) {
    const x = operand(node, 0).id;
    const { batch, channels, spatial } = imageOf(node, ops, x, 0);
    const size = intAttribute(node, "size", 0);
    if (size < 1 || size > 2 * channels + 1) invalidAttribute(node, "size", `${size} channels`);
    const area = elementsOf(spatial);
    const before = Math.floor((size - 1) / 2);
    const squares = ops.view([ops.multiply(x, x)], [batch, channels, ...spatial, size], (at) => {
      const place = Math.floor(at / size);
      const channel = Math.floor(place / area) % channels;
      const step = (at % size) - before;
      const isInside = channel + step >= 0 && channel + step < channels;
      return isInside ? place + step * area : -1;
    });
    const factor = floatAttribute(node, "alpha", 0.0001) / size;
    const bias = scalar(ops, floatAttribute(node, "bias", 1));
    const sum = ops.sum([ops.reduceSum(squares), factor], [bias, 1]);
    const beta = floatAttribute(node, "beta", 0.75);
    if (beta === 1) return one(ops.divide(x, sum));
    if (beta === 0.5) return one(ops.divide(x, ops.unary({ kind: "sqrt" }, sum)));
    return one(ops.multiply(x, ops.unary({ kind: "power", exponent: -beta }, sum)));
  },
};

/** A row of zeros stays one. */
const lpNormalization: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["axis", "p"],
  read(node, ops) {
    const { id } = operand(node, 0);
    const p = intAttribute(node, "p", 2);
    if (p !== 1 && p !== 2) invalidAttribute(node, "p", `${p} is neither 1 nor 2`);
    const { length: rank } = ops.shapeOf(id);
    const rows = lastAxes(ops, id, [axisOf(node, rank, intAttribute(node, "axis", -1))]);
    return one(rows.back(ops.divide(rows.id, normOf(ops, rows.id, p))));
  },
};

const meanVarianceNormalization: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["axes"],
  read(node, ops) {
    const { id } = operand(node, 0);
    const { length: rank } = ops.shapeOf(id);
    const axes = (intsAttribute(node, "axes") ?? [0, 2, 3]).map((it) =>
      axisOf(node, rank, it, "axes"),
    );
    if (new Set(axes).size !== axes.length)
      invalidAttribute(node, "axes", "an axis is given twice");
    const rows = lastAxes(ops, id, axes);
    const centred = ops.subtract(rows.id, mean(ops, rows.id));
    const root = ops.unary({ kind: "sqrt" }, mean(ops, ops.multiply(centred, centred)));
    return one(rows.back(ops.divide(centred, ops.add(root, scalar(ops, MVN_EPSILON)))));
  },
};

export const NORMALIZATION_OPS = {
  BatchNormalization: batchNormalization,
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LRN: lrn,
  LayerNormalization: layerNormalization,
  LpNormalization: lpNormalization,
  MeanVarianceNormalization: meanVarianceNormalization,
} satisfies OpTable;

/** Norm of order 1 or 2 of each row, never 0, with a last axis of 1. */
export function normOf(ops: FloatOps, rows: FloatId, p: 1 | 2): FloatId {
  const powers = p === 1 ? absolute(ops, rows) : ops.multiply(rows, rows);
  const sum = keepAxis(ops, powers, "reduceSum");
  const norm = p === 1 ? sum : ops.unary({ kind: "sqrt" }, sum);
  return ops.add(norm, scalar(ops, TINY));
}

type Normalized = {
  readonly normal: FloatId;
  readonly average: FloatId;
  /** `1 / √(variance + epsilon)`. */
  readonly inverse: FloatId;
};

/** Each row less its mean, times its inverse deviation: one quotient for a row. */
function normalized(node: OnnxNode, ops: FloatOps, rows: FloatId): Normalized {
  const average = mean(ops, rows);
  const centred = ops.subtract(rows, average);
  const variance = mean(ops, ops.multiply(centred, centred));
  const inverse = ops.divide(scalar(ops, 1), deviation(node, ops, variance));
  return { normal: ops.multiply(centred, inverse), average, inverse };
}

/** `√(variance + epsilon)`. */
function deviation(node: OnnxNode, ops: FloatOps, variance: FloatId): FloatId {
  const epsilon = scalar(ops, floatAttribute(node, "epsilon", 1e-5));
  return ops.unary({ kind: "sqrt" }, ops.add(variance, epsilon));
}

/** `x · factor + addend`. */
function affine(
  node: OnnxNode,
  ops: FloatOps,
  x: FloatId,
  factor: FloatId | undefined,
  addend: FloatId | undefined,
): FloatId {
  const scaled = factor === undefined ? x : ops.multiply(x, factor);
  const result = addend === undefined ? scaled : ops.add(scaled, addend);
  if (ops.shapeOf(result).join() !== ops.shapeOf(x).join())
    mismatch(node, "its parameters do not fit");
  return result;
}

/** A list of one number for each channel as it is broadcast over `[N, C, ...spatial]`. */
function perChannel(
  node: OnnxNode,
  ops: FloatOps,
  id: FloatId,
  channels: number,
  spatialRank: number,
): FloatId {
  const shape = ops.shapeOf(id);
  if (shape.join() !== String(channels)) {
    mismatch(node, `parameters [${shape.join(", ")}] for ${channels} channels`);
  }
  return ops.reshape(id, [channels, ...new Array<number>(spatialRank).fill(1)]);
}
