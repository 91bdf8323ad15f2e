import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { elementsOf } from "../../ir/shape.ts";
import { find, intAttribute, invalidAttribute, tensorAttribute } from "../attributes.ts";
import { defineTensor } from "../defineTensor.ts";
import type { AttributeProto, TensorProto } from "../modelProto.ts";
import { FLOAT32, INT64 } from "../modelProto.ts";
import { known, knownIntegers, like, mismatch, one, operand, refuse } from "../operands.ts";
import type { Dtype, OpReader, OpTable } from "../opReader.ts";
import { elementType, MAX_ELEMENTS, readShape, readTensor } from "../readTensor.ts";

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

/** A value of the architecture, as of a `ConstantOfShape`. */
function structure(
  ops: FloatOps,
  shape: readonly number[],
  values: ArrayLike<number>,
  dtype: Dtype,
): FloatId {
  return ops.constant(shape, values, "structure", dtype === "float" ? "real" : "integer");
}

const constantOfShape: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["value"],
  read(node, ops) {
    const lengths = knownIntegers(node, ops, 0, "shape") ?? [];
    const shape = readShape(toLengths(lengths), node.name);
    const given = tensorAttribute(node, "value");
    const { dtype, values, limits } = given ?? { dtype: "float", values: [0] };
    if (values.length !== 1) invalidAttribute(node, "value", "it is not one element");
    const id = ops.broadcast(structure(ops, [], values, dtype), shape);
    return [{ id, dtype, ...(limits && { limits }) }];
  },
};

const eyeLike: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["dtype", "k"],
  read(node, ops) {
    const input = operand(node, 0);
    const [rows = 0, columns = 0, ...rest] = ops.shapeOf(input.id);
    if (ops.shapeOf(input.id).length !== 2) mismatch(node, `${2 + rest.length} axes, not 2`);
    const offset = intAttribute(node, "k", 0);
    const code = intAttribute(node, "dtype", 0);
    const dtype = code === 0 ? input.dtype : elementType(code, `${node.name} (dtype)`).dtype;
    const ones = structure(ops, [1], [1], dtype);
    const isOn = (at: number): boolean => (at % columns) - Math.floor(at / columns) === offset;
    return one(
      ops.view([ones], [rows, columns], (at) => (isOn(at) ? 0 : -1)),
      dtype,
    );
  },
};

const range: OpReader = {
  inputs: { least: 3, most: 3 },
  attributes: () => [],
  read(node, ops) {
    const [start = 0, limit = 0, delta = 0] = ["start", "limit", "delta"].map(
      (what, at) => known(node, ops, at, what)?.[0],
    );
    const first = operand(node, 0);
    const count = Math.max(Math.ceil((limit - start) / delta), 0);
    if (!Number.isInteger(count) || count > MAX_ELEMENTS) {
      refuse(node, `it counts from ${start} to ${limit} by ${delta}`);
    }
    const values = new Float64Array(count).map((_, i) => start + i * delta);
    return like(first, structure(ops, [count], values, first.dtype));
  },
};

/** The shape itself, or the axes from `start` to `end`. */
const shape: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: (opset) => (opset < 15 ? [] : ["start", "end"]),
  read(node, ops) {
    const all = ops.shapeOf(operand(node, 0).id);
    const lengths = all.slice(
      intAttribute(node, "start", 0),
      intAttribute(node, "end", all.length),
    );
    return one(structure(ops, [lengths.length], lengths, "integer"), "integer");
  },
};

const size: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => [],
  read(node, ops) {
    const elements = elementsOf(ops.shapeOf(operand(node, 0).id));
    return one(structure(ops, [], [elements], "integer"), "integer");
  },
};

/** Places of what is not zero, in a tensor that does not depend on the input. */
const nonZero: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => [],
  read(node, ops) {
    const { id } = operand(node, 0);
    const values = ops.valuesOf(id);
    if (values === undefined) {
      return refuse(node, "the shape of its output depends on data; use Where with a mask");
    }
    const places = [...values.keys()].filter((at) => values[at] !== 0);
    const lengths = ops.shapeOf(id);
    const strides = lengths.map((_, axis) => elementsOf(lengths.slice(axis + 1)));
    const rows = strides.flatMap((stride, axis) =>
      places.map((at) => Math.floor(at / stride) % (lengths[axis] ?? 1)),
    );
    return one(structure(ops, [lengths.length, places.length], rows, "integer"), "integer");
  },
};

export const CONSTANT_OPS = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  EyeLike: eyeLike,
  NonZero: nonZero,
  Range: range,
  Shape: shape,
  Size: size,
} satisfies OpTable;

/** Lengths as the file might hold them; those of no integer are no lengths either. */
function toLengths(lengths: readonly number[]): readonly bigint[] {
  return lengths.map((it) => BigInt(Math.trunc(it)));
}

function float32s(floats: readonly number[]): TensorProto {
  return { dataType: FLOAT32, dims: [BigInt(floats.length)], floatData: floats };
}

function int64s(ints: readonly bigint[]): TensorProto {
  return { dataType: INT64, dims: [BigInt(ints.length)], int64Data: ints };
}
