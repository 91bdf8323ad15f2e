import { CompilerError } from "../errors.ts";
import { MAX_COMPUTED_ELEMENTS } from "../ir/floatBuilder.ts";
import { elementsOf, unravel } from "../ir/shape.ts";
import { flagAttribute, intsAttribute, invalidAttribute, stringAttribute } from "./attributes.ts";
import { mismatch, refuse } from "./operands.ts";
import type { OnnxNode } from "./opReader.ts";

/** How a kernel slides over the spatial axes of a tensor `[N, C, ...input]`. */
export type Windows = {
  readonly input: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before and behind each axis; the last window may reach further where lengths are rounded up. */
  readonly before: readonly number[];
  readonly behind: readonly number[];
  readonly output: readonly number[];
};

export const AUTO_PADS = ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"] as const;
/** Elements of a kernel. */
const MAX_KERNEL = 2 ** 16;

/**
 * Reads the attributes that convolutions and pools have in common.
 *
 * @throws {CompilerError} `ATTRIBUTE_INVALID`, `SHAPE_MISMATCH` where no window fits.
 */
export function readWindows(
  node: OnnxNode,
  input: readonly number[],
  kernel: readonly number[],
): Windows {
  const { length: rank } = input;
  const strides = positives(node, "strides", rank);
  const dilations = positives(node, "dilations", rank);
  const autoPad = stringAttribute(node, "auto_pad", "NOTSET", AUTO_PADS);
  const roundsUp = flagAttribute(node, "ceil_mode");
  if (kernel.length !== rank || elementsOf(kernel) < 1 || elementsOf(kernel) > MAX_KERNEL) {
    mismatch(node, `a kernel [${kernel.join(", ")}] over [${input.join(", ")}]`);
  }
  const axes = input.map((length, axis) => {
    const [stride = 1, dilation = 1, size = 1] = [strides[axis], dilations[axis], kernel[axis]];
    return { length, stride, reach: (size - 1) * dilation + 1 };
  });
  if (autoPad === "SAME_UPPER" || autoPad === "SAME_LOWER") {
    const output = axes.map(({ length, stride }) => Math.ceil(length / stride));
    const totals = axes.map(({ length, stride, reach }, axis) =>
      Math.max(0, ((output[axis] ?? 0) - 1) * stride + reach - length),
    );
    const { before, behind } = shared(totals, autoPad);
    return { input, kernel, strides, dilations, before, behind, output };
  }
  const { before, behind } = readPads(node, rank);
  const output = axes.map(({ length, stride, reach }, axis) => {
    const [head = 0, tail = 0] = [before[axis], behind[axis]];
    const steps = (length + head + tail - reach) / stride;
    if (steps < 0)
      mismatch(node, `a window of ${reach} is longer than axis ${axis} with its padding`);
    const count = (roundsUp ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // A window that would begin behind the tensor is left out.
    return roundsUp && (count - 1) * stride >= length + head ? count - 1 : count;
  });
  return { input, kernel, strides, dilations, before, behind, output };
}

/** Padding before and behind each axis; none with an `auto_pad` that is not `NOTSET`. */
export function readPads(
  node: OnnxNode,
  rank: number,
): { readonly before: readonly number[]; readonly behind: readonly number[] } {
  const isOpen = stringAttribute(node, "auto_pad", "NOTSET", AUTO_PADS) === "NOTSET";
  const pads =
    (isOpen ? intsAttribute(node, "pads") : undefined) ?? new Array<number>(2 * rank).fill(0);
  if (pads.length !== 2 * rank || !pads.every((it) => it >= 0 && it <= MAX_KERNEL)) {
    invalidAttribute(node, "pads", `[${pads.join(", ")}] for ${rank} axes`);
  }
  return { before: pads.slice(0, rank), behind: pads.slice(rank) };
}

/** Splits whole paddings in halves; the odd element goes behind with `SAME_UPPER`, else before. */
export function shared(
  totals: readonly number[],
  autoPad: (typeof AUTO_PADS)[number],
): { readonly before: readonly number[]; readonly behind: readonly number[] } {
  const less = totals.map((it) => Math.floor(it / 2));
  const more = totals.map((it) => Math.ceil(it / 2));
  return autoPad === "SAME_UPPER" ? { before: less, behind: more } : { before: more, behind: less };
}

/** A list of one positive number for each axis, ones where it is absent. */
export function positives(node: OnnxNode, name: string, rank: number): readonly number[] {
  const list = intsAttribute(node, name) ?? new Array<number>(rank).fill(1);
  if (list.length !== rank || !list.every((it) => it >= 1 && it <= MAX_KERNEL)) {
    invalidAttribute(node, name, `[${list.join(", ")}] for ${rank} axes`);
  }
  return list;
}

/** The attribute `kernel_shape`, which pools must have. */
export function readKernel(node: OnnxNode, rank: number): readonly number[] {
  if (!node.attributes.has("kernel_shape")) refuse(node, "it has no kernel_shape");
  return positives(node, "kernel_shape", rank);
}

/**
 * Where each element of each window lies: `[positions, elements of the kernel]` of places in the spatial axes laid out
 * row-major, -1 beyond them.
 *
 * @param at place along an axis of element k of the window at position o; any number beyond the axis is padding
 */
export function tapsOf(
  { input, kernel, output }: Pick<Windows, "input" | "kernel" | "output">,
  at: (axis: number, o: number, k: number) => number,
): Int32Array {
  const size = elementsOf(kernel);
  const count = elementsOf(output) * size;
  if (!(count <= MAX_COMPUTED_ELEMENTS)) {
    const what = "elements of all windows";
    throw new CompilerError({ code: "LIMIT_EXCEEDED", what, count, limit: MAX_COMPUTED_ELEMENTS });
  }
  const offsets = Array.from({ length: size }, (_, k) => unravel(k, kernel));
  const taps = new Int32Array(count);
  for (let o = 0; o < count / size; o++) {
    const position = unravel(o, output);
    offsets.forEach((offset, k) => {
      let place = 0;
      for (let axis = 0; axis < input.length && place !== -1; axis++) {
        const length = input[axis] ?? 1;
        const i = at(axis, position[axis] ?? 0, offset[axis] ?? 0);
        place = i >= 0 && i < length ? place * length + i : -1;
      }
      taps[o * size + k] = place;
    });
  }
  return taps;
}

/** `tapsOf` for a kernel that slides over the tensor. */
export function slidingTaps(windows: Windows): Int32Array {
  const { strides, dilations, before } = windows;
  return tapsOf(
    windows,
    (axis, o, k) => o * (strides[axis] ?? 1) + k * (dilations[axis] ?? 1) - (before[axis] ?? 0),
  );
}
