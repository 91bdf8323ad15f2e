import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { elementsOf } from "../../ir/shape.ts";
import { intAttribute, intsAttribute, invalidAttribute, stringAttribute } from "../attributes.ts";
import { imageOf } from "../imageOf.ts";
import { mismatch, one, operand } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";
import type { Windows } from "../windows.ts";
import {
  AUTO_PADS,
  positives,
  readPads,
  readWindows,
  shared,
  slidingTaps,
  tapsOf,
} from "../windows.ts";

const ATTRIBUTES = ["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"];

/** Weights `[M, C / group, ...kernel]`. */
const conv: OpReader = {
  inputs: { least: 2, most: 3 },
  attributes: () => ATTRIBUTES,
  read(node, ops) {
    const [x, w] = [operand(node, 0), operand(node, 1)];
    const { batch, channels, spatial } = imageOf(node, ops, x.id);
    const [outputs = 0, depth = 0, ...kernel] = ops.shapeOf(w.id);
    const groups = groupsOf(node, channels, outputs);
    checkKernel(node, kernel);
    if (depth * groups !== channels) {
      mismatch(node, `weights for ${depth * groups} channels, the input has ${channels}`);
    }
    const windows = readWindows(node, spatial, kernel);
    const layer = { batch, channels, groups, outputs, windows };
    const size = depth * elementsOf(kernel);
    const weights = ops.reshape(w.id, [groups, outputs / groups, size]);
    return one(products(node, ops, layer, slidingTaps(windows), weights));
  },
};

/** Weights `[C, M / group, ...kernel]`: every element of the input spreads the kernel over the output. */
const convTranspose: OpReader = {
  inputs: { least: 2, most: 3 },
  attributes: () => [...ATTRIBUTES, "output_padding", "output_shape"],
  read(node, ops) {
    const [x, w] = [operand(node, 0), operand(node, 1)];
    const { batch, channels, spatial } = imageOf(node, ops, x.id);
    const [depth = 0, width = 0, ...kernel] = ops.shapeOf(w.id);
    const groups = groupsOf(node, channels, 0);
    checkKernel(node, kernel);
    if (depth !== channels)
      mismatch(node, `weights for ${depth} channels, the input has ${channels}`);
    const windows = readSpread(node, spatial, kernel);
    const { strides, dilations, before } = windows;
    const taps = tapsOf(windows, (axis, o, k) => {
      const at = o + (before[axis] ?? 0) - k * (dilations[axis] ?? 1);
      const i = at / (strides[axis] ?? 1);
      return Number.isInteger(i) ? i : -1;
    });
    // [C, M / group, K] as [group, M / group, C / group, K].
    const size = elementsOf(kernel);
    const inner = channels / groups;
    const split = ops.reshape(w.id, [groups, inner, width, size]);
    const weights = ops.reshape(ops.transpose(split, [0, 2, 1, 3]), [groups, width, inner * size]);
    const layer = { batch, channels, groups, outputs: width * groups, windows };
    return one(products(node, ops, layer, taps, weights));
  },
};

export const CONVOLUTION_OPS = { Conv: conv, ConvTranspose: convTranspose } satisfies OpTable;

type Layer = {
  readonly batch: number;
  readonly channels: number;
  readonly groups: number;
  readonly outputs: number;
  readonly windows: Windows;
};

/**
 * Product of every window with the weights: one matrix product for all groups, `[group, N · positions, C / group · K]`
 * times `[group, M / group, C / group · K]`.
 */
function products(
  node: OnnxNode,
  ops: FloatOps,
  { batch, channels, groups, outputs, windows }: Layer,
  taps: Int32Array,
  weights: FloatId,
): FloatId {
  const { id } = operand(node, 0);
  const size = elementsOf(windows.kernel);
  const area = elementsOf(windows.input);
  const positions = elementsOf(windows.output);
  const rows = batch * positions;
  const [depth, width] = [channels / groups, outputs / groups];
  const patches = ops.view([id], [groups, rows, depth * size], (at) => {
    const k = at % size;
    const c = Math.floor(at / size) % depth;
    const row = Math.floor(at / (size * depth)) % rows;
    const group = Math.floor(at / (size * depth * rows));
    const [n, position] = [Math.floor(row / positions), row % positions];
    const tap = taps[position * size + k] ?? -1;
    return tap === -1 ? -1 : (n * channels + group * depth + c) * area + tap;
  });

  const bias = biasOf(node, ops, outputs);
  const isLayer = groups === 1 && ops.valuesOf(weights) !== undefined;
  const fused = bias !== undefined && isLayer && ops.valuesOf(bias) !== undefined;
  const sums = isLayer
    ? ops.linear(patches, ops.reshape(weights, [width, depth * size]), fused ? bias : undefined)
    : ops.matmul(patches, weights);
  const result = ops.view([sums], [batch, outputs, ...windows.output], (at) => {
    const position = at % positions;
    const m = Math.floor(at / positions) % outputs;
    const n = Math.floor(at / (positions * outputs));
    const group = Math.floor(m / width);
    return (group * rows + n * positions + position) * width + (m % width);
  });
  if (bias === undefined || fused) return result;
  return ops.add(result, ops.reshape(bias, [outputs, ...windows.output.map(() => 1)]));
}

function biasOf(node: OnnxNode, ops: FloatOps, outputs: number): FloatId | undefined {
  const bias = node.inputs[2]?.id;
  if (bias !== undefined && ops.shapeOf(bias).join() !== String(outputs)) {
    mismatch(node, `a bias [${ops.shapeOf(bias).join(", ")}] for ${outputs} channels`);
  }
  return bias;
}

function groupsOf(node: OnnxNode, channels: number, outputs: number): number {
  const groups = intAttribute(node, "group", 1);
  if (groups < 1 || channels % groups !== 0 || outputs % groups !== 0) {
    invalidAttribute(node, "group", `${groups} groups of ${channels} channels`);
  }
  return groups;
}

/** `kernel_shape` repeats what the weights' shape says. */
function checkKernel(node: OnnxNode, kernel: readonly number[]): void {
  const given = intsAttribute(node, "kernel_shape");
  if (given !== undefined && given.join() !== kernel.join()) {
    invalidAttribute(
      node,
      "kernel_shape",
      `[${given.join(", ")}], the weights have [${kernel.join(", ")}]`,
    );
  }
}

/** The geometry of a transposed convolution, its padding cut off the output. */
function readSpread(node: OnnxNode, input: readonly number[], kernel: readonly number[]): Windows {
  const { length: rank } = input;
  if (kernel.length !== rank) mismatch(node, `a kernel [${kernel.join(", ")}] over ${rank} axes`);
  const strides = positives(node, "strides", rank);
  const dilations = positives(node, "dilations", rank);
  const autoPad = stringAttribute(node, "auto_pad", "NOTSET", AUTO_PADS);
  const extra = readExtra(node, strides, dilations);
  const whole = input.map((length, axis) => {
    const [stride = 1, dilation = 1, size = 1] = [strides[axis], dilations[axis], kernel[axis]];
    return (length - 1) * stride + (size - 1) * dilation + 1 + (extra[axis] ?? 0);
  });
  const base = { input, kernel, strides, dilations };
  const given = intsAttribute(node, "output_shape")?.slice(-rank);
  if (given !== undefined || autoPad === "SAME_UPPER" || autoPad === "SAME_LOWER") {
    const output = given ?? input.map((length, axis) => length * (strides[axis] ?? 1));
    if (output.length !== rank || !output.every((it) => it >= 1)) {
      invalidAttribute(node, "output_shape", `[${output.join(", ")}] for ${rank} axes`);
    }
    const totals = whole.map((it, axis) => Math.max(0, it - (output[axis] ?? 0)));
    return { ...base, ...shared(totals, autoPad), output };
  }
  const { before, behind } = readPads(node, rank);
  const output = whole.map((it, axis) => it - (before[axis] ?? 0) - (behind[axis] ?? 0));
  if (!output.every((it) => it >= 1)) mismatch(node, "the padding leaves nothing of the output");
  return { ...base, before, behind, output };
}

function readExtra(
  node: OnnxNode,
  strides: readonly number[],
  dilations: readonly number[],
): readonly number[] {
  const extra = intsAttribute(node, "output_padding") ?? strides.map(() => 0);
  const fits = extra.every(
    (it, axis) => it >= 0 && it < Math.max(strides[axis] ?? 1, dilations[axis] ?? 1),
  );
  if (extra.length !== strides.length || !fits) {
    invalidAttribute(node, "output_padding", `[${extra.join(", ")}]`);
  }
  return extra;
}
