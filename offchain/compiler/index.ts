export type { CompileOptions, DeclaredEncoding } from "./compile.ts";
export { compile } from "./compile.ts";
export type { DriftReport } from "./driftReport.ts";
export { driftReport } from "./driftReport.ts";
export type { CompilerErrorData } from "./errors.ts";
export { CompilerError } from "./errors.ts";
export { interpret, interpretAll } from "./interpret.ts";
export { runFloat, runFloatAll } from "./interpretFloat.ts";
export type { CompiledModel, WeightsMode } from "./ir/compiledModel.ts";
export type { FloatGraph, FloatNode, Port } from "./ir/floatGraph.ts";
export type {
  IntegerGraph,
  IntegerNode,
  IntegerType,
  Parameter,
  Tensor,
  TensorId,
} from "./ir/integerGraph.ts";
export type { Range } from "./ir/rescale.ts";
export { rescale } from "./ir/rescale.ts";
export { verifyIntegers } from "./ir/verifyIntegers.ts";
export { inferRanges } from "./passes/inferRanges.ts";
export { circuitInputs } from "./emit/circuitInputs.ts";
export type { Assignment } from "./emit/circuitInputs.ts";
export { emitCircom } from "./emit/circom.ts";
export { claimWords } from "./emit/claimWords.ts";
export type { Opening } from "./emit/claimWords.ts";
export type { ProvableModel } from "./emit/components.ts";
export { constraintEstimate } from "./emit/constraintEstimate.ts";
export type { ConstraintCount, ConstraintEstimate } from "./emit/constraintEstimate.ts";
export { emitIntegerOnnx } from "./emit/integerOnnx.ts";
export { COMPILER } from "./version.ts";
