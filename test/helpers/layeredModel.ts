import { floats, node, onnxModel, randomNumbers } from "./onnxModel.ts";

const LAYERS = ["a", "b", "c"] as const;

/** A training of three layers of four neurons and an output of two: three segments of at most 1,500 constraints. */
export function layeredModel(seed: number): Uint8Array {
  const next = randomNumbers(seed);
  const draw = (count: number): number[] => Array.from({ length: count }, next);
  return onnxModel({
    input: ["N", 4],
    nodes: [
      ...LAYERS.flatMap((name, i) => [
        node("Gemm", [i === 0 ? "x" : `h${i}`, `w${name}`, `b${name}`], name),
        node("Relu", [name], `h${i + 1}`),
      ]),
      node("Gemm", ["h3", "wy", "by"], "y"),
    ],
    initializers: [
      ...LAYERS.flatMap((name) => [
        floats(`w${name}`, [4, 4], draw(16)),
        floats(`b${name}`, [4], draw(4)),
      ]),
      floats("wy", [4, 2], draw(8)),
      floats("by", [2], draw(2)),
    ],
  });
}
