import type { TensorProto } from "../../../offchain/compiler/onnx/modelProto.ts";
import { agrees, ml, refuses } from "../../helpers/mlCases.ts";
import type { Attributes, OpCase, OpInput } from "../../helpers/opCase.ts";

describe("preparation of features against onnxruntime", () => {
  const encoder = (attributes: Attributes, input: OpInput): OpCase =>
    ml("OneHotEncoder", attributes, input);
  agrees({
    "Scaler with a number for each feature": ml("Scaler", {
      offset: { floats: [0.5, 1, -1, 2.5] },
      scale: { floats: [2, 0.3, 1, -4] },
    }),
    "Scaler with one number": ml("Scaler", { offset: { floats: [0.5] }, scale: { floats: [2] } }),
    "Normalizer by MAX": ml("Normalizer", { norm: "MAX" }),
    "Normalizer by MAX of zeros and negative numbers": ml(
      "Normalizer",
      { norm: "MAX" },
      { shape: [3, 2], values: [0, 0, -2, 0, -3, -1] },
    ),
    "Normalizer by L1": ml("Normalizer", { norm: "L1" }),
    "Normalizer by L2": ml("Normalizer", { norm: "L2" }),
    "Normalizer by L2 of zeros": ml(
      "Normalizer",
      { norm: "L2" },
      { shape: [2, 2], values: [0, 0, 3, 4] },
    ),
    "OneHotEncoder of floats": encoder(
      { cats_int64s: [1, 2, 0], zeros: 1 },
      { shape: [2, 3], values: [0, 1, 2, 2.75, 5, -1] },
    ),
    "OneHotEncoder of integers": encoder(
      { cats_int64s: [1, 2, 0] },
      { shape: [4], dtype: "int64", values: [0, 1, 2, 7] },
    ),
  });
  refuses(
    {
      "unknown categories fail": encoder(
        { cats_int64s: [1, 2], zeros: 0 },
        { shape: [4], dtype: "int64" },
      ),
    },
    "OP_FORM_UNSUPPORTED",
  );
});

describe("LabelEncoder against onnxruntime", () => {
  const encoder = (
    opset: number,
    attributes: Attributes,
    kinds: readonly [input: "int64" | "float", output: "int64" | "float"],
  ): OpCase => ({
    op: "LabelEncoder",
    domain: "ai.onnx.ml",
    opset,
    attributes,
    inputs: [{ shape: [1, 5], dtype: kinds[0], values: [1, 2, 7, 3, 0] }],
    outputs: [kinds[1]],
  });
  const floatsOf = (...values: readonly number[]): { readonly tensor: TensorProto } => ({
    tensor: { dataType: 1, dims: [BigInt(values.length)], floatData: values },
  });
  const intsOf = (...values: readonly number[]): { readonly tensor: TensorProto } => ({
    tensor: { dataType: 7, dims: [BigInt(values.length)], int64Data: values.map(BigInt) },
  });
  const texts = { tensor: { dataType: 8, dims: [2n] } };
  const whole = ["int64", "int64"] as const;
  agrees({
    "takes the first of equal keys": encoder(
      2,
      { keys_int64s: [1, 2, 1], values_int64s: [5, 6, 9] },
      whole,
    ),
    "takes the first of equal real keys": encoder(
      2,
      { keys_floats: { floats: [1, 2, 1] }, values_floats: { floats: [5.5, 6, 9] } },
      ["float", "float"],
    ),
    "of tensors of integers": encoder(
      4,
      { keys_tensor: intsOf(1, 2, 1), values_tensor: intsOf(5, 6, 9), default_tensor: intsOf(42) },
      whole,
    ),
    "of tensors of real numbers": encoder(
      4,
      {
        keys_tensor: floatsOf(1, 2),
        values_tensor: floatsOf(5.5, 6),
        default_tensor: floatsOf(0.5),
      },
      ["float", "float"],
    ),
    "of tensors from integers to real numbers": encoder(
      4,
      { keys_tensor: intsOf(1, 2), values_tensor: floatsOf(5.5, 6) },
      ["int64", "float"],
    ),
    "of tensors without a default": encoder(
      4,
      { keys_tensor: intsOf(1, 2), values_tensor: intsOf(5, 6) },
      whole,
    ),
    "of a list and a tensor": encoder(
      4,
      { keys_int64s: [1, 2], values_tensor: intsOf(5, 6), default_int64: 7 },
      whole,
    ),
    "of lists with a tensor for the rest": encoder(
      4,
      { keys_int64s: [1, 2], values_int64s: [5, 6], default_tensor: intsOf(8) },
      whole,
    ),
  });
  refuses(
    {
      "tensors hold texts": encoder(4, { keys_tensor: texts, values_tensor: intsOf(5, 6) }, whole),
    },
    "OP_FORM_UNSUPPORTED",
  );
  refuses(
    {
      "the default is several": encoder(
        4,
        { keys_tensor: intsOf(1), values_tensor: intsOf(5), default_tensor: intsOf(1, 2) },
        whole,
      ),
      "opset 3 has tensors": encoder(
        3,
        { keys_tensor: intsOf(1), values_tensor: intsOf(5) },
        whole,
      ),
    },
    "ATTRIBUTE_INVALID",
  );
});
