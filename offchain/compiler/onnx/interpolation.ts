/** How places of a resized axis map to places of the original one, by ONNX name. */
export const COORDINATE_MODES = [
  "half_pixel",
  "half_pixel_symmetric",
  "pytorch_half_pixel",
  "align_corners",
  "asymmetric",
  "tf_half_pixel_for_nn",
  "tf_crop_and_resize",
] as const;
/** `simple` is that of opsets before 11: up where the axis shrinks, else down. */
export const NEAREST_MODES = [
  "round_prefer_floor",
  "round_prefer_ceil",
  "floor",
  "ceil",
  "simple",
] as const;

export type Interpolation = {
  readonly mode: "nearest" | "linear" | "cubic";
  readonly coordinates: (typeof COORDINATE_MODES)[number];
  readonly nearest: (typeof NEAREST_MODES)[number];
  /** Coefficient `a` of the cubic. */
  readonly cubic: number;
  readonly excludesOutside: boolean;
  readonly antialias: boolean;
};

/** An axis to be resized; the region is that of `tf_crop_and_resize`, in parts of the axis. */
export type ResizedAxis = {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly region: readonly [start: number, end: number];
};

/** An element of the original axis and its weight. */
export type Tap = { readonly at: number; readonly weight: number };

const f32 = Math.fround;

/**
 * What each element of the resized axis is made of: its taps, or none where it lies outside of the original. In float32
 * as runtimes compute it, so that ties fall alike.
 */
export function interpolate(axis: ResizedAxis, how: Interpolation): readonly (readonly Tap[])[] {
  return Array.from({ length: axis.to }, (_, i) => {
    const x = originalOf(i, axis, how.coordinates);
    const isOutside = x < 0 || x > axis.from - 1;
    if (how.coordinates === "tf_crop_and_resize" && isOutside) return [];
    if (how.mode === "nearest") return [{ at: nearest(x, axis, how), weight: 1 }];
    if (how.antialias && axis.scale < 1) return smooth(x, axis, how);
    return how.mode === "linear" ? linear(x, axis) : cubic(x, axis, how);
  });
}

function originalOf(
  i: number,
  { from, to, scale, region: [start, end] }: ResizedAxis,
  mode: Interpolation["coordinates"],
): number {
  const center = f32(f32(f32(i + 0.5) / scale) - 0.5);
  switch (mode) {
    case "half_pixel":
      return center;
    case "half_pixel_symmetric": {
      const adjustment = f32(to / f32(scale * from));
      return f32(f32((from / 2) * (1 - adjustment)) + center);
    }
    case "pytorch_half_pixel":
      return to > 1 ? center : 0;
    case "align_corners":
      return to === 1 ? 0 : f32(f32(i * (from - 1)) / (to - 1));
    case "asymmetric":
      return f32(i / scale);
    case "tf_half_pixel_for_nn":
      return f32(f32(i + 0.5) / scale);
    case "tf_crop_and_resize": {
      if (to <= 1) return f32(0.5 * f32(start + end) * (from - 1));
      const step = f32(f32(f32(end - start) * (from - 1)) / (to - 1));
      return f32(f32(start * (from - 1)) + f32(i * step));
    }
    default:
      return mode satisfies never;
  }
}

function nearest(
  x: number,
  { from, scale }: ResizedAxis,
  { nearest: mode }: Interpolation,
): number {
  return clamp(round(x, scale, mode), from);
}

function round(x: number, scale: number, mode: Interpolation["nearest"]): number {
  switch (mode) {
    case "round_prefer_floor":
      return Math.ceil(x - 0.5);
    case "round_prefer_ceil":
      return Math.floor(x + 0.5);
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    case "simple":
      return scale < 1 ? Math.ceil(x) : Math.floor(x);
    default:
      return mode satisfies never;
  }
}

function linear(x: number, { from }: ResizedAxis): readonly Tap[] {
  const inside = Math.min(Math.max(x, 0), from - 1);
  const at = Math.floor(inside);
  const weight = inside - at;
  return [
    { at, weight: 1 - weight },
    { at: clamp(at + 1, from), weight },
  ];
}

function cubic(x: number, { from }: ResizedAxis, how: Interpolation): readonly Tap[] {
  const base = Math.floor(x);
  return normalized(
    [-1, 0, 1, 2].map((k) => ({ at: base + k, weight: kernel(x - base - k, how) })),
    from,
    how,
  );
}

/** The kernel widened to the elements that fall together, as Pillow does. */
function smooth(x: number, { from, scale }: ResizedAxis, how: Interpolation): readonly Tap[] {
  const width = 1 / scale;
  const reach = (how.mode === "linear" ? 1 : 2) * width;
  const center = x + 0.5;
  const first = Math.floor(center - reach + 0.5);
  const count = Math.floor(center + reach + 0.5) - first;
  const taps = Array.from({ length: Math.max(count, 1) }, (_, k) => ({
    at: first + k,
    weight: kernel((first + k + 0.5 - center) / width, how),
  }));
  const sum = taps.reduce((total, { weight }) => total + weight, 0);
  return normalized(
    taps.map(({ at, weight }) => ({ at, weight: weight / sum })),
    from,
    how,
  );
}

/** Weight of an element at a distance: a triangle, or Keys' cubic. */
function kernel(distance: number, { mode, cubic: a }: Interpolation): number {
  const x = Math.abs(distance);
  if (mode === "linear") return Math.max(0, 1 - x);
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  return x < 2 ? a * (x ** 3 - 5 * x ** 2 + 8 * x - 4) : 0;
}

/** Taps beyond the ends count for the end, or for nothing. */
function normalized(
  taps: readonly Tap[],
  length: number,
  { excludesOutside }: Interpolation,
): readonly Tap[] {
  if (!excludesOutside) return taps.map((it) => ({ ...it, at: clamp(it.at, length) }));
  const inside = taps.map(({ at, weight }) => ({
    at: clamp(at, length),
    weight: at >= 0 && at < length ? weight : 0,
  }));
  const sum = inside.reduce((total, { weight }) => total + weight, 0);
  return inside.map((it) => ({ ...it, weight: it.weight / sum }));
}

function clamp(at: number, length: number): number {
  return Math.min(Math.max(at, 0), length - 1);
}
