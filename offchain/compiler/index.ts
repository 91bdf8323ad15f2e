export type { CompilerErrorData } from "./errors.ts";
export { CompilerError } from "./errors.ts";
export type { CompiledModel } from "./ir/compiledModel.ts";
export type { FloatGraph, FloatNode } from "./ir/floatGraph.ts";
export type {
  IntegerGraph,
  IntegerNode,
  IntegerType,
  Parameter,
  Tensor,
  TensorId,
} from "./ir/integerGraph.ts";
export { circuitInputs } from "./emit/circuitInputs.ts";
export type { Assignment } from "./emit/circuitInputs.ts";
export { emitCircom } from "./emit/circom.ts";
export { claimWords } from "./emit/claimWords.ts";
export type { Opening } from "./emit/claimWords.ts";
export type { ProvableModel } from "./emit/components.ts";
export { constraintEstimate } from "./emit/constraintEstimate.ts";
export type { ConstraintCount, ConstraintEstimate } from "./emit/constraintEstimate.ts";
