import type { OpInput } from "../../helpers/opCase.ts";
import { agrees, fixed, given, ints, list, real, weight, whole, x } from "../../helpers/opRows.ts";

const INT64 = { outputs: ["int64"] } as const;
const typed = (dtype: "uint8" | "int8" | "int32", ...values: readonly number[]): OpInput => ({
  shape: values.length === 1 ? [] : [values.length],
  dtype,
  values,
  isConstant: true,
});

describe("products against onnxruntime", () => {
  describe("Gemm", () => {
    const scaled = { alpha: { float: 0.5 }, beta: { float: -2 } };
    agrees([
      ["Gemm", [x(2, 3), weight(3, 4), weight(4)], { opset: 7 }],
      ["Gemm", [x(2, 3), weight(4, 3), weight(2, 1)], { attributes: { transB: 1, ...scaled } }],
      ["Gemm", [x(3, 2), weight(3, 4)], { opset: 11, attributes: { transA: 1 } }],
      ["Gemm", [x(2, 3), x(3, 4), x(1, 4)], { attributes: scaled }],
      ["Gemm", [weight(2, 3), x(3, 4), weight(2, 4)], { attributes: scaled }],
      ["Gemm", [weight(3, 2), x(4, 3)], { attributes: { transA: 1, transB: 1 } }],
      ["Gemm", [x(2, 3), weight(3, 4), real(0.5)]],
      ["Gemm", [x(2, 3), weight(3, 4), x(4)], { attributes: { beta: { float: 0 } } }],
    ]);
  });

  describe("MatMul", () => {
    agrees([
      ["MatMul", [x(2, 3), weight(3, 4)], { opset: 7 }],
      ["MatMul", [x(2, 5, 3), weight(3, 4)], { opset: 9 }],
      ["MatMul", [weight(4, 3), x(3, 2)]],
      ["MatMul", [weight(4, 3), x(2, 3, 5)]],
      ["MatMul", [x(2, 3), x(3, 4)]],
      ["MatMul", [x(2, 2, 3), x(2, 3, 4)]],
      ["MatMul", [x(2, 1, 2, 3), x(3, 3, 4)]],
      ["MatMul", [x(2, 2, 3), x(1, 3, 4)]],
      ["MatMul", [x(3, 3), weight(2, 3, 4)]],
      ["MatMul", [x(2, 2, 3), weight(2, 3, 4)]],
      ["MatMul", [weight(2, 2, 3), x(2, 3, 4)]],
      ["MatMul", [x(3), weight(3, 4)]],
      ["MatMul", [x(2, 3), weight(3)]],
      ["MatMul", [x(3), x(3)]],
      ["MatMul", [x(3), x(2, 3, 4)]],
      ["MatMul", [x(2, 4, 3), x(3)]],
      ["MatMul", [weight(2, 3), weight(3, 4)]],
      ["MatMul", [whole(2, 3), whole(3, 4)], INT64],
      ["MatMul", [whole(2, 3), ints([3, 2], 1, 2, 3, 4, 5, -6)], INT64],
    ]);
  });

  describe("Einsum", () => {
    const of = (equation: string): { opset: number; attributes: { equation: string } } => ({
      opset: 12,
      attributes: { equation },
    });
    agrees([
      ["Einsum", [x(2, 3), weight(3, 4)], of("ij,jk->ik")],
      ["Einsum", [x(2, 3), x(4, 3)], of("ij,kj->ki")],
      ["Einsum", [x(2, 3, 4), x(2, 4, 5)], of("bij,bjk->bik")],
      ["Einsum", [x(2, 3, 2, 4), x(2, 5, 2, 4)], of("bqhd,bkhd->bhqk")],
      ["Einsum", [x(2, 3), x(2, 3)], of("ij,ij->")],
      ["Einsum", [x(3), x(4)], of("i,j->ij")],
      ["Einsum", [x(3, 3)], of("ii->i")],
      ["Einsum", [x(3, 3)], of("ii")],
      ["Einsum", [x(2, 3, 4)], of("abc->cab")],
      ["Einsum", [x(2, 3, 4)], of("abc -> b")],
      ["Einsum", [x(2, 3), x(3, 4)], of("ij,jk")],
      ["Einsum", [x(2, 3), x(3), weight(3, 4)], of("ij,j,jk->ik")],
    ]);
  });

  describe("quantization", () => {
    const u8 = { outputs: ["uint8"] } as const;
    const i8 = { outputs: ["int8"] } as const;
    const wide = { shape: [2, 4], spread: 20 };
    agrees([
      ["QuantizeLinear", [wide, real(0.1), typed("uint8", 128)], { opset: 10, ...u8 }],
      ["QuantizeLinear", [wide, real(0.1), typed("int8", 0)], { opset: 10, ...i8 }],
      ["QuantizeLinear", [wide, real(0.25)], u8],
      [
        "QuantizeLinear",
        [given(x(6), -1.5, -0.5, 0.5, 1.5, 2.5, 300), real(1), typed("int8", 3)],
        i8,
      ],
      [
        "QuantizeLinear",
        [wide, given(weight(2), 0.1, 0.2), typed("uint8", 1, 128)],
        { attributes: { axis: 0 }, ...u8 },
      ],
      [
        "DequantizeLinear",
        [{ shape: [4], dtype: "uint8", values: [0, 3, 128, 255] }, real(0.1), typed("uint8", 128)],
        { opset: 10 },
      ],
      [
        "DequantizeLinear",
        [
          { shape: [2, 3], dtype: "int8", values: [0, 3, -128, 127, 1, 2] },
          given(weight(3), 0.1, 0.2, 0.5),
          typed("int8", 1, 0, 2),
        ],
        { attributes: { axis: -1 } },
      ],
      ["DequantizeLinear", [typed("int32", 5, -7), real(0.5)]],
    ]);
  });

  describe("records of ai.onnx.ml", () => {
    const ml = { domain: "ai.onnx.ml", opset: 2 };
    agrees([
      ["ArrayFeatureExtractor", [x(2, 4), list(3, 0)], { ...ml, opset: 1 }],
      [
        "ArrayFeatureExtractor",
        [fixed({ ...x(1, 4), values: [5, 6, 7, 8] }), given(whole(1), 2)],
        { ...ml, opset: 1 },
      ],
      ["Binarizer", [x(2, 4)], { ...ml, opset: 1, attributes: { threshold: { float: 0.5 } } }],
      [
        "FeatureVectorizer",
        [x(1, 2), x(1, 3)],
        { ...ml, opset: 1, attributes: { inputdimensions: [2, 3] } },
      ],
      [
        "Imputer",
        [given(x(2, 2), 0, 1.5, -2, 0)],
        { ...ml, opset: 1, attributes: { imputed_value_floats: { floats: [3, 4] } } },
      ],
      [
        "Imputer",
        [given(x(1, 3), 1, -9, 2)],
        {
          ...ml,
          opset: 1,
          attributes: {
            imputed_value_floats: { floats: [4, 5, 6] },
            replaced_value_float: { float: -9 },
          },
        },
      ],
      [
        "LabelEncoder",
        [given(whole(4), 1, 5, 7, 2)],
        {
          ...ml,
          attributes: { keys_int64s: [1, 2, 5], values_int64s: [10, 20, 50], default_int64: -3 },
          ...INT64,
        },
      ],
      [
        "LabelEncoder",
        [given(whole(4), 1, 5, 7, 2)],
        { ...ml, attributes: { keys_int64s: [1, 2, 5], values_floats: { floats: [1.5, 2, 5] } } },
      ],
    ]);
  });
});
