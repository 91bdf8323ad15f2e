import { CompilerError } from "../../errors.ts";
import type { FloatOps } from "../../ir/floatBuilder.ts";
import { MAX_COMPUTED_ELEMENTS } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { elementsOf, stridesOf } from "../../ir/shape.ts";
import {
  flagAttribute,
  floatAttribute,
  floatsAttribute,
  intsAttribute,
  invalidAttribute,
  stringAttribute,
} from "../attributes.ts";
import type { Interpolation, ResizedAxis, Tap } from "../interpolation.ts";
import { COORDINATE_MODES, interpolate, NEAREST_MODES } from "../interpolation.ts";
import { axisOf, known, mismatch, one, operand, refuse } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";

const SHAPING = ["coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside"];

/** Scales and sizes must be constant; so are the weights of the interpolation then. */
const resize: OpReader = {
  inputs: { least: 1, most: 4 },
  attributes(opset) {
    if (opset < 11) return ["mode"];
    const common = [...SHAPING, "extrapolation_value", "mode", "nearest_mode"];
    return opset < 18 ? common : [...common, "antialias", "axes", "keep_aspect_ratio_policy"];
  },
  read(node, ops) {
    const { id, dtype } = operand(node, 0);
    const shape = ops.shapeOf(id);
    const how = readInterpolation(node);
    const axes = readAxes(node, ops, shape, how);
    if (dtype !== "float" && how.mode !== "nearest") refuse(node, "it interpolates integers");
    return one(resized(node, ops, id, axes, how), dtype);
  },
};

/** Like Resize of opset 10. */
const upsample: OpReader = {
  inputs: { least: 1, most: 2 },
  attributes: (opset) => (opset < 9 ? ["mode", "scales"] : ["mode"]),
  read: (node, ops) => resize.read(node, ops),
};

export const RESIZE_OPS = { Resize: resize, Upsample: upsample } satisfies OpTable;

function readInterpolation(node: OnnxNode): Interpolation {
  const isOld = node.opset < 11;
  return {
    mode: stringAttribute(node, "mode", "nearest", ["nearest", "linear", "cubic"]),
    coordinates: stringAttribute(
      node,
      "coordinate_transformation_mode",
      isOld ? "asymmetric" : "half_pixel",
      COORDINATE_MODES,
    ),
    nearest: stringAttribute(
      node,
      "nearest_mode",
      isOld ? "simple" : "round_prefer_floor",
      NEAREST_MODES,
    ),
    cubic: floatAttribute(node, "cubic_coeff_a", -0.75),
    excludesOutside: flagAttribute(node, "exclude_outside"),
    antialias: flagAttribute(node, "antialias"),
  };
}

/** Each axis of the input, most of them as they are. */
function readAxes(
  node: OnnxNode,
  ops: FloatOps,
  shape: readonly number[],
  how: Interpolation,
): readonly ResizedAxis[] {
  const { length: rank } = shape;
  const axes = (intsAttribute(node, "axes") ?? shape.map((_, axis) => axis)).map((axis) =>
    axisOf(node, rank, axis, "axes"),
  );
  if (new Set(axes).size !== axes.length) invalidAttribute(node, "axes", "an axis is given twice");
  const isOld = node.opset < 11;
  const list = (at: number, what: string): readonly number[] | undefined => {
    const values = known(node, ops, at, what);
    return values === undefined || values.length === 0 ? undefined : Array.from(values);
  };
  const scales = floatsAttribute(node, "scales") ?? list(isOld ? 1 : 2, "scales");
  const sizes = isOld ? undefined : list(3, "sizes");
  const given = scales ?? sizes;
  if (given?.length !== axes.length || (scales !== undefined && sizes !== undefined)) {
    return refuse(node, "it needs either scales or sizes for each axis");
  }
  if (!given.every((it) => it > 0 && it <= MAX_COMPUTED_ELEMENTS)) {
    refuse(node, `it cannot resize by [${given.join(", ")}]`);
  }
  const usesRegion = how.coordinates === "tf_crop_and_resize";
  const region = usesRegion ? list(1, "region") : undefined;
  if (usesRegion && region?.length !== 2 * axes.length) refuse(node, "it needs a region to crop");
  if (usesRegion && how.antialias) refuse(node, "it smooths a region");

  const aspect = sizes && keepAspect(node, axes, shape, sizes);
  return shape.map((from, axis) => {
    const k = axes.indexOf(axis);
    if (k === -1) return { from, to: from, scale: 1, region: [0, 1] };
    const [start, end] = [region?.[k] ?? 0, region?.[axes.length + k] ?? 1];
    const length = aspect?.lengths[k];
    const factor = length === undefined ? given[k] : (aspect?.scale ?? length / from);
    const scale = Math.fround(factor ?? 1);
    const part = usesRegion ? Math.fround(end - start) : 1;
    const to = length ?? Math.floor(Math.fround(Math.fround(scale * from) * part));
    if (!Number.isInteger(to) || to < 1)
      mismatch(node, `axis ${axis} of ${from} elements would have ${to}`);
    return { from, to, scale, region: [start, end] };
  });
}

/** Sizes as asked for, or one scale for all axes that makes none larger, or none smaller, than asked for. */
function keepAspect(
  node: OnnxNode,
  axes: readonly number[],
  shape: readonly number[],
  sizes: readonly number[],
): { readonly lengths: readonly number[]; readonly scale: number | undefined } {
  const policies = ["stretch", "not_larger", "not_smaller"] as const;
  const policy = stringAttribute(node, "keep_aspect_ratio_policy", "stretch", policies);
  if (policy === "stretch") return { lengths: sizes, scale: undefined };
  const lengths = axes.map((axis) => shape[axis] ?? 1);
  const ratios = sizes.map((size, k) => size / (lengths[k] ?? 1));
  const scale = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  return { lengths: lengths.map((it) => Math.floor(scale * it + 0.5)), scale };
}

function resized(
  node: OnnxNode,
  ops: FloatOps,
  id: FloatId,
  axes: readonly ResizedAxis[],
  how: Interpolation,
): FloatId {
  const shape = axes.map(({ to }) => to);
  checkCount(node, elementsOf(shape));
  const isCropped = how.coordinates === "tf_crop_and_resize";
  const isSame = axes.map(({ from, to, scale }) => from === to && scale === 1 && !isCropped);
  const taps = axes.map((axis, k) =>
    isSame[k] === true
      ? Array.from({ length: axis.to }, (_, at) => [{ at, weight: 1 }])
      : interpolate(axis, how),
  );
  // Each element is made of all combinations of its taps along the axes.
  const widths = taps.map((it) => it.reduce((most, { length }) => Math.max(most, length), 1));
  const size = elementsOf(widths);
  checkCount(node, elementsOf(shape) * size);
  const strides = stridesOf(axes.map(({ from }) => from));
  const places = combined(taps, widths, 0, (place, tap, axis) =>
    place === -1 || tap === undefined ? -1 : place + tap.at * (strides[axis] ?? 0),
  );
  const gathered = ops.view([id], [...shape, size], Int32Array.from(places));
  // Weights are the same along axes that keep their length.
  const once = taps.map((it, axis) => (isSame[axis] === true ? it.slice(0, 1) : it));
  const weights = combined(once, widths, 1, (weight, tap) => weight * (tap?.weight ?? 0));
  const own = once.map(({ length }) => length);
  const inner =
    size === 1
      ? ops.reshape(gathered, shape)
      : ops.reduceSum(ops.multiply(gathered, ops.constant([...own, size], weights)));

  const value = floatAttribute(node, "extrapolation_value", 0);
  if (value === 0 || taps.every((it) => it.every(({ length }) => length > 0))) return inner;
  const ones = taps.map(() => 1);
  const isInside = combined(taps, ones, 1, (all, tap) => (tap === undefined ? 0 : all));
  return ops.add(
    inner,
    ops.constant(
      shape,
      isInside.map((it) => value * (1 - it)),
    ),
  );
}

/** A number for each place of a tensor and each combination of taps there: `[...places, ...taps]`, axis by axis. */
function combined(
  taps: readonly (readonly (readonly Tap[])[])[],
  widths: readonly number[],
  start: number,
  join: (value: number, tap: Tap | undefined, axis: number) => number,
): Float64Array {
  let values = Float64Array.of(start);
  let inner = 1;
  taps.forEach((rows, axis) => {
    const width = widths[axis] ?? 1;
    const outer = values.length / inner;
    const next = new Float64Array(values.length * rows.length * width);
    let to = 0;
    for (let place = 0; place < outer; place++) {
      for (const row of rows) {
        for (let tap = 0; tap < inner; tap++) {
          const value = values[place * inner + tap] ?? 0;
          for (let k = 0; k < width; k++) next[to++] = join(value, row[k], axis);
        }
      }
    }
    values = next;
    inner *= width;
  });
  return values;
}

function checkCount(node: OnnxNode, count: number): void {
  if (count <= MAX_COMPUTED_ELEMENTS) return;
  const what = `elements of ${node.name}`;
  throw new CompilerError({ code: "LIMIT_EXCEEDED", what, count, limit: MAX_COMPUTED_ELEMENTS });
}
