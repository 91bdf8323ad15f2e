import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { elementsOf, unravel } from "../../ir/shape.ts";
import { flagAttribute, intAttribute, invalidAttribute } from "../attributes.ts";
import { absolute } from "../formulas.ts";
import { imageOf } from "../imageOf.ts";
import { one, operand, refuse } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";
import type { Windows } from "../windows.ts";
import { readKernel, readWindows, slidingTaps } from "../windows.ts";

const ATTRIBUTES = ["auto_pad", "kernel_shape", "pads", "strides"];

/** Padding counts for nothing: maxima are taken of what lies inside, windows of equal numbers of elements together. */
const maxPool: OpReader = {
  inputs: { least: 1, most: 1 },
  outputs: { least: 1, most: 2 },
  attributes: (opset) => [
    ...ATTRIBUTES,
    ...(opset < 8 ? [] : ["storage_order"]),
    ...(opset < 10 ? [] : ["ceil_mode", "dilations"]),
  ],
  read(node, ops) {
    const { id, dtype } = operand(node, 0);
    const windows = windowsOf(node, ops, id);
    const inside = insideTaps(slidingTaps(windows), elementsOf(windows.kernel));
    if (inside.some((it) => it.length === 0)) refuse(node, "a window lies in the padding");
    return one(maximaOf(ops, id, windows, inside), dtype);
  },
};

const averagePool: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: (opset) => [
    ...ATTRIBUTES,
    "count_include_pad",
    ...(opset < 10 ? [] : ["ceil_mode"]),
    ...(opset < 19 ? [] : ["dilations"]),
  ],
  read(node, ops) {
    const { id } = operand(node, 0);
    const windows = windowsOf(node, ops, id);
    const taps = slidingTaps(windows);
    const sums = ops.reduceSum(windowed(ops, id, windows, taps));
    const counts = flagAttribute(node, "count_include_pad")
      ? paddedCounts(windows)
      : insideTaps(taps, elementsOf(windows.kernel)).map((it) => it.length);
    if (counts.includes(0)) refuse(node, "a window lies in the padding");
    const [first = 1] = counts;
    if (counts.every((it) => it === first)) return one(ops.scale(sums, 1 / first));
    const factors = ops.constant(
      windows.output,
      counts.map((it) => 1 / it),
    );
    return one(ops.multiply(sums, factors));
  },
};

/** `(Σ |x|^p)^(1/p)`. */
const lpPool: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: (opset) => [...ATTRIBUTES, "p", ...(opset < 18 ? [] : ["ceil_mode", "dilations"])],
  read(node, ops) {
    const { id } = operand(node, 0);
    const windows = windowsOf(node, ops, id);
    const p = orderOf(node);
    const powers = windowed(ops, powerOf(ops, id, p), windows, slidingTaps(windows));
    return one(rootOf(ops, ops.reduceSum(powers), p));
  },
};

export const POOLING_OPS = {
  AveragePool: averagePool,
  GlobalAveragePool: global([], (_, ops, rows) => {
    const length = ops.shapeOf(rows).at(-1) ?? 1;
    return ops.scale(ops.reduceSum(rows), 1 / length);
  }),
  GlobalLpPool: global(["p"], (node, ops, rows) => {
    const p = orderOf(node);
    return rootOf(ops, ops.reduceSum(powerOf(ops, rows, p)), p);
  }),
  GlobalMaxPool: global([], (_, ops, rows) => ops.reduceMax(rows)),
  LpPool: lpPool,
  MaxPool: maxPool,
} satisfies OpTable;

/** An op that reduces all spatial axes to length 1. */
function global(
  attributes: readonly string[],
  reduce: (node: OnnxNode, ops: FloatOps, rows: FloatId) => FloatId,
): OpReader {
  return {
    inputs: { least: 1, most: 1 },
    attributes: () => attributes,
    read(node, ops) {
      const { id } = operand(node, 0);
      const { batch, channels, spatial } = imageOf(node, ops, id);
      const rows = ops.reshape(id, [batch, channels, elementsOf(spatial)]);
      return one(ops.reshape(reduce(node, ops, rows), [batch, channels, ...spatial.map(() => 1)]));
    },
  };
}

function windowsOf(node: OnnxNode, ops: FloatOps, id: FloatId): Windows {
  const { spatial } = imageOf(node, ops, id);
  return readWindows(node, spatial, readKernel(node, spatial.length));
}

/** The elements of every window side by side: `[N, C, ...output, elements of the kernel]`. */
function windowed(ops: FloatOps, id: FloatId, windows: Windows, taps: Int32Array): FloatId {
  const [batch = 1, channels = 1] = ops.shapeOf(id);
  const area = elementsOf(windows.input);
  const shape = [batch, channels, ...windows.output, elementsOf(windows.kernel)];
  return ops.view([id], shape, (at) => {
    const tap = taps[at % taps.length] ?? -1;
    return tap === -1 ? -1 : Math.floor(at / taps.length) * area + tap;
  });
}

/** What each window holds of the tensor. */
function insideTaps(taps: Int32Array, size: number): readonly Int32Array[] {
  return Array.from({ length: taps.length / size }, (_, o) =>
    taps.subarray(o * size, (o + 1) * size).filter((it) => it !== -1),
  );
}

/** The maximum of each window: `[N, C, ...output]`. */
function maximaOf(
  ops: FloatOps,
  id: FloatId,
  { input, output }: Windows,
  inside: readonly Int32Array[],
): FloatId {
  const [batch = 1, channels = 1] = ops.shapeOf(id);
  const planes = batch * channels;
  const area = elementsOf(input);
  const lengths = [...new Set(inside.map((it) => it.length))];
  const places = new Int32Array(inside.length);
  const strides = new Int32Array(inside.length);
  let start = 0;
  const parts = lengths.map((length) => {
    const windows = [...inside.keys()].filter((o) => inside[o]?.length === length);
    const taps = windows.flatMap((o) => [...(inside[o] ?? [])]);
    for (const [k, o] of windows.entries()) {
      places[o] = start + k;
      strides[o] = windows.length;
    }
    start += planes * windows.length;
    const shape = [planes, windows.length, length];
    return ops.reduceMax(
      ops.view(
        [id],
        shape,
        (at) => Math.floor(at / taps.length) * area + (taps[at % taps.length] ?? 0),
      ),
    );
  });
  return ops.view(parts, [batch, channels, ...output], (at) => {
    const o = at % inside.length;
    return (places[o] ?? 0) + Math.floor(at / inside.length) * (strides[o] ?? 0);
  });
}

/** Elements of each window that lie in the tensor with its padding: what rounding up adds does not count. */
function paddedCounts(windows: Windows): readonly number[] {
  const { input, kernel, strides, dilations, before, behind, output } = windows;
  return Array.from({ length: elementsOf(output) }, (_, o) =>
    unravel(o, output).reduce((count, position, axis) => {
      const [dilation = 1, size = 1] = [dilations[axis], kernel[axis]];
      const start = position * (strides[axis] ?? 1) - (before[axis] ?? 0);
      const end = (input[axis] ?? 0) + (behind[axis] ?? 0);
      return count * Math.min(size, Math.ceil((end - start) / dilation));
    }, 1),
  );
}

function orderOf(node: OnnxNode): number {
  const p = intAttribute(node, "p", 2);
  if (p < 1 || p > 16) invalidAttribute(node, "p", `norms of order ${p} are not supported`);
  return p;
}

/** `|x|^p` for a whole p. */
function powerOf(ops: FloatOps, id: FloatId, p: number): FloatId {
  if (p === 1) return absolute(ops, id);
  const square = ops.multiply(id, id);
  let power = p % 2 === 0 ? square : ops.multiply(square, absolute(ops, id));
  for (let k = 2 + (p % 2); k < p; k += 2) power = ops.multiply(power, square);
  return power;
}

function rootOf(ops: FloatOps, id: FloatId, p: number): FloatId {
  if (p === 1) return id;
  return ops.unary(p === 2 ? { kind: "sqrt" } : { kind: "power", exponent: 1 / p }, id);
}
