import { randomNumbers } from "./onnxModel.ts";

/** Eight inputs of four multiples of 2^-6 in [-1, 1). */
export const TINY_ROWS: readonly (readonly number[])[] = Array.from({ length: 8 }, (_, row) => {
  const next = randomNumbers(1000 + row);
  return Array.from({ length: 4 }, () => Math.floor(next() * 64) / 64);
});
