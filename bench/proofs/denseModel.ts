import type { NodeProto, TensorProto } from "../../offchain/compiler/onnx/modelProto.ts";
import { floats, int, node, onnxModel, randomNumbers } from "../../test/helpers/onnxModel.ts";

/**
 * An ONNX file of dense layers with ReLU between them and weights as an untrained network has them: even within
 * ±sqrt(3/inputs) of zero, always the same for a seed. One row at a time.
 *
 * @param widths of the input and of each layer
 */
export function denseModel(widths: readonly number[], seed: number): Uint8Array {
  const next = randomNumbers(seed);
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const layers = widths.length - 1;
  for (let i = 0; i < layers; i++) {
    const [inputs = 0, outputs = 0] = [widths[i], widths[i + 1]];
    const bound = Math.sqrt(3 / inputs);
    const drawn = (count: number): number[] => Array.from({ length: count }, () => bound * next());
    initializers.push(floats(`w${i}`, [outputs, inputs], drawn(outputs * inputs)));
    initializers.push(floats(`b${i}`, [outputs], drawn(outputs)));
    const isLast = i === layers - 1;
    const sum = isLast ? "y" : `sum${i}`;
    const given = [i === 0 ? "x" : `relu${i - 1}`, `w${i}`, `b${i}`];
    nodes.push(node("Gemm", given, sum, [int("transB", 1)]));
    if (!isLast) nodes.push(node("Relu", [sum], `relu${i}`));
  }
  return onnxModel({ input: [1, widths[0] ?? 0], nodes, initializers });
}
