import { broadcastShapes, elementsOf } from "../../ir/shape.ts";
import { flagAttribute, intAttribute, intsAttribute } from "../attributes.ts";
import { axisOf, knownIntegers, like, mismatch, operand, refuse } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";
import { readShape } from "../readTensor.ts";

const flatten: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["axis"],
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const shape = ops.shapeOf(id);
    const given = intAttribute(node, "axis", 1);
    const axis = given < 0 ? given + shape.length : given;
    if (axis < 0 || axis > shape.length) mismatch(node, `axis ${given} of [${shape.join(", ")}]`);
    const [outer, inner] = [shape.slice(0, axis), shape.slice(axis)];
    return like(input, ops.reshape(id, [elementsOf(outer), elementsOf(inner)]));
  },
};

/** 0 copies a length of the input, unless `allowzero` is set; -1 is what is left. */
const reshape: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: (opset) => (opset < 14 ? [] : ["allowzero"]),
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const from = ops.shapeOf(id);
    const given = knownIntegers(node, ops, 1, "shape") ?? [];
    const keepsZero = flagAttribute(node, "allowzero");
    const lengths = given.map((it, axis) =>
      it === 0 && !keepsZero ? (from[axis] ?? mismatch(node, `no axis ${axis} to copy`)) : it,
    );
    const rest = lengths.filter((it) => it !== -1);
    if (lengths.length - rest.length > 1) mismatch(node, "two lengths are left open");
    const left = elementsOf(rest) === 0 ? 0 : elementsOf(from) / elementsOf(rest);
    const shape = lengths.map((it) => (it === -1 ? left : it));
    if (!shape.every(Number.isInteger) || elementsOf(shape) !== elementsOf(from)) {
      mismatch(node, `[${from.join(", ")}] cannot take the shape [${given.join(", ")}]`);
    }
    return like(input, ops.reshape(id, readShape(shape.map(BigInt), node.name)));
  },
};

/** Without axes, every axis of length 1 goes. */
const squeeze: OpReader = {
  inputs: { least: 1, most: 2 },
  attributes: (opset) => (opset < 13 ? ["axes"] : []),
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const shape = ops.shapeOf(id);
    const axes = knownIntegers(node, ops, 1, "axes") ?? intsAttribute(node, "axes");
    const gone = axes?.map((axis) => axisOf(node, shape.length, axis, "axes"));
    if (gone?.some((axis) => shape[axis] !== 1) === true) {
      mismatch(node, `an axis of [${shape.join(", ")}] to squeeze is longer than 1`);
    }
    const kept = shape.filter((length, axis) => !(gone?.includes(axis) ?? length === 1));
    return like(input, ops.reshape(id, kept));
  },
};

const unsqueeze: OpReader = {
  inputs: { least: 1, most: 2 },
  attributes: (opset) => (opset < 13 ? ["axes"] : []),
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const shape = ops.shapeOf(id);
    const given = knownIntegers(node, ops, 1, "axes") ?? intsAttribute(node, "axes");
    const axes = given ?? refuse(node, "it has no axes");
    const rank = shape.length + axes.length;
    const added = axes.map((axis) => axisOf(node, rank, axis, "axes"));
    if (new Set(added).size !== axes.length) refuse(node, "it adds one axis twice");
    const lengths = [...shape];
    const to = Array.from({ length: rank }, (_, axis) =>
      added.includes(axis) ? 1 : (lengths.shift() ?? 1),
    );
    return like(input, ops.reshape(id, readShape(to.map(BigInt), node.name)));
  },
};

/** Broadcasting both ways: a length of 1 in the target keeps the input's. */
const expand: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => [],
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const target = targetOf(node, knownIntegers(node, ops, 1, "shape") ?? []);
    const shape = broadcastShapes(ops.shapeOf(id), target);
    if (shape === undefined) {
      const from = ops.shapeOf(id).join(", ");
      return mismatch(node, `[${from}] cannot be expanded to [${target.join(", ")}]`);
    }
    return like(input, ops.broadcast(id, readShape(shape.map(BigInt), node.name)));
  },
};

const tile: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => [],
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const shape = ops.shapeOf(id);
    const repeats = targetOf(node, knownIntegers(node, ops, 1, "repeats") ?? []);
    if (repeats.length !== shape.length) mismatch(node, `${repeats.length} repeats`);
    const tiled = shape.map((length, axis) => length * (repeats[axis] ?? 1));
    const to = readShape(tiled.map(BigInt), node.name);
    // [r0, n0, r1, n1, ..] of [1, n0, 1, n1, ..].
    const pairs = shape.flatMap((length, axis) => [repeats[axis] ?? 1, length]);
    const apart = ops.reshape(
      id,
      shape.flatMap((length) => [1, length]),
    );
    return like(input, ops.reshape(ops.broadcast(apart, pairs), to));
  },
};

export const SHAPE_OPS = {
  Expand: expand,
  Flatten: flatten,
  Reshape: reshape,
  Squeeze: squeeze,
  Tile: tile,
  Unsqueeze: unsqueeze,
} satisfies OpTable;

function targetOf(node: OnnxNode, lengths: readonly number[]): readonly number[] {
  return readShape(
    lengths.map((it) => BigInt(it)),
    node.name,
  );
}
