import { find, invalidAttribute } from "../attributes.ts";
import { defineTensor } from "../defineTensor.ts";
import type { AttributeProto, TensorProto } from "../modelProto.ts";
import { FLOAT32, INT64 } from "../modelProto.ts";
import { operand, refuse } from "../operands.ts";
import type { OpReader, OpTable } from "../opReader.ts";
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

const constant: OpReader = {
  inputs: { least: 0, most: 0 },
  attributes: (opset) => (opset < 12 ? ["value"] : KINDS.map(([name]) => name)),
  read(node, ops) {
    const found = KINDS.flatMap(([name, kind, toTensor]) => {
      const attribute = find(node, name, kind);
      return attribute === undefined ? [] : [toTensor(attribute)];
    });
    const [tensor] = found;
    if (tensor === undefined || found.length > 1) {
      const reason = `a Constant has one value, this one has ${found.length}`;
      return invalidAttribute(node, "value", reason);
    }
    return [defineTensor(ops, readTensor(tensor, node.outputs[0] ?? node.name))];
  },
};

const identity: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => [],
  read: (node) => [operand(node, 0)],
};

/** At inference nothing is dropped; the mask is then all ones. */
const dropout: OpReader = {
  inputs: { least: 1, most: 3 },
  outputs: { least: 1, most: 2 },
  attributes: (opset) => (opset < 12 ? ["ratio"] : ["seed"]),
  read(node, ops) {
    const input = operand(node, 0);
    const training = node.inputs[2];
    const isOff = training === undefined || ops.valuesOf(training.id)?.[0] === 0;
    if (!isOff) refuse(node, "it drops at random in training mode; export the model for inference");
    const ones = ops.constant([1], [1], "structure", "integer");
    return [input, { id: ops.broadcast(ones, ops.shapeOf(input.id)), dtype: "boolean" }];
  },
};

export const CONSTANT_OPS = {
  Constant: constant,
  Dropout: dropout,
  Identity: identity,
} satisfies OpTable;

function float32s(floats: readonly number[]): TensorProto {
  return { dataType: FLOAT32, dims: [BigInt(floats.length)], floatData: floats };
}

function int64s(ints: readonly bigint[]): TensorProto {
  return { dataType: INT64, dims: [BigInt(ints.length)], int64Data: ints };
}
