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

/** Index into a row-major operand of shape `from` for each element of the broadcast shape `to`. */
export function broadcastIndices(from: readonly number[], to: readonly number[]): Uint32Array {
  const indices = new Uint32Array(elementsOf(to));
  // From the last axis on: the pattern so far is repeated once for each index of the axis, `stride` apart.
  let stride = 1;
  let filled = 1;
  for (let axis = to.length - 1; axis >= 0; axis--) {
    const length = lengthAt(to, to.length, axis);
    const step = lengthAt(from, to.length, axis) === 1 ? 0 : stride;
    for (let i = 1; i < length; i++) {
      for (let k = 0; k < filled; k++) indices[i * filled + k] = (indices[k] ?? 0) + i * step;
    }
    filled *= length;
    stride *= lengthAt(from, to.length, axis);
  }
  return indices;
}

/** Length of an axis of the result, counted from its front; missing leading axes have length 1. */
function lengthAt(shape: readonly number[], rank: number, axis: number): number {
  return shape[axis - (rank - shape.length)] ?? 1;
}
