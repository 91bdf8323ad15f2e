/** Product of the lengths; 1 for a scalar. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Shape of the element-wise result of two operands, or `undefined` where ONNX cannot broadcast them. */
export function broadcastShapes(
  a: readonly number[],
  b: readonly number[],
): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape = Array.from({ length: rank }, (_, axis) => {
    const [left, right] = [lengthAt(a, rank, axis), lengthAt(b, rank, axis)];
    return left === right || right === 1 ? left : left === 1 ? right : undefined;
  });
  return shape.every((it) => it !== undefined) ? shape : undefined;
}

/** Distance between neighbours along each axis, row-major. */
export function stridesOf(shape: readonly number[]): readonly number[] {
  return shape.map((_, axis) => elementsOf(shape.slice(axis + 1)));
}

/** Index along each axis of the element at a row-major place. */
export function unravel(at: number, shape: readonly number[]): readonly number[] {
  const index = new Array<number>(shape.length).fill(0);
  let rest = at;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] ?? 1;
    index[axis] = rest % length;
    rest = Math.floor(rest / length);
  }
  return index;
}

/** `start + Σ index · stride` for each index of a shape, row-major. */
export function stridedIndices(
  shape: readonly number[],
  strides: readonly number[],
  start = 0,
): Int32Array {
  const indices = new Int32Array(elementsOf(shape)).fill(start);
  if (indices.length === 0) return indices;
  // From the last axis on: the pattern so far is repeated once for each index of the axis.
  let filled = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] ?? 1;
    const stride = strides[axis] ?? 0;
    for (let i = 1; i < length; i++) {
      for (let k = 0; k < filled; k++) {
        indices[i * filled + k] = (indices[k] ?? 0) + i * stride;
      }
    }
    filled *= length;
  }
  return indices;
}

/** As `stridedIndices`, each axis having a table of what its index adds; -1 where a table says -1. */
export function tabledIndices(tables: readonly Int32Array[]): Int32Array {
  const indices = new Int32Array(elementsOf(tables.map(({ length }) => length)));
  if (indices.length === 0) return indices;
  let filled = 1;
  for (const table of tables.toReversed()) {
    // Backwards, since the first pattern is what the others are made of.
    for (let i = table.length - 1; i >= 0; i--) {
      const step = table[i] ?? -1;
      for (let k = 0; k < filled; k++) {
        const inner = indices[k] ?? -1;
        indices[i * filled + k] = inner === -1 || step === -1 ? -1 : inner + step;
      }
    }
    filled *= table.length;
  }
  return indices;
}

/** Length of an axis of the result, counted from its front; missing leading axes have length 1. */
function lengthAt(shape: readonly number[], rank: number, axis: number): number {
  return shape[axis - (rank - shape.length)] ?? 1;
}
