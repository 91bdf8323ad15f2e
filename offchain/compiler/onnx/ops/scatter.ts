import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { elementsOf, stridesOf, unravel } from "../../ir/shape.ts";
import { intAttribute, stringAttribute } from "../attributes.ts";
import { flatIndices } from "../flatIndices.ts";
import { not, scalar } from "../formulas.ts";
import { wrapped } from "../oneHot.ts";
import { axisOf, like, mismatch, operand, refuse } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";

/** Layers of updates of one element that are added up. */
const MAX_LAYERS = 256;

/** Updates that are known to go to certain elements of the data. */
type Updates = {
  readonly data: FloatId;
  readonly updates: FloatId;
  /** Element of the data to which each element of the updates goes. */
  readonly targets: ArrayLike<number>;
};

const scatterElements: OpReader = {
  inputs: { least: 3, most: 3 },
  attributes: (opset) => (opset < 16 ? ["axis"] : ["axis", "reduction"]),
  read(node, ops) {
    const input = operand(node, 0);
    const { id: data } = input;
    const [indices, updates] = [operand(node, 1).id, operand(node, 2).id];
    const [shape, from] = [ops.shapeOf(data), ops.shapeOf(updates)];
    const axis = axisOf(node, shape.length, intAttribute(node, "axis", 0));
    const length = shape[axis] ?? 0;
    const isFit =
      ops.shapeOf(indices).join() === from.join() &&
      from.length === shape.length &&
      from.every((it, k) => k === axis || it <= (shape[k] ?? 0));
    if (!isFit) mismatch(node, `updates [${from.join(", ")}] into [${shape.join(", ")}]`);
    const adds = isSum(node);
    if (elementsOf(from) === 0) return [input];

    const places = wrapped(ops, indices, length);
    const known = ops.valuesOf(places);
    const strides = stridesOf(shape);
    if (known !== undefined) {
      const targets = Array.from(known, (index, at) => {
        if (index < 0 || index >= length) mismatch(node, `index ${index} on an axis of ${length}`);
        return unravel(at, from).reduce(
          (sum, i, k) => sum + (k === axis ? index : i) * (strides[k] ?? 0),
          0,
        );
      });
      return like(input, place(node, ops, { data, updates, targets }, adds));
    }
    // For each element of the data, the updates that may go to it: those of its line, where there are any.
    const steps = from[axis] ?? 0;
    const updateStrides = stridesOf(from);
    const updateAt = (at: number): number => {
      const index = unravel(Math.floor(at / steps), shape);
      const isOutside = index.some((i, k) => k !== axis && i >= (from[k] ?? 0));
      if (isOutside) return -1;
      return index.reduce(
        (sum, i, k) => sum + (k === axis ? at % steps : i) * (updateStrides[k] ?? 0),
        0,
      );
    };
    const count = elementsOf(from);
    const lines = [...shape, steps];
    const spread = ops.view([places, scalar(ops, -1)], lines, (at) => {
      const update = updateAt(at);
      return update === -1 ? count : update;
    });
    const stride = strides[axis] ?? 1;
    const own = ops.view([ops.arange(length)], lines, (at) => {
      return Math.floor(Math.floor(at / steps) / stride) % length;
    });
    const isMeant = ops.compare("equal", spread, own);
    const sum = ops.reduceSum(ops.multiply(isMeant, ops.view([updates], lines, updateAt)));
    return like(input, merge(ops, data, ops.reduceSum(isMeant), sum, adds));
  },
};

const scatterND: OpReader = {
  inputs: { least: 3, most: 3 },
  attributes: (opset) => (opset < 16 ? [] : ["reduction"]),
  read(node, ops) {
    const input = operand(node, 0);
    const { id: data } = input;
    const [indices, updates] = [operand(node, 1).id, operand(node, 2).id];
    const [shape, from] = [ops.shapeOf(data), ops.shapeOf(indices)];
    const depth = from.at(-1) ?? mismatch(node, "its indices have no axis");
    if (depth < 1 || depth > shape.length) mismatch(node, `indices of ${depth} axes`);
    const rest = shape.slice(depth);
    const expected = [...from.slice(0, -1), ...rest];
    if (ops.shapeOf(updates).join() !== expected.join()) {
      mismatch(node, `updates [${ops.shapeOf(updates).join(", ")}], not [${expected.join(", ")}]`);
    }
    const adds = isSum(node);
    if (elementsOf(expected) === 0) return [input];

    const flat = flatIndices(node, ops, indices, shape.slice(0, depth));
    const columns = elementsOf(rest);
    const known = ops.valuesOf(flat);
    if (known !== undefined) {
      const targets = Float64Array.from({ length: elementsOf(expected) }, (_, at) => {
        return (known[Math.floor(at / columns)] ?? 0) * columns + (at % columns);
      });
      return like(input, place(node, ops, { data, updates, targets }, adds));
    }
    const rows = elementsOf(shape.slice(0, depth));
    const count = elementsOf(from.slice(0, -1));
    const own = ops.reshape(ops.arange(rows), [rows, 1]);
    const isMeant = ops.compare("equal", ops.reshape(flat, [1, count]), own);
    const turned = ops.transpose(ops.reshape(updates, [count, columns]), [1, 0]);
    const sum = ops.matmul(
      ops.reshape(isMeant, [1, rows, count]),
      ops.reshape(turned, [1, columns, count]),
    );
    const hits = ops.reshape(ops.reduceSum(isMeant), [rows, 1]);
    const old = ops.reshape(data, [rows, columns]);
    const merged = merge(ops, old, hits, ops.reshape(sum, [rows, columns]), adds);
    return like(input, ops.reshape(merged, shape));
  },
};

export const SCATTER_OPS = {
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
} satisfies OpTable;

function isSum(node: OnnxNode): boolean {
  const kinds = ["none", "add", "mul", "min", "max"] as const;
  const kind = stringAttribute<(typeof kinds)[number]>(node, "reduction", "none", kinds);
  if (kind !== "none" && kind !== "add") refuse(node, `its reduction is ${kind}`);
  return kind === "add";
}

/** Updates at known places: a movement of data, and a sum where they are added. */
function place(
  node: OnnxNode,
  ops: FloatOps,
  { data, updates, targets }: Updates,
  adds: boolean,
): FloatId {
  const shape = ops.shapeOf(data);
  const elements = elementsOf(shape);
  if (!adds) {
    const places = Int32Array.from({ length: elements }, (_, at) => at);
    Array.from(targets).forEach((target, at) => {
      places[target] = elements + at;
    });
    return ops.view([data, updates], shape, places);
  }
  // One layer for each update that an element gets.
  const layers: (readonly [target: number, at: number])[][] = [];
  const heights = new Map<number, number>();
  Array.from(targets).forEach((target, at) => {
    const height = heights.get(target) ?? 0;
    heights.set(target, height + 1);
    if (layers[height] === undefined) layers.push([]);
    layers[height]?.push([target, at]);
  });
  if (layers.length > MAX_LAYERS) refuse(node, `it adds ${layers.length} updates to one element`);
  const terms = layers.map((layer) => {
    const places = new Int32Array(elements).fill(-1);
    for (const [target, at] of layer) places[target] = at;
    return [ops.view([updates], shape, places), 1] as const;
  });
  return ops.sum([data, 1], ...terms);
}

/** Updates replace what they hit, or are added to it. */
function merge(ops: FloatOps, data: FloatId, hits: FloatId, sum: FloatId, adds: boolean): FloatId {
  return adds ? ops.add(data, sum) : ops.add(ops.multiply(data, not(ops, hits)), sum);
}
