import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { stridesOf } from "../../ir/shape.ts";
import {
  flagAttribute,
  intAttribute,
  intsAttribute,
  invalidAttribute,
  stringAttribute,
} from "../attributes.ts";
import { alike, axisOf, knownIntegers, like, mismatch, operand, refuse } from "../operands.ts";
import type { OnnxNode, OnnxValue, OpReader, OpTable } from "../opReader.ts";

const transpose: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["perm"],
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const axes = ops.shapeOf(id).map((_, axis) => axis);
    const order = intsAttribute(node, "perm") ?? axes.toReversed();
    if (order.toSorted((a, b) => a - b).join() !== axes.join()) {
      invalidAttribute(node, "perm", `[${order.join(", ")}] is no order of ${axes.length} axes`);
    }
    return like(input, ops.transpose(id, order));
  },
};

const concat: OpReader = {
  inputs: { least: 1, most: Infinity },
  attributes: () => ["axis"],
  read(node, ops) {
    const { ids } = alike(node, "anything");
    const rank = ops.shapeOf(operand(node, 0).id).length;
    const axis = axisOf(node, rank, intAttribute(node, "axis", 0));
    return like(operand(node, 0), ops.concat(ids, axis));
  },
};

/** In parts of the given lengths, or of equal ones, the last shorter where they do not divide the axis. */
const split: OpReader = {
  inputs: { least: 1, most: 2 },
  outputs: { least: 1, most: Infinity },
  attributes: (opset) =>
    opset < 13 ? ["axis", "split"] : opset < 18 ? ["axis"] : ["axis", "num_outputs"],
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const shape = ops.shapeOf(id);
    const axis = axisOf(node, shape.length, intAttribute(node, "axis", 0));
    const length = shape[axis] ?? 0;
    const given = knownIntegers(node, ops, 1, "split") ?? intsAttribute(node, "split");
    const count = intAttribute(node, "num_outputs", node.outputs.length);
    if (count !== node.outputs.length) refuse(node, `it has ${node.outputs.length} outputs`);
    const part = Math.ceil(length / count);
    const parts =
      given ??
      Array.from({ length: count }, (_, at) =>
        at < count - 1 ? part : length - part * (count - 1),
      );
    const isFit = parts.every((it) => it >= 0) && parts.reduce((a, b) => a + b, 0) === length;
    if (!isFit || parts.length !== count) {
      mismatch(node, `an axis of ${length} in parts of ${parts.join(", ")}`);
    }
    let start = 0;
    return parts.map((it): OnnxValue => {
      start += it;
      return { ...input, id: ops.slice(id, axis, start - it, it) };
    });
  },
};

/** Bounds beyond an end are moved to it; a negative one counts from behind. */
const slice: OpReader = {
  inputs: { least: 1, most: 5 },
  attributes: (opset) => (opset < 10 ? ["axes", "ends", "starts"] : []),
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const shape = ops.shapeOf(id);
    const list = (at: number, name: string): readonly number[] | undefined =>
      knownIntegers(node, ops, at, name) ?? intsAttribute(node, name);
    const starts = list(1, "starts") ?? refuse(node, "it has no starts");
    const ends = list(2, "ends") ?? refuse(node, "it has no ends");
    const axes = list(3, "axes") ?? starts.map((_, axis) => axis);
    const steps = knownIntegers(node, ops, 4, "steps") ?? starts.map(() => 1);
    if ([ends, axes, steps].some((it) => it.length !== starts.length)) {
      mismatch(node, "starts, ends, axes and steps are not equally many");
    }
    const to = [...shape];
    const strides = [...stridesOf(shape)];
    let offset = 0;
    axes.forEach((given, at) => {
      const axis = axisOf(node, shape.length, given, "axes");
      const [start = 0, end = 0, step = 1] = [starts[at], ends[at], steps[at]];
      const stride = stridesOf(shape)[axis] ?? 1;
      const cut = cutOf(node, shape[axis] ?? 0, start, end, step);
      to[axis] = cut.count;
      strides[axis] = stride * step;
      offset += stride * cut.start;
    });
    return like(input, ops.strided(id, to, strides, offset));
  },
};

function cutOf(
  node: OnnxNode,
  length: number,
  from: number,
  to: number,
  step: number,
): { readonly start: number; readonly count: number } {
  if (step === 0) refuse(node, "a step is 0");
  const front = (at: number): number => (at < 0 ? at + length : at);
  const clamp = (at: number, least: number, most: number): number =>
    Math.min(Math.max(at, least), most);
  const start = step > 0 ? clamp(front(from), 0, length) : clamp(front(from), 0, length - 1);
  const end = step > 0 ? clamp(front(to), 0, length) : clamp(front(to), -1, length - 1);
  return { start, count: Math.max(Math.ceil((end - start) / step), 0) };
}

/** Blocks of the channels become blocks of the picture, `[N, C · b², H, W]` to `[N, C, H · b, W · b]`. */
const depthToSpace: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: (opset) => (opset < 11 ? ["blocksize"] : ["blocksize", "mode"]),
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const [n, c, h, w] = pictureOf(node, ops, id);
    const b = blockOf(node);
    const depth = c / b ** 2;
    if (!Number.isInteger(depth)) mismatch(node, `${c} channels in blocks of ${b} by ${b}`);
    const isColumn = stringAttribute(node, "mode", "DCR", ["DCR", "CRD"]) === "CRD";
    const apart = ops.reshape(id, isColumn ? [n, depth, b, b, h, w] : [n, b, b, depth, h, w]);
    const turned = ops.transpose(apart, isColumn ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]);
    return like(input, ops.reshape(turned, [n, depth, h * b, w * b]));
  },
};

const spaceToDepth: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["blocksize"],
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const [n, c, h, w] = pictureOf(node, ops, id);
    const b = blockOf(node);
    if (h % b !== 0 || w % b !== 0) mismatch(node, `${h} by ${w} in blocks of ${b} by ${b}`);
    const apart = ops.reshape(id, [n, c, h / b, b, w / b, b]);
    const turned = ops.transpose(apart, [0, 3, 5, 1, 2, 4]);
    return like(input, ops.reshape(turned, [n, c * b ** 2, h / b, w / b]));
  },
};

function pictureOf(
  node: OnnxNode,
  ops: FloatOps,
  id: FloatId,
): readonly [number, number, number, number] {
  const shape = ops.shapeOf(id);
  const [n = 1, c = 1, h = 1, w = 1] = shape;
  return shape.length === 4 ? [n, c, h, w] : mismatch(node, `${shape.length} axes, not 4`);
}

function blockOf(node: OnnxNode): number {
  const block = intAttribute(node, "blocksize", 0);
  return block > 0 ? block : invalidAttribute(node, "blocksize", `${block} is no length`);
}

/** The lower or upper triangle of each matrix. */
const trilu: OpReader = {
  inputs: { least: 1, most: 2 },
  attributes: () => ["upper"],
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const shape = ops.shapeOf(id);
    if (shape.length < 2) mismatch(node, "it has no matrices");
    const [rows = 1, columns = 1] = shape.slice(-2);
    const [diagonal = 0] = knownIntegers(node, ops, 1, "diagonal") ?? [];
    const isUpper = flagAttribute(node, "upper", true);
    const places = (at: number): number => {
      const distance = (at % columns) - (Math.floor(at / columns) % rows);
      return (isUpper ? distance >= diagonal : distance <= diagonal) ? at : -1;
    };
    return like(input, ops.view([id], shape, places));
  },
};

/** The first so many steps of each sequence backwards. */
const reverseSequence: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => ["batch_axis", "time_axis"],
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const shape = ops.shapeOf(id);
    const batch = axisOf(node, shape.length, intAttribute(node, "batch_axis", 1), "batch_axis");
    const time = axisOf(node, shape.length, intAttribute(node, "time_axis", 0), "time_axis");
    const lengths = knownIntegers(node, ops, 1, "lengths") ?? [];
    const steps = shape[time] ?? 0;
    const isFit = lengths.length === shape[batch] && lengths.every((it) => it <= steps && it >= 0);
    if (!isFit || batch === time) mismatch(node, `lengths of ${lengths.join(", ")}`);
    const strides = stridesOf(shape);
    const [stride = 1, batchStride = 1] = [strides[time], strides[batch]];
    const places = (at: number): number => {
      const step = Math.floor(at / stride) % steps;
      const length = lengths[Math.floor(at / batchStride) % lengths.length] ?? 0;
      return step < length ? at + (length - 1 - 2 * step) * stride : at;
    };
    return like(input, ops.view([id], shape, places));
  },
};

export const MOVEMENT_OPS = {
  Concat: concat,
  DepthToSpace: depthToSpace,
  ReverseSequence: reverseSequence,
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Transpose: transpose,
  Trilu: trilu,
} satisfies OpTable;
