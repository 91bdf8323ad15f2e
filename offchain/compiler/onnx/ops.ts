import type { OpReader, OpTable } from "./opReader.ts";
import { ACTIVATION_OPS } from "./ops/activation.ts";
import { ARITHMETIC_OPS } from "./ops/arithmetic.ts";
import { CAST_OPS } from "./ops/cast.ts";
import { CONSTANT_OPS } from "./ops/constant.ts";
import { CONVOLUTION_OPS } from "./ops/convolution.ts";
import { EINSUM_OPS } from "./ops/einsum.ts";
import { EXTREMUM_OPS } from "./ops/extremum.ts";
import { GATHER_ML_OPS, GATHER_OPS } from "./ops/gather.ts";
import { INFERENCE_OPS } from "./ops/inference.ts";
import { LINEAR_OPS } from "./ops/linear.ts";
import { LINEAR_MODEL_OPS } from "./ops/linearModels.ts";
import { LOGIC_OPS } from "./ops/logic.ts";
import { MOVEMENT_OPS } from "./ops/movement.ts";
import { NORMALIZATION_OPS } from "./ops/normalization.ts";
import { ONE_HOT_OPS } from "./ops/oneHot.ts";
import { PAD_OPS } from "./ops/pad.ts";
import { POOLING_OPS } from "./ops/pooling.ts";
import { POWER_OPS } from "./ops/power.ts";
import { QUANTIZATION_OPS } from "./ops/quantization.ts";
import { RECORD_OPS } from "./ops/records.ts";
import { RECURRENT_OPS } from "./ops/recurrent.ts";
import { RESIZE_OPS } from "./ops/resize.ts";
import { REDUCTION_OPS } from "./ops/reduction.ts";
import { ROUNDING_OPS } from "./ops/rounding.ts";
import { SCATTER_OPS } from "./ops/scatter.ts";
import { SELECTION_OPS } from "./ops/selection.ts";
import { SHAPE_OPS } from "./ops/shape.ts";
import { SOFTMAX_OPS } from "./ops/softmax.ts";
import { SUPPORT_VECTOR_OPS } from "./ops/supportVectors.ts";
import { TREE_OPS } from "./ops/trees.ts";
import { TRIGONOMETRY_OPS } from "./ops/trigonometry.ts";

/** A set of ops that is versioned as a whole. */
export type Domain = {
  readonly name: string;
  readonly lowest: number;
  readonly highest: number;
  readonly ops: ReadonlyMap<string, OpReader>;
};

/** Each family of readers, by domain; a family stands in one file of `onnx/ops`. */
const DOMAINS: readonly Domain[] = [
  domain("ai.onnx", 7, 21, [
    ACTIVATION_OPS,
    ARITHMETIC_OPS,
    CAST_OPS,
    CONSTANT_OPS,
    CONVOLUTION_OPS,
    EINSUM_OPS,
    EXTREMUM_OPS,
    GATHER_OPS,
    INFERENCE_OPS,
    LINEAR_OPS,
    LOGIC_OPS,
    MOVEMENT_OPS,
    NORMALIZATION_OPS,
    ONE_HOT_OPS,
    PAD_OPS,
    POOLING_OPS,
    POWER_OPS,
    QUANTIZATION_OPS,
    RECURRENT_OPS,
    RESIZE_OPS,
    REDUCTION_OPS,
    ROUNDING_OPS,
    SCATTER_OPS,
    SELECTION_OPS,
    SHAPE_OPS,
    SOFTMAX_OPS,
    TRIGONOMETRY_OPS,
  ]),
  domain("ai.onnx.ml", 1, 5, [
    GATHER_ML_OPS,
    LINEAR_MODEL_OPS,
    RECORD_OPS,
    SUPPORT_VECTOR_OPS,
    TREE_OPS,
  ]),
];

/** The domain of a name in a file, `undefined` for one that is not supported. */
export function findDomain(name: string): Domain | undefined {
  return DOMAINS.find((it) => it.name === (name === "" ? "ai.onnx" : name));
}

function domain(name: string, lowest: number, highest: number, tables: readonly OpTable[]): Domain {
  return { name, lowest, highest, ops: new Map(tables.flatMap((it) => Object.entries(it))) };
}
