import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { elementsOf, stridesOf, unravel } from "../../ir/shape.ts";
import { intAttribute } from "../attributes.ts";
import { flatIndices } from "../flatIndices.ts";
import { lookUpRows, oneHot, wrapped } from "../oneHot.ts";
import { axisOf, like, mismatch, operand, refuse } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";

const gather: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => ["axis"],
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const indices = operand(node, 1).id;
    const shape = ops.shapeOf(id);
    const axis = axisOf(node, shape.length, intAttribute(node, "axis", 0));
    const length = shape[axis] ?? 0;
    const places = ops.shapeOf(indices);
    const to = [...shape.slice(0, axis), ...places, ...shape.slice(axis + 1)];
    const known = constantIndices(node, ops, indices, length);
    if (known !== undefined) {
      const inner = elementsOf(shape.slice(axis + 1));
      const result = ops.view([id], to, (at) => {
        const run = Math.floor(at / inner);
        const outer = Math.floor(run / known.length);
        return (outer * length + (known[run % known.length] ?? 0)) * inner + (at % inner);
      });
      return like(input, result);
    }
    // The axis in front: a table of rows.
    const order = shape.map((_, at) => at).filter((at) => at !== axis);
    const kept = order.map((at) => shape[at] ?? 1);
    const table = ops.reshape(ops.transpose(id, [axis, ...order]), [length, elementsOf(kept)]);
    const rows = ops.reshape(lookUpRows(ops, table, wrapped(ops, indices, length)), [
      ...places,
      ...kept,
    ]);
    const first = places.map((_, at) => at);
    const behind = kept.map((_, at) => places.length + at);
    const result = ops.transpose(rows, [...behind.slice(0, axis), ...first, ...behind.slice(axis)]);
    return like(input, input.dtype === "float" ? result : ops.asInteger(result));
  },
};

/** As Gather with the axis at the end, on the last index. */
const arrayFeatureExtractor: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => [],
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const shape = ops.shapeOf(id);
    const length = shape.at(-1) ?? mismatch(node, "it has no axis");
    const indices = operand(node, 1).id;
    const known = constantIndices(node, ops, indices, length);
    const count = elementsOf(ops.shapeOf(indices));
    const rows = elementsOf(shape.slice(0, -1));
    const flat = ops.reshape(id, [rows, length]);
    const to = shape.length === 1 ? [1, count] : [...shape.slice(0, -1), count];
    if (known !== undefined) {
      const place = (at: number): number =>
        Math.floor(at / count) * length + (known[at % count] ?? 0);
      return like(input, ops.view([flat], to, place));
    }
    const table = ops.transpose(flat, [1, 0]);
    const found = lookUpRows(ops, table, wrapped(ops, indices, length));
    const result = ops.reshape(ops.transpose(found, [1, 0]), to);
    return like(input, input.dtype === "float" ? result : ops.asInteger(result));
  },
};

const gatherElements: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => ["axis"],
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const indices = operand(node, 1).id;
    const shape = ops.shapeOf(id);
    const to = ops.shapeOf(indices);
    const axis = axisOf(node, shape.length, intAttribute(node, "axis", 0));
    const length = shape[axis] ?? 0;
    const isFit =
      to.length === shape.length && to.every((it, k) => k === axis || it <= (shape[k] ?? 0));
    if (!isFit) mismatch(node, `indices [${to.join(", ")}] into [${shape.join(", ")}]`);
    const strides = stridesOf(shape);
    const stride = strides[axis] ?? 1;
    // Of the data's line on which each element of the output lies.
    const lineOf = (at: number): number =>
      unravel(at, to).reduce((sum, i, k) => sum + (k === axis ? 0 : i * (strides[k] ?? 0)), 0);
    const known = constantIndices(node, ops, indices, length);
    if (known !== undefined) {
      return like(
        input,
        ops.view([id], to, (at) => lineOf(at) + (known[at] ?? 0) * stride),
      );
    }
    const lines = ops.view([id], [...to, length], (at) => {
      const [element, i] = [Math.floor(at / length), at % length];
      return lineOf(element) + i * stride;
    });
    const chosen = oneHot(ops, wrapped(ops, indices, length), length);
    return like(input, ops.reduceSum(ops.multiply(chosen, lines)));
  },
};

const gatherND: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: (opset) => (opset < 12 ? [] : ["batch_dims"]),
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const shape = ops.shapeOf(id);
    const indices = operand(node, 1).id;
    const to = ops.shapeOf(indices);
    const batchAxes = intAttribute(node, "batch_dims", 0);
    const depth = to.at(-1) ?? mismatch(node, "its indices have no axis");
    const isFit =
      batchAxes >= 0 &&
      batchAxes < Math.min(shape.length, to.length) &&
      depth > 0 &&
      batchAxes + depth <= shape.length &&
      shape.slice(0, batchAxes).join() === to.slice(0, batchAxes).join();
    if (!isFit) mismatch(node, `indices [${to.join(", ")}] into [${shape.join(", ")}]`);

    const batches = elementsOf(shape.slice(0, batchAxes));
    const indexed = shape.slice(batchAxes, batchAxes + depth);
    const rest = shape.slice(batchAxes + depth);
    const [rows, columns] = [elementsOf(indexed), elementsOf(rest)];
    const flat = flatIndices(node, ops, indices, indexed);
    const count = elementsOf(ops.shapeOf(flat)) / Math.max(batches, 1);
    const result = [...to.slice(0, -1), ...rest];
    const known = ops.valuesOf(flat);
    if (known !== undefined) {
      const place = (at: number): number => {
        const element = Math.floor(at / columns);
        const batch = Math.floor(element / count);
        return (batch * rows + (known[element] ?? 0)) * columns + (at % columns);
      };
      return like(input, ops.view([id], result, place));
    }
    const tables = ops.reshape(id, [batches, rows, columns]);
    const places = ops.reshape(flat, [batches, count]);
    const found = Array.from({ length: batches }, (_, batch) => {
      const table = ops.reshape(ops.slice(tables, 0, batch, 1), [rows, columns]);
      const at = ops.reshape(ops.slice(places, 0, batch, 1), [count]);
      return lookUpRows(ops, table, at);
    });
    const all = ops.reshape(ops.concat(found, 0), result);
    return like(input, input.dtype === "float" ? all : ops.asInteger(all));
  },
};

/** The indices where a constant mask is true. */
const compress: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => ["axis"],
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const mask = ops.valuesOf(operand(node, 1).id);
    if (mask === undefined) {
      return refuse(node, "the shape of its output depends on data; use Where with a mask");
    }
    const isFlat = !node.attributes.has("axis");
    const shape = isFlat ? [elementsOf(ops.shapeOf(id))] : ops.shapeOf(id);
    const axis = isFlat ? 0 : axisOf(node, shape.length, intAttribute(node, "axis", 0));
    const length = shape[axis] ?? 0;
    if (mask.length > length) mismatch(node, `a mask of ${mask.length} on an axis of ${length}`);
    const kept = [...mask.keys()].filter((at) => mask[at] !== 0);
    const inner = elementsOf(shape.slice(axis + 1));
    const result = ops.view([id], shape.with(axis, kept.length), (at) => {
      const run = Math.floor(at / inner);
      const place = Math.floor(run / kept.length) * length + (kept[run % kept.length] ?? 0);
      return place * inner + (at % inner);
    });
    return like(input, result);
  },
};

export const GATHER_OPS = {
  Compress: compress,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
} satisfies OpTable;

export const GATHER_ML_OPS = { ArrayFeatureExtractor: arrayFeatureExtractor } satisfies OpTable;

/** Constant indices, from the front, checked to lie on the axis. */
function constantIndices(
  node: OnnxNode,
  ops: FloatOps,
  indices: FloatId,
  length: number,
): Float64Array | undefined {
  if (ops.valuesOf(indices) === undefined) return undefined;
  const known = ops.valuesOf(wrapped(ops, indices, length)) ?? new Float64Array();
  const outside = known.find((it) => it < 0 || it >= length);
  if (outside !== undefined) mismatch(node, `index ${outside} on an axis of ${length}`);
  return known;
}
