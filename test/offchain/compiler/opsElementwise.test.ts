import {
  agrees,
  above,
  bits,
  fixed,
  given,
  list,
  real,
  weight,
  whole,
  x,
} from "../../helpers/opRows.ts";
import type { OpInput } from "../../helpers/opCase.ts";

const INT64 = { outputs: ["int64"] } as const;
const BOOL = { outputs: ["bool"] } as const;
const HALVES = given(x(10), -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, -0.4999, 0.5001, 7);
const near = (spread: number, offset = 0): OpInput => ({ shape: [3, 4], spread, offset });

describe("element-wise ops against onnxruntime", () => {
  describe("arithmetic", () => {
    agrees([
      ["Add", [x(2, 3), x(3)]],
      ["Add", [x(2, 3), weight(2, 1)], { opset: 7 }],
      ["Add", [x(2, 1, 3), x(4, 1)]],
      ["Add", [whole(2, 3), whole(3)], INT64],
      ["Sub", [x(2, 3), x(2, 3)]],
      ["Sub", [real(1), x(4)], { opset: 7 }],
      ["Mul", [x(2, 3), x(2, 1)]],
      ["Mul", [x(2, 3), weight(3)], { opset: 7 }],
      ["Mul", [whole(4), whole(4)], INT64],
      ["Mul", [whole(4), list(3)], INT64],
      ["Mul", [x(4), real(0.5)]],
      ["Div", [x(2, 3), above(3)]],
      ["Div", [x(2, 3), real(-2.5)], { opset: 7 }],
      ["Div", [real(1), above(2, 3)]],
      ["Div", [x(3), fixed(above(2, 1))]],
      ["Div", [whole(40), given(whole(1), 3)], INT64],
      ["Div", [whole(40), list(-4)], INT64],
      // 49 / 49 by a product with 1 / 49 is below 1.
      ["Div", [given(whole(3), 49, -98, 147), list(49)], INT64],
      [
        "Div",
        [given(whole(8), 7, -7, 6, -6, 0, 9, -9, 8), given(whole(8), 2, 2, -2, -2, 5, -3, 3, -8)],
        INT64,
      ],
      [
        "Mod",
        [given(whole(8), 7, -7, 6, -6, 0, 9, -9, 8), given(whole(8), 2, 2, -4, -4, 5, -5, 4, -8)],
        INT64,
      ],
      ["Mod", [whole(40), list(5)], INT64],
      ["Mod", [whole(40), list(5)], { attributes: { fmod: 1 }, ...INT64 }],
      ["Mod", [x(12), real(0.75)], { attributes: { fmod: 1 } }],
      [
        "Mod",
        [x(12), given(x(12), 1, -1, 0.5, -0.5, 2, -2, 0.3, -0.3, 0.7, -0.7, 3, -3)],
        { attributes: { fmod: 1 } },
      ],
      ["Neg", [x(2, 3)]],
      ["Neg", [whole(2, 3)], INT64],
      ["Abs", [x(2, 3)]],
      ["Abs", [whole(2, 3)], INT64],
      ["Sign", [given(x(5), -2, -0.1, 0, 0.1, 2)]],
      ["Sign", [whole(9)], INT64],
      ["Reciprocal", [above(2, 3)]],
      ["Reciprocal", [given(x(2), -0.5, 4)]],
      ["Sum", [x(2, 3), x(3), weight(2, 1)]],
      ["Sum", [x(2, 3)]],
      ["Mean", [x(2, 3), x(3), weight(2, 1)]],
      [
        "BitShift",
        [
          { shape: [4], dtype: "uint8", values: [1, 5, 100, 255] },
          { shape: [4], dtype: "uint8", values: [0, 1, 2, 3], isConstant: true },
        ],
        { attributes: { direction: "RIGHT" }, outputs: ["uint8"] },
      ],
      [
        "BitShift",
        [
          { shape: [3], dtype: "uint8", values: [1, 5, 10] },
          { shape: [1], dtype: "uint8", values: [3], isConstant: true },
        ],
        { attributes: { direction: "LEFT" }, outputs: ["uint8"] },
      ],
    ]);
  });

  describe("extremes", () => {
    agrees([
      ["Min", [x(2, 3), x(3), weight(2, 1)]],
      ["Max", [x(2, 3), x(3), weight(2, 1)]],
      ["Max", [x(2, 3), x(2, 3)], { opset: 7 }],
      ["Max", [x(2, 3), real(0)]],
      ["Max", [x(2, 3)]],
      ["Min", [whole(7), whole(7)], INT64],
      ["Clip", [x(2, 3)], { opset: 7, attributes: { min: { float: -0.5 }, max: { float: 1 } } }],
      ["Clip", [x(2, 3)], { opset: 10, attributes: { min: { float: 0 } } }],
      ["Clip", [x(2, 3)], { opset: 6 + 1 }],
      ["Clip", [x(2, 3), real(-1), real(1)], { opset: 11 }],
      ["Clip", [x(2, 3), undefined, real(1)]],
      ["Clip", [x(2, 3), real(0), real(6)]],
      ["Clip", [x(2, 3), real(-3.4028234663852886e38), real(1)]],
      ["Clip", [x(2, 3), given(x(), -0.25), given(x(), 0.75)]],
      ["Clip", [whole(9), { ...list(-2), shape: [] }, { ...list(3), shape: [] }], INT64],
    ]);
  });

  describe("powers", () => {
    agrees([
      ["Pow", [x(2, 3), real(2)], { opset: 7 }],
      ["Pow", [x(2, 3), real(3)], { opset: 12 }],
      ["Pow", [x(2, 3), real(7)]],
      ["Pow", [x(2, 3), real(0)]],
      ["Pow", [x(2, 3), real(1)]],
      ["Pow", [above(2, 3), real(0.5)]],
      ["Pow", [above(2, 3), real(-0.5)]],
      ["Pow", [above(2, 3), real(-1)]],
      ["Pow", [above(2, 3), real(-2)]],
      ["Pow", [above(2, 3), real(1.7)]],
      ["Pow", [above(2, 3), real(20)], { tolerance: 1e-4 }],
      ["Pow", [x(2, 3), list(2)]],
      ["Pow", [above(2, 3), given(weight(3), 2, 0.5, 2)]],
      ["Pow", [above(3), given(weight(2, 1), 1, 3)]],
      ["Pow", [whole(6), list(3)], INT64],
      ["Pow", [real(2.5), x(2, 3)]],
      ["Sqrt", [above(2, 3)]],
      ["Exp", [x(2, 3)]],
      ["Log", [above(2, 3)]],
    ]);
  });

  describe("trigonometry", () => {
    agrees([
      ["Sin", [near(4)]],
      ["Cos", [near(4)]],
      ["Tan", [near(1.2)]],
      ["Asin", [near(0.99)]],
      ["Acos", [near(0.99)]],
      ["Atan", [near(4)]],
      ["Sinh", [near(3)]],
      ["Cosh", [near(3)]],
      ["Asinh", [near(3)], { opset: 9 }],
      ["Acosh", [near(2, 3.1)], { opset: 9 }],
      ["Atanh", [near(0.95)], { opset: 9 }],
    ]);
  });

  describe("rounding", () => {
    agrees([
      ["Floor", [near(4)]],
      ["Ceil", [near(4)]],
      ["Floor", [HALVES]],
      ["Ceil", [HALVES]],
      ["Round", [near(4)], { opset: 11 }],
      ["Round", [HALVES], { opset: 11 }],
    ]);
  });

  describe("casts", () => {
    agrees([
      ["Cast", [near(4)], { attributes: { to: 7 }, outputs: ["int64"] }],
      ["Cast", [HALVES], { attributes: { to: 6 }, outputs: ["int32"] }],
      ["Cast", [given(x(4), 0, -1, 0.25, 3)], { attributes: { to: 9 }, ...BOOL }],
      ["Cast", [whole(9)], { attributes: { to: 9 }, ...BOOL }],
      ["Cast", [whole(9)], { attributes: { to: 1 } }],
      ["Cast", [bits(9)], { attributes: { to: 1 } }],
      ["Cast", [bits(9)], { opset: 9, attributes: { to: 7 }, ...INT64 }],
      ["Cast", [{ shape: [3], dtype: "double" }], { attributes: { to: 1 } }],
      ["Cast", [x(3)], { opset: 19, attributes: { to: 11 }, outputs: ["double"] }],
      ["CastLike", [near(4), list(1)], { opset: 15, ...INT64 }],
      ["CastLike", [whole(4), x(1)], { opset: 15 }],
    ]);
  });

  describe("comparisons and logic", () => {
    const [a, b] = [given(x(6), -1, 0, 1, 1, 2, 0.5), given(x(6), -1, 0.5, 1, 0, 2.5, 0.5)];
    agrees([
      ...["Less", "Greater", "Equal"].map((op) => [op, [a, b], BOOL] as const),
      ...["LessOrEqual", "GreaterOrEqual"].map(
        (op) => [op, [a, b], { opset: 12, ...BOOL }] as const,
      ),
      ["Less", [x(2, 3), weight(3)], { opset: 7, ...BOOL }],
      ["Greater", [x(2, 3), weight(2, 1)], { opset: 9, ...BOOL }],
      ["Equal", [whole(9), list(0)], { opset: 7, ...BOOL }],
      ["Equal", [bits(9), bits(9)], BOOL],
      ...["And", "Or", "Xor"].map(
        (op) => [op, [bits(2, 6), bits(6)], { opset: 7, ...BOOL }] as const,
      ),
      ["Not", [bits(6)], BOOL],
      ["Where", [bits(2, 6), x(6), x(2, 1)], { opset: 9 }],
      ["Where", [fixed(bits(2, 6)), x(6), x(2, 1)]],
      ["Where", [fixed(bits(2, 1)), weight(6), x(6)]],
      ["Where", [bits(6), whole(6), list(0)], INT64],
      ["IsNaN", [x(6)], BOOL],
      ["IsInf", [x(6)], { attributes: { detect_negative: 0 }, ...BOOL }],
    ]);
  });
});
