import { CompilerError } from "../errors.ts";
import { elementsOf } from "../ir/shape.ts";
import type { TensorProto } from "./modelProto.ts";
import { FLOAT32, INT64 } from "./modelProto.ts";

/** A tensor of the file: weights, or int64 where ONNX wants a shape. */
export type OnnxTensor =
  | { readonly dtype: "float32"; readonly shape: readonly number[]; readonly values: Float64Array }
  | {
      readonly dtype: "int64";
      readonly shape: readonly number[];
      readonly values: readonly bigint[];
    };

export const MAX_ELEMENTS = 2 ** 26;
export const MAX_RANK = 8;

/**
 * Reads the values of a tensor; the data's length is compared with the shape before anything is allocated.
 *
 * @param label how errors name the tensor
 * @throws {CompilerError} `EXTERNAL_DATA`, `DTYPE_UNSUPPORTED`, `SHAPE_INVALID`, `LIMIT_EXCEEDED`,
 * `TENSOR_DATA_LENGTH`, `VALUE_NOT_FINITE`.
 */
export function readTensor(proto: TensorProto, label: string): OnnxTensor {
  if ((proto.dataLocation ?? 0) !== 0 || (proto.externalData?.length ?? 0) > 0) {
    throw new CompilerError({ code: "EXTERNAL_DATA", tensor: label });
  }
  if (proto.segment !== undefined) {
    const reason = "it is one segment of a larger tensor";
    throw new CompilerError({ code: "SHAPE_INVALID", tensor: label, reason });
  }
  const shape = readShape(proto.dims ?? [], label);
  const elements = elementsOf(shape);
  switch (proto.dataType ?? 0) {
    case FLOAT32:
      return { dtype: "float32", shape, values: floats(proto, elements, label) };
    case INT64:
      return { dtype: "int64", shape, values: integers(proto, elements, label) };
    default:
      throw new CompilerError({
        code: "DTYPE_UNSUPPORTED",
        tensor: label,
        dtype: proto.dataType ?? 0,
      });
  }
}

/**
 * Checks the lengths of a shape, with at most `MAX_ELEMENTS` elements in all.
 *
 * @throws {CompilerError} `SHAPE_INVALID`, `LIMIT_EXCEEDED`.
 */
export function readShape(dims: readonly bigint[], label: string): readonly number[] {
  if (dims.length > MAX_RANK) {
    const what = `axes of ${label}`;
    throw new CompilerError({ code: "LIMIT_EXCEEDED", what, count: dims.length, limit: MAX_RANK });
  }
  const negative = dims.find((it) => it < 0n);
  if (negative !== undefined) {
    const reason = `an axis has length ${negative.toString()}`;
    throw new CompilerError({ code: "SHAPE_INVALID", tensor: label, reason });
  }
  const count = dims.reduce((product, it) => product * it, 1n);
  const longest = dims.reduce((most, it) => (it > most ? it : most), count);
  if (longest > BigInt(MAX_ELEMENTS)) {
    const what = `elements in ${label}`;
    throw new CompilerError({ code: "LIMIT_EXCEEDED", what, count: longest, limit: MAX_ELEMENTS });
  }
  return dims.map(Number);
}

function floats(proto: TensorProto, elements: number, label: string): Float64Array {
  const data = proto.floatData ?? [];
  const raw = rawData(proto, elements * 4, data.length, label);
  if (raw === undefined) {
    checkLength(data.length, elements, label);
    return finite(Float64Array.from(data), label);
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const values = new Float64Array(elements);
  for (let i = 0; i < elements; i++) values[i] = view.getFloat32(4 * i, true);
  return finite(values, label);
}

function integers(proto: TensorProto, elements: number, label: string): readonly bigint[] {
  const data = proto.int64Data ?? [];
  const raw = rawData(proto, elements * 8, data.length, label);
  if (raw === undefined) {
    checkLength(data.length, elements, label);
    return data;
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: elements }, (_, i) => view.getBigInt64(8 * i, true));
}

/** The raw data, of exactly `bytes`, or `undefined` where the typed field holds the values. */
function rawData(
  { rawData: raw }: TensorProto,
  bytes: number,
  typed: number,
  label: string,
): Uint8Array | undefined {
  if (raw === undefined || (raw.length === 0 && bytes > 0 && typed > 0)) return undefined;
  checkLength(raw.length, bytes, label);
  checkLength(typed, 0, label);
  return raw;
}

function checkLength(length: number, expected: number, label: string): void {
  if (length !== expected) {
    throw new CompilerError({ code: "TENSOR_DATA_LENGTH", tensor: label, length, expected });
  }
}

function finite(values: Float64Array, label: string): Float64Array {
  const index = values.findIndex((it) => !Number.isFinite(it));
  if (index !== -1) throw new CompilerError({ code: "VALUE_NOT_FINITE", tensor: label, index });
  return values;
}
