import type { OpReader } from "./opReader.ts";
import { relu } from "./ops/activation.ts";
import { add } from "./ops/arithmetic.ts";
import { constant } from "./ops/constant.ts";
import { gemm, matMul } from "./ops/linear.ts";
import { flatten, identity, reshape } from "./ops/shape.ts";

export const LOWEST_OPSET = 11;
export const HIGHEST_OPSET = 21;

/** Readers by ONNX op of the domain ai.onnx; their ops mean the same from `LOWEST_OPSET` to `HIGHEST_OPSET`. */
export const OPS: ReadonlyMap<string, OpReader> = new Map([
  ["Add", add],
  ["Constant", constant],
  ["Flatten", flatten],
  ["Gemm", gemm],
  ["Identity", identity],
  ["MatMul", matMul],
  ["Relu", relu],
  ["Reshape", reshape],
]);
