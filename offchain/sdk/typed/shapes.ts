import type { NestedNumbers } from "./tensorTypes.ts";

/** Returns how many elements a tensor of a shape has; one for the empty shape. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, it) => product * it, 1);
}

/**
 * Returns nested lists or a typed array as a flat list, in row-major order. With a shape, lists have to be nested as it says,
 * leading dimensions of 1 left out or not, and a typed array has as many elements. Undefined for anything else.
 */
export function flatten(value: unknown, shape?: readonly number[]): number[] | undefined {
  if (ArrayBuffer.isView(value)) {
    const numbers = numbersOf(value);
    const fits = shape === undefined || numbers?.length === elementsOf(shape);
    return fits ? numbers : undefined;
  }
  const flat: number[] = [];
  if (shape === undefined) return append(value, flat, MAX_DEPTH) ? flat : undefined;
  for (let rest = shape; ; rest = rest.slice(1)) {
    flat.length = 0;
    if (appendShaped(value, rest, flat)) return flat;
    if (rest[0] !== 1) return undefined;
  }
}

/** Returns a flat list as nested lists of a shape. */
export function reshape(values: readonly number[], shape: readonly number[]): NestedNumbers {
  const [length, ...rest] = shape;
  if (length === undefined) return values[0] ?? NaN;
  const size = elementsOf(rest);
  return Array.from({ length }, (_, i) => reshape(values.slice(i * size, (i + 1) * size), rest));
}

/** Returns the index along each dimension of the element that is at `index` of the flat list. */
export function indicesOf(index: number, shape: readonly number[]): number[] {
  let rest = index;
  const indices: number[] = [];
  for (const length of [...shape].reverse()) {
    indices.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return indices;
}

/** More dimensions than a tensor has. */
const MAX_DEPTH = 16;

function append(value: unknown, flat: number[], depth: number): boolean {
  if (typeof value === "number") return flat.push(value) > 0;
  if (!Array.isArray(value) || depth === 0) return false;
  return value.every((it) => append(it, flat, depth - 1));
}

function appendShaped(
  value: unknown,
  [length, ...rest]: readonly number[],
  flat: number[],
): boolean {
  if (length === undefined) return typeof value === "number" && flat.push(value) > 0;
  if (!Array.isArray(value) || value.length !== length) return false;
  return value.every((it) => appendShaped(it, rest, flat));
}

/** Of every kind but those of `bigint`. */
function numbersOf(view: ArrayBufferView): number[] | undefined {
  if (view instanceof DataView || view instanceof BigInt64Array || view instanceof BigUint64Array)
    return undefined;
  return Array.from(view as unknown as ArrayLike<number>);
}
