/** Elements as they travel, by their datatype in the protocol. */
export type WireData =
  | { readonly datatype: "INT64"; readonly values: BigInt64Array }
  | { readonly datatype: "FP32"; readonly values: Float32Array }
  | { readonly datatype: "FP64"; readonly values: Float64Array };

export type WireDatatype = WireData["datatype"];

/** A tensor of a request or an answer. */
export type WireTensor = {
  readonly name: string;
  /** With the batch, which is one request. */
  readonly shape: readonly number[];
  readonly data: WireData;
};

/** What a server says of a tensor of its model; a length of -1 is open. */
export type TensorMetadata = {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
};

/** Bytes of an element. */
export const WIRE_BYTES: Readonly<Record<WireDatatype, number>> = { INT64: 8, FP32: 4, FP64: 8 };

/** Returns the little-endian bytes of a tensor; so is every processor that onnxruntime is built for. */
export function toBytes({ values }: WireData): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/**
 * Returns a tensor from its little-endian bytes.
 *
 * @throws {RangeError} where they are no whole number of elements.
 */
export function fromBytes(datatype: WireDatatype, bytes: Uint8Array): WireData {
  const { buffer } = Uint8Array.from(bytes); // aligned
  if (datatype === "INT64") return { datatype, values: new BigInt64Array(buffer) };
  if (datatype === "FP32") return { datatype, values: new Float32Array(buffer) };
  return { datatype, values: new Float64Array(buffer) };
}

/**
 * Returns a tensor from numbers in decimal.
 *
 * @throws {SyntaxError} where an integer is none.
 */
export function fromNumbers(
  datatype: WireDatatype,
  numbers: readonly (number | string)[],
): WireData {
  if (datatype === "INT64") return { datatype, values: BigInt64Array.from(numbers, BigInt) };
  if (datatype === "FP32") return { datatype, values: Float32Array.from(numbers, Number) };
  return { datatype, values: Float64Array.from(numbers, Number) };
}

/** Whether a datatype is one that is read here. */
export function isWireDatatype(datatype: string): datatype is WireDatatype {
  return Object.hasOwn(WIRE_BYTES, datatype);
}
