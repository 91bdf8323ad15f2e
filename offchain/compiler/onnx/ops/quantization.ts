import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { intAttribute } from "../attributes.ts";
import { maximum, minimum, scalar } from "../formulas.ts";
import { axisOf, known, mismatch, one, operand, refuse } from "../operands.ts";
import type { Limits, OnnxNode, OpReader, OpTable } from "../opReader.ts";
import { elementType } from "../readTensor.ts";
import { roundHalfEven } from "./rounding.ts";

const UINT8 = [0, 255] as const;

/** `clip(round(x / scale) + zero point)`; its output is a whole number, as the type has it. */
const quantizeLinear: OpReader = {
  inputs: { least: 2, most: 3 },
  attributes: (opset) =>
    opset < 13
      ? []
      : opset < 19
        ? ["axis"]
        : opset < 21
          ? ["axis", "saturate"]
          : ["axis", "block_size", "output_dtype", "saturate"],
  read(node, ops) {
    const { id } = operand(node, 0);
    const { scale, zeroPoint } = parametersOf(node, ops, id);
    const limits = limitsOf(node);
    const [least, most] = limits;
    const rounded = roundHalfEven(ops, ops.multiply(id, ops.divide(scalar(ops, 1), scale)));
    const moved = zeroPoint === undefined ? rounded : ops.add(rounded, zeroPoint);
    const raised = maximum(ops, moved, scalar(ops, least));
    const result = minimum(ops, raised, scalar(ops, most));
    return [{ id: result, dtype: "integer", limits }];
  },
};

/** `(x - zero point) · scale`. */
const dequantizeLinear: OpReader = {
  inputs: { least: 2, most: 3 },
  attributes: (opset) => (opset < 13 ? [] : opset < 21 ? ["axis"] : ["axis", "block_size"]),
  read(node, ops) {
    const { id } = operand(node, 0);
    const { scale, zeroPoint } = parametersOf(node, ops, id);
    const moved = zeroPoint === undefined ? id : ops.subtract(id, zeroPoint);
    return one(ops.multiply(moved, scale));
  },
};

export const QUANTIZATION_OPS = {
  DequantizeLinear: dequantizeLinear,
  QuantizeLinear: quantizeLinear,
} satisfies OpTable;

/** The type of the zero point, or the one that is named, or uint8 without both. */
function limitsOf(node: OnnxNode): Limits {
  const [, , zeroPoint] = node.inputs;
  const code = intAttribute(node, "output_dtype", 0);
  const named = code === 0 ? undefined : elementType(code, node.name).limits;
  if (zeroPoint === undefined && code === 0) return UINT8;
  const given = zeroPoint?.limits ?? named;
  return given ?? refuse(node, "its output is no known integer of 8, 16 or 32 bits");
}

/** Scale and zero point, constants, of the whole tensor or of each index of an axis. */
function parametersOf(
  node: OnnxNode,
  ops: FloatOps,
  input: FloatId,
): { readonly scale: FloatId; readonly zeroPoint: FloatId | undefined } {
  if (intAttribute(node, "block_size", 0) !== 0) refuse(node, "it has a scale for each block");
  known(node, ops, 1, "scale");
  const zeros = known(node, ops, 2, "zero point");
  const shape = ops.shapeOf(input);
  const given = operand(node, 1).id;
  const aligned = (id: FloatId): FloatId => {
    const lengths = ops.shapeOf(id);
    const [length = 1] = lengths;
    if (lengths.length === 0 || (lengths.length === 1 && length === 1)) return ops.reshape(id, []);
    const axis = axisOf(node, shape.length, intAttribute(node, "axis", 1));
    if (lengths.length !== 1 || length !== shape[axis]) {
      mismatch(node, `scales [${lengths.join(", ")}] on axis ${axis} of [${shape.join(", ")}]`);
    }
    return ops.reshape(id, [length, ...shape.slice(axis + 1).map(() => 1)]);
  };
  const zeroPoint = node.inputs[2];
  const isZero = zeros?.every((it) => it === 0) !== false;
  return {
    scale: aligned(given),
    zeroPoint: zeroPoint === undefined || isZero ? undefined : aligned(zeroPoint.id),
  };
}
