export type { CompileOptions, DeclaredEncoding } from "./compile.ts";
export { compile } from "./compile.ts";
export type { DriftReport, LayerDrift, OutputDrift, TaskMetric } from "./driftReport.ts";
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
export { readModel } from "./onnx/readModel.ts";
export type { Range } from "./ir/rescale.ts";
export { rescale } from "./ir/rescale.ts";
export { verifyIntegers } from "./ir/verifyIntegers.ts";
export { inferRanges } from "./passes/inferRanges.ts";
export { batchOpening } from "./emit/batchOpening.ts";
export type { SingleOpening } from "./emit/batchOpening.ts";
export { circuitInputs } from "./emit/circuitInputs.ts";
export type { Assignment } from "./emit/circuitInputs.ts";
export { emitCircom } from "./emit/circom.ts";
export { claimWords } from "./emit/claimWords.ts";
export type { Opening, Salt } from "./emit/claimWords.ts";
export type { ProvableModel } from "./emit/components.ts";
export { constraintEstimate } from "./emit/constraintEstimate.ts";
export type { ConstraintCount, ConstraintEstimate } from "./emit/constraintEstimate.ts";
export { committedEstimate } from "./emit/committed/committedEstimate.ts";
export type { Blinds, CommittedGroup, CommittedInputs } from "./emit/committed/committedInputs.ts";
export {
  challengedInputs,
  committedInputs,
  committedWords,
  groupValues,
} from "./emit/committed/committedInputs.ts";
export type { CommittedSizes } from "./emit/committed/committedSizes.ts";
export { committedSizes } from "./emit/committed/committedSizes.ts";
export { emitCommittedCircom } from "./emit/committed/emitCommittedCircom.ts";
export {
  emitWeightsCircom,
  weightsConstraints,
  weightsInputs,
} from "./emit/committed/weightsCircuit.ts";
export type { EvmGas } from "./emit/evmGasEstimate.ts";
export { evmGasEstimate } from "./emit/evmGasEstimate.ts";
export type { EvmProgram } from "./emit/evmProgram.ts";
export { evmProgram } from "./emit/evmProgram.ts";
export { emitIntegerOnnx } from "./emit/integerOnnx.ts";
export { batchGraph, batchModel } from "./batches/batchGraph.ts";
export type { SegmentClaim, SegmentClaims, SegmentsOpening } from "./segments/claimSegments.ts";
export { claimSegments } from "./segments/claimSegments.ts";
export { circuitTensor } from "./segments/circuitTensor.ts";
export { runSegments } from "./segments/runSegments.ts";
export { segmentGraph } from "./segments/segmentGraph.ts";
export type { TableError } from "./tableErrors.ts";
export { tableErrors } from "./tableErrors.ts";
export { COMPILER } from "./version.ts";
export { chooseCircuit } from "./estimate/chooseCircuit.ts";
export type { ProofSystem, SystemChoice } from "./estimate/chooseSystem.ts";
export type { CommittedPrice } from "./estimate/committedPrice.ts";
export { drawGraph } from "./estimate/drawGraph.ts";
export type { Drawing } from "./estimate/drawGraph.ts";
export { DEFAULT_BUDGET, estimateModel } from "./estimate/estimateModel.ts";
export { estimatePage } from "./estimate/estimatePage.ts";
export type { PageTable } from "./estimate/estimatePage.ts";
export { estimateTables } from "./estimate/estimateTables.ts";
export type {
  CircuitPrice,
  EstimateOptions,
  ModelEstimate,
  ModelPrice,
  NoCircuit,
} from "./estimate/modelEstimate.ts";
export {
  parseProvingCalibration,
  PROVING_CALIBRATION,
  provingSeconds,
} from "./estimate/provingModel.ts";
export type { ProvingCalibration } from "./estimate/provingModel.ts";
export { settlementGas } from "./estimate/settlementGas.ts";
