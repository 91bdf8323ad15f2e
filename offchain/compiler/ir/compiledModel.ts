import type { TensorEncoding } from "@vouch/protocol";
import type { FloatGraph, FloatId } from "./floatGraph.ts";
import type { IntegerGraph, TensorId } from "./integerGraph.ts";

/**
 * `private`: weights are witness, bound by a salted commitment, and a retrained model has the same circuit. `public`:
 * weights are constants of the circuit, whose key is bound to the file.
 */
export type WeightsMode = "private" | "public";

/** What `compile` makes of an ONNX file. */
export type CompiledModel = {
  readonly graph: IntegerGraph;
  readonly input: TensorEncoding;
  readonly output: TensorEncoding;
  readonly weights: WeightsMode;
  /** Largest absolute value of each quantized tensor; compiling with these ranges gives the same graph again. */
  readonly ranges: Readonly<Record<string, number>>;
  /** Bits of tensors that are not of the default width; part of the architecture. */
  readonly widths: Readonly<Record<string, number>>;
  /** The model in real numbers, after simplification: what the integer graph approximates. */
  readonly float: FloatGraph;
  /** For each tensor of `float` that the integer graph has in one piece: its integer tensor and what 1 stands for. */
  readonly graphScales: ReadonlyMap<FloatId, { readonly tensor: TensorId; readonly scale: number }>;
};
