import { CompilerError } from "../../errors.ts";
import { find } from "../attributes.ts";
import type { AttributeProto, TensorProto } from "../modelProto.ts";
import { FLOAT32, INT64 } from "../modelProto.ts";
import type { OnnxNode, OpReader } from "../opReader.ts";
import { readTensor } from "../readTensor.ts";

/** Each kind of value as the tensor that it stands for. */
const KINDS = [
  ["value", "tensor", ({ t }) => t ?? {}],
  ["value_float", "float", ({ f }) => ({ dataType: FLOAT32, floatData: [f ?? 0] })],
  ["value_floats", "floats", ({ floats = [] }) => float32s(floats)],
  ["value_int", "int", ({ i }) => ({ dataType: INT64, int64Data: [i ?? 0n] })],
  ["value_ints", "ints", ({ ints = [] }) => int64s(ints)],
] as const satisfies readonly (readonly [
  string,
  string,
  (attribute: AttributeProto) => TensorProto,
])[];

export const constant: OpReader = {
  inputs: { least: 0, most: 0 },
  attributes: (opset) => (opset < 12 ? ["value"] : KINDS.map(([name]) => name)),
  read(node) {
    const found = KINDS.flatMap(([name, kind, toTensor]) => {
      const attribute = find(node, name, kind);
      return attribute === undefined ? [] : [toTensor(attribute)];
    });
    const [tensor] = found;
    if (tensor === undefined || found.length > 1) return invalid(node, found.length);
    return { constant: readTensor(tensor, node.output) };
  },
};

function float32s(floats: readonly number[]): TensorProto {
  return { dataType: FLOAT32, dims: [BigInt(floats.length)], floatData: floats };
}

function int64s(ints: readonly bigint[]): TensorProto {
  return { dataType: INT64, dims: [BigInt(ints.length)], int64Data: ints };
}

function invalid({ name }: OnnxNode, values: number): never {
  const reason = `a Constant has one value, this one has ${values}`;
  throw new CompilerError({ code: "ATTRIBUTE_INVALID", node: name, attribute: "value", reason });
}
