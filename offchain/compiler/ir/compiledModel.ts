import type { TensorEncoding } from "@vouch/protocol";
import type { FloatGraph } from "./floatGraph.ts";
import type { IntegerGraph } from "./integerGraph.ts";

/** What `compile` makes of an ONNX file. */
export type CompiledModel = {
  readonly graph: IntegerGraph;
  readonly input: TensorEncoding;
  readonly output: TensorEncoding;
  /** Largest absolute value of each quantized tensor; compiling with these ranges gives the same graph again. */
  readonly ranges: Readonly<Record<string, number>>;
  /** The model in real numbers, after simplification: what the integer graph approximates. */
  readonly float: FloatGraph;
};
