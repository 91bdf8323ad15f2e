import * as fc from "fast-check";
import type { NodeProto, TensorProto } from "../../offchain/compiler/onnx/modelProto.ts";
import { float, floats, int, ints, node, onnxModel, randomNumbers, tensor } from "./onnxModel.ts";

export type RandomModel = {
  readonly file: Uint8Array;
  /** Shape of the input, its batch being 1. */
  readonly shape: readonly number[];
  readonly samples: readonly (readonly number[])[];
};

const STEPS = [
  "gemm",
  "matMul",
  "addConstant",
  "addShared",
  "relu",
  "reshape",
  "flatten",
  "identity",
  "residual",
  "double",
] as const;

/** Small models of every supported op, in every form that is supported, with samples in [-2, 2). */
export const randomModel: fc.Arbitrary<RandomModel> = fc
  .record({
    seed: fc.nat(),
    width: fc.integer({ min: 1, max: 6 }),
    opset: fc.constantFrom(11, 12, 13, 14, 17, 19, 21),
    steps: fc.array(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 7 }),
  })
  .map((spec) => build(spec.seed, spec.width, spec.opset, spec.steps));

function build(
  seed: number,
  width: number,
  opset: number,
  steps: readonly (typeof STEPS)[number][],
): RandomModel {
  const random = randomNumbers(seed);
  const upTo = (count: number): number => Math.floor(((random() + 1) / 2) * count);
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const shape = [1, width];
  let current: { readonly id: string; readonly shape: readonly number[] } = { id: "x", shape };
  const earlier = [current];

  const constant = (dims: readonly number[]): string => {
    const id = `c${initializers.length}.${nodes.length}`;
    const values = Array.from({ length: dims.reduce((a, b) => a * b, 1) }, random);
    if (upTo(4) === 0)
      nodes.push(node("Constant", [], id, [tensor("value", floats("", dims, values))]));
    else initializers.push(floats(id, dims, values));
    return id;
  };
  const push = (
    opType: string,
    operands: readonly string[],
    dims: readonly number[],
    attributes: Parameters<typeof node>[3] = [],
  ): void => {
    const id = `t${nodes.length}`;
    nodes.push(node(opType, operands, id, attributes));
    current = { id, shape: dims };
    earlier.push(current);
  };

  for (const step of steps) {
    const { id, shape: dims } = current;
    const last = dims.at(-1)!;
    const rows = dims.slice(0, -1);
    switch (step) {
      case "gemm": {
        const outputs = 1 + upTo(6);
        if (dims.length !== 2) break;
        const transB = upTo(2);
        const weights = constant(transB === 1 ? [outputs, last] : [last, outputs]);
        const attributes = [int("transB", transB)];
        if (upTo(2) === 0) attributes.push(float("alpha", random()), float("beta", random()));
        const biasShapes = [[outputs], [1, outputs], [1], []];
        const bias = upTo(5) === 0 ? [] : [constant(biasShapes[upTo(4)]!)];
        push("Gemm", [id, weights, ...bias], [...rows, outputs], attributes);
        break;
      }
      case "matMul": {
        const outputs = 1 + upTo(6);
        push("MatMul", [id, constant([last, outputs])], [...rows, outputs]);
        break;
      }
      case "addConstant": {
        const shapes = [[last], [1, last], [], dims];
        const operands = [id, constant(shapes[upTo(4)]!)];
        push("Add", upTo(2) === 0 ? operands : operands.reverse(), dims);
        break;
      }
      case "addShared": {
        // The sum and its operand are both read.
        push("Add", [id, constant([last])], dims);
        push("Add", [id, current.id], dims);
        break;
      }
      case "relu":
        push("Relu", [id], dims);
        break;
      case "reshape": {
        const elements = dims.reduce((a, b) => a * b, 1);
        const half = elements % 2 === 0 ? 2 : 1;
        const target = [
          [1, -1],
          [half, elements / half],
          [1, half, -1],
        ][upTo(3)]!;
        const shapeId = `s${nodes.length}`;
        initializers.push(ints(shapeId, target));
        push(
          "Reshape",
          [id, shapeId],
          target.map((it) => (it === -1 ? elements / (target.length === 3 ? half : 1) : it)),
        );
        break;
      }
      case "flatten":
        push("Flatten", [id], [dims[0]!, dims.slice(1).reduce((a, b) => a * b, 1)]);
        break;
      case "identity":
        push("Identity", [id], dims);
        break;
      case "residual": {
        const same = earlier.filter((it) => it.shape.join() === dims.join());
        push("Add", [id, same[upTo(same.length)]!.id], dims);
        break;
      }
      case "double":
        push("Add", [id, id], dims);
        break;
      default:
        step satisfies never;
    }
  }
  nodes.push(node("Identity", [current.id], "y"));
  const samples = Array.from({ length: 8 }, () =>
    Array.from({ length: width }, () => 2 * random()),
  );
  const file = onnxModel({ opset, input: ["N", width], nodes, initializers });
  return { file, shape, samples };
}
