import protobuf from "protobufjs";
import { CompilerError } from "../errors.ts";
import { checkWire } from "./checkWire.ts";

/** Fields of an ONNX tensor that are read or written; absent fields are `undefined`, bytes may be unaligned. */
export type TensorProto = {
  readonly name?: string;
  readonly dims?: readonly bigint[];
  readonly dataType?: number;
  readonly segment?: Uint8Array;
  readonly floatData?: readonly number[];
  readonly int32Data?: readonly number[];
  readonly int64Data?: readonly bigint[];
  readonly doubleData?: readonly number[];
  readonly uint64Data?: readonly bigint[];
  readonly rawData?: Uint8Array;
  readonly externalData?: readonly Uint8Array[];
  readonly dataLocation?: number;
};

export type AttributeProto = {
  readonly name?: string;
  readonly refAttrName?: string;
  readonly type?: number;
  readonly f?: number;
  readonly i?: bigint;
  readonly s?: Uint8Array;
  readonly t?: TensorProto;
  readonly g?: Uint8Array;
  readonly graphs?: readonly Uint8Array[];
  readonly floats?: readonly number[];
  readonly ints?: readonly bigint[];
  readonly strings?: readonly Uint8Array[];
  readonly sparseTensor?: Uint8Array;
};

export type NodeProto = {
  readonly name?: string;
  readonly opType?: string;
  readonly domain?: string;
  readonly input?: readonly string[];
  readonly output?: readonly string[];
  readonly attribute?: readonly AttributeProto[];
};

export type DimensionProto = { readonly dimValue?: bigint; readonly dimParam?: string };

export type ValueInfoProto = {
  readonly name?: string;
  readonly type?: {
    readonly tensorType?: {
      readonly elemType?: number;
      readonly shape?: { readonly dim?: readonly DimensionProto[] };
    };
  };
};

export type GraphProto = {
  readonly name?: string;
  readonly node?: readonly NodeProto[];
  readonly initializer?: readonly TensorProto[];
  readonly sparseInitializer?: readonly Uint8Array[];
  readonly input?: readonly ValueInfoProto[];
  readonly output?: readonly ValueInfoProto[];
};

export type ModelProto = {
  readonly irVersion?: bigint;
  readonly producerName?: string;
  readonly graph?: GraphProto;
  readonly opsetImport?: readonly { readonly domain?: string; readonly version?: bigint }[];
  readonly functions?: readonly Uint8Array[];
};

/** Element types of ONNX (`TensorProto.DataType`) that are written here. */
export const FLOAT32 = 1;
export const INT64 = 7;
export const STRING = 8;

/** Kinds of attribute (`AttributeProto.AttributeType`). */
export const ATTRIBUTE_TYPES = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  graphs: 10,
  sparseTensor: 11,
} as const;

export const MAX_FILE_BYTES = 2 ** 28;

// Field numbers are those of onnx.proto3. What is refused when present is declared as bytes, so nothing here recurses.
const SCHEMA = `
syntax = "proto3";
message Tensor {
  repeated int64 dims = 1;
  optional int32 data_type = 2;
  optional bytes segment = 3;
  repeated float float_data = 4;
  repeated int32 int32_data = 5;
  repeated int64 int64_data = 7;
  optional string name = 8;
  optional bytes raw_data = 9;
  repeated double double_data = 10;
  repeated uint64 uint64_data = 11;
  repeated bytes external_data = 13;
  optional int32 data_location = 14;
}
message Attribute {
  optional string name = 1;
  optional float f = 2;
  optional int64 i = 3;
  optional bytes s = 4;
  optional Tensor t = 5;
  optional bytes g = 6;
  repeated float floats = 7;
  repeated int64 ints = 8;
  repeated bytes strings = 9;
  repeated bytes graphs = 11;
  optional int32 type = 20;
  optional string ref_attr_name = 21;
  optional bytes sparse_tensor = 22;
}
message Node {
  repeated string input = 1;
  repeated string output = 2;
  optional string name = 3;
  optional string op_type = 4;
  repeated Attribute attribute = 5;
  optional string domain = 7;
}
message Dimension {
  optional int64 dim_value = 1;
  optional string dim_param = 2;
}
message Shape { repeated Dimension dim = 1; }
message TensorType {
  optional int32 elem_type = 1;
  optional Shape shape = 2;
}
message ValueType { optional TensorType tensor_type = 1; }
message ValueInfo {
  optional string name = 1;
  optional ValueType type = 2;
}
message Graph {
  repeated Node node = 1;
  optional string name = 2;
  repeated Tensor initializer = 5;
  repeated ValueInfo input = 11;
  repeated ValueInfo output = 12;
  repeated bytes sparse_initializer = 15;
}
message OperatorSet {
  optional string domain = 1;
  optional int64 version = 2;
}
message Model {
  optional int64 ir_version = 1;
  optional string producer_name = 2;
  optional Graph graph = 7;
  repeated OperatorSet opset_import = 8;
  repeated bytes functions = 25;
}
`;

const modelType = protobuf.parse(SCHEMA).root.resolveAll().lookupType("Model");

/**
 * Decodes an ONNX file; the meaning of its content is for `readModel` to check.
 *
 * @throws {CompilerError} `MODEL_TOO_LARGE`, `MODEL_MALFORMED`, `LIMIT_EXCEEDED`.
 */
export function decodeModel(file: Uint8Array): ModelProto {
  const bytes = file.byteLength;
  if (bytes > MAX_FILE_BYTES) {
    throw new CompilerError({ code: "MODEL_TOO_LARGE", bytes, limit: MAX_FILE_BYTES });
  }
  checkWire(file, modelType);
  try {
    // Fields have their declared types: protobufjs decodes by the schema above.
    return modelType.toObject(modelType.decode(file), { longs: BigInt });
  } catch (cause) {
    const reason = "a field does not have the type that ONNX gives it";
    throw new CompilerError({ code: "MODEL_MALFORMED", reason }, { cause });
  }
}

/** Encodes a model; the same model gives the same bytes. */
export function encodeModel(model: ModelProto): Uint8Array {
  return new Uint8Array(modelType.encode(modelType.fromObject(model)).finish());
}
