import { CompilerError } from "../errors.ts";
import { elementsOf } from "../ir/shape.ts";
import { INFINITE } from "./infinities.ts";
import type { TensorProto } from "./modelProto.ts";
import type { Dtype, Limits } from "./opReader.ts";

/**
 * A tensor of the file. What is infinite is `INFINITE` with its sign. Integers above 2^53 lose their last bits: ONNX uses
 * such only for "to the end".
 */
export type OnnxTensor = {
  readonly dtype: Dtype;
  /** Of an integer type of at most 32 bits. */
  readonly limits?: Limits;
  readonly shape: readonly number[];
  readonly values: Float64Array;
};

export const MAX_ELEMENTS = 2 ** 24;
export const MAX_RANK = 8;

type ElementType = {
  readonly dtype: Dtype;
  readonly limits?: Limits;
  readonly bytes: number;
  readonly fromRaw: (view: DataView, at: number) => number;
  /** Field that holds the values where they are not raw. */
  readonly field: "floatData" | "int32Data" | "int64Data" | "doubleData" | "uint64Data";
  /** From the typed field, where that does not hold the value itself. */
  readonly fromBits?: (bits: number) => number;
};

/** By `TensorProto.DataType`; the types of strings, complex numbers and fewer than 8 bits are left out. */
const ELEMENT_TYPES: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [1, type("float", 4, "floatData", (it, at) => it.getFloat32(at, true))],
  [2, type("integer", 1, "int32Data", (it, at) => it.getUint8(at), unsigned(8))],
  [3, type("integer", 1, "int32Data", (it, at) => it.getInt8(at), signed(8))],
  [4, type("integer", 2, "int32Data", (it, at) => it.getUint16(at, true), unsigned(16))],
  [5, type("integer", 2, "int32Data", (it, at) => it.getInt16(at, true), signed(16))],
  [6, type("integer", 4, "int32Data", (it, at) => it.getInt32(at, true), signed(32))],
  [7, type("integer", 8, "int64Data", (it, at) => Number(it.getBigInt64(at, true)))],
  [9, type("boolean", 1, "int32Data", (it, at) => truth(it.getUint8(at)), { fromBits: truth })],
  [10, type("float", 2, "int32Data", (it, at) => half(it.getUint16(at, true)), { fromBits: half })],
  [11, type("float", 8, "doubleData", (it, at) => it.getFloat64(at, true))],
  [12, type("integer", 4, "uint64Data", (it, at) => it.getUint32(at, true), unsigned(32))],
  [13, type("integer", 8, "uint64Data", (it, at) => Number(it.getBigUint64(at, true)))],
  [
    16,
    type("float", 2, "int32Data", (it, at) => upper(it.getUint16(at, true)), { fromBits: upper }),
  ],
]);

function type(
  dtype: Dtype,
  bytes: number,
  field: ElementType["field"],
  fromRaw: ElementType["fromRaw"],
  rest: Pick<ElementType, "limits" | "fromBits"> = {},
): ElementType {
  return { dtype, bytes, field, fromRaw, ...rest };
}

function signed(bits: number): Pick<ElementType, "limits"> {
  return { limits: [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] };
}

function unsigned(bits: number): Pick<ElementType, "limits"> {
  return { limits: [0, 2 ** bits - 1] };
}

/**
 * Meaning of an ONNX element type.
 *
 * @param label how errors name what is of the type
 * @throws {CompilerError} `DTYPE_UNSUPPORTED`.
 */
export function elementType(code: number | undefined, label: string): ElementType {
  const found = ELEMENT_TYPES.get(code ?? 0);
  if (found !== undefined) return found;
  throw new CompilerError({ code: "DTYPE_UNSUPPORTED", tensor: label, dtype: code ?? 0 });
}

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
  const element = elementType(proto.dataType, label);
  const values = readValues(proto, element, elementsOf(shape), label).map(finite);
  const index = values.findIndex((it) => !Number.isFinite(it));
  if (index !== -1) throw new CompilerError({ code: "VALUE_NOT_FINITE", tensor: label, index });
  const { dtype, limits } = element;
  return { dtype, shape, values, ...(limits && { limits }) };
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

function readValues(
  proto: TensorProto,
  { bytes, field, fromRaw, fromBits }: ElementType,
  elements: number,
  label: string,
): Float64Array {
  const typed: readonly (number | bigint)[] = proto[field] ?? [];
  const { rawData: raw } = proto;
  if (raw === undefined || (raw.length === 0 && elements > 0 && typed.length > 0)) {
    checkLength(typed.length, elements, label);
    const values = Float64Array.from(typed, Number);
    return fromBits === undefined ? values : values.map(fromBits);
  }
  checkLength(raw.length, elements * bytes, label);
  checkLength(typed.length, 0, label);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const values = new Float64Array(elements);
  for (let i = 0; i < elements; i++) values[i] = fromRaw(view, i * bytes);
  return values;
}

function checkLength(length: number, expected: number, label: string): void {
  if (length !== expected) {
    throw new CompilerError({ code: "TENSOR_DATA_LENGTH", tensor: label, length, expected });
  }
}

function finite(value: number): number {
  return Math.abs(value) === Infinity ? Math.sign(value) * INFINITE : value;
}

function truth(bits: number): number {
  return bits === 0 ? 0 : 1;
}

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** The upper half of an IEEE 754 binary32. */
function upper(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits & 0xffff);
  return view.getFloat32(0);
}
