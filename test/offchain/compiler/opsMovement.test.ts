import { agrees, fixed, ints, list, real, weight, whole, x } from "../../helpers/opRows.ts";

const INT64 = { outputs: ["int64"] } as const;
const LAST = 2 ** 63 - 2 ** 10;

describe("movement of data against onnxruntime", () => {
  describe("shapes", () => {
    agrees([
      ["Reshape", [x(2, 3, 4), list(4, 6)], { opset: 7 }],
      ["Reshape", [x(2, 3, 4), list(0, -1)], { opset: 14 }],
      ["Reshape", [x(2, 3, 4), list(-1)]],
      ["Reshape", [x(1), ints([0])]],
      ["Reshape", [whole(2, 3), list(3, 2)], INT64],
      ["Flatten", [x(2, 3, 4)], { opset: 7 }],
      ["Flatten", [x(2, 3, 4)], { opset: 9, attributes: { axis: 0 } }],
      ["Flatten", [x(2, 3, 4)], { attributes: { axis: 3 } }],
      ["Flatten", [x(2, 3, 4)], { opset: 11, attributes: { axis: -1 } }],
      ["Squeeze", [x(1, 3, 1)], { opset: 7 }],
      ["Squeeze", [x(1, 3, 1)], { opset: 11, attributes: { axes: [-1] } }],
      ["Squeeze", [x(1, 3, 1), list(0)]],
      ["Squeeze", [x(1, 3, 1)]],
      ["Unsqueeze", [x(3, 4)], { opset: 7, attributes: { axes: [2, 0] } }],
      ["Unsqueeze", [x(3, 4)], { opset: 11, attributes: { axes: [-1] } }],
      ["Unsqueeze", [x(3, 4), list(0, -1)]],
      ["Expand", [x(3, 1), list(2, 1, 4)], { opset: 8 }],
      ["Expand", [x(3, 4), list(1)]],
      ["Expand", [weight(2, 1), list(2, 2)]],
      ["Tile", [x(2, 3), list(2, 3)], { opset: 7 }],
      ["Tile", [x(2, 1, 3), list(1, 2, 2)]],
      ["Identity", [x(2, 3)], { opset: 7 }],
      ["Identity", [weight(2, 3)]],
    ]);
  });

  describe("order", () => {
    agrees([
      ["Transpose", [x(2, 3, 4)], { opset: 7 }],
      ["Transpose", [x(2, 3, 4)], { attributes: { perm: [1, 2, 0] } }],
      ["DepthToSpace", [x(1, 8, 2, 3)], { opset: 7, attributes: { blocksize: 2 } }],
      ["DepthToSpace", [x(2, 8, 2, 3)], { attributes: { blocksize: 2, mode: "CRD" } }],
      ["DepthToSpace", [x(1, 9, 1, 2)], { attributes: { blocksize: 3, mode: "DCR" } }],
      ["SpaceToDepth", [x(2, 2, 4, 6)], { opset: 7, attributes: { blocksize: 2 } }],
      ["Trilu", [x(3, 4)], { opset: 14 }],
      ["Trilu", [x(2, 4, 3), ints([], 1)], { opset: 14, attributes: { upper: 0 } }],
      ["Trilu", [x(4, 4), ints([], -2)], { opset: 14 }],
      ["ReverseSequence", [x(4, 3), list(1, 4, 2)], { opset: 10 }],
      [
        "ReverseSequence",
        [x(3, 4, 2), list(1, 4, 2)],
        { attributes: { batch_axis: 0, time_axis: 1 } },
      ],
    ]);
  });

  describe("parts", () => {
    const three = { outputs: ["float", "float", "float"] } as const;
    agrees([
      ["Concat", [x(2, 3), x(2, 1), weight(2, 2)], { opset: 7, attributes: { axis: 1 } }],
      ["Concat", [x(2, 3), x(1, 3)], { attributes: { axis: -2 } }],
      ["Concat", [x(2, 3)], { attributes: { axis: 0 } }],
      ["Concat", [x(2, 3), weight(0, 3)], { attributes: { axis: 0 } }],
      ["Split", [x(2, 6)], { opset: 7, attributes: { axis: 1 }, ...three }],
      ["Split", [x(6)], { opset: 11, attributes: { axis: -1, split: [1, 2, 3] }, ...three }],
      ["Split", [x(6, 2), list(1, 4, 1)], three],
      ["Split", [x(7)], { opset: 18, attributes: { num_outputs: 3 }, ...three }],
      ["Slice", [x(4, 5)], { opset: 7, attributes: { starts: [1, -4], ends: [3, 9] } }],
      ["Slice", [x(4, 5)], { opset: 9, attributes: { starts: [1], ends: [-1], axes: [1] } }],
      ["Slice", [x(4, 5), list(0, 1), list(4, 4)], { opset: 10 }],
      ["Slice", [x(4, 5), list(-3), list(LAST), list(-1), list(2)]],
      ["Slice", [x(4, 5), list(-1), list(-LAST), list(0), list(-1)]],
      ["Slice", [x(4, 5), list(9, 3), list(0, 1), list(1, 0), list(-2, -1)]],
      ["Slice", [whole(6), list(1), list(3)], INT64],
    ]);
  });

  describe("Pad", () => {
    agrees([
      ["Pad", [x(2, 3)], { opset: 7, attributes: { pads: [1, 0, 0, 2] } }],
      ["Pad", [x(2, 3)], { opset: 10, attributes: { pads: [0, 1, 1, -1], value: { float: 0.5 } } }],
      ["Pad", [x(3, 4)], { opset: 7, attributes: { pads: [1, 2, 2, 1], mode: "reflect" } }],
      ["Pad", [x(3, 4), list(2, 1, 0, 3)], { attributes: { mode: "edge" } }],
      ["Pad", [x(3, 4), list(1, 0, 0, 1), real(1.5)], { opset: 11 }],
      ["Pad", [x(3, 4), list(1, 0, 0, 1), undefined], { attributes: { mode: "constant" } }],
      ["Pad", [x(3, 4), list(1, 2), undefined, list(-1)], { opset: 18 }],
      ["Pad", [x(3, 4), list(2, 3, 1, 4)], { opset: 19, attributes: { mode: "wrap" } }],
      ["Pad", [whole(3), list(1, 1), { ...list(7), shape: [] }], INT64],
    ]);
  });

  describe("constants", () => {
    agrees([
      ["Shape", [x(2, 3, 4)], { opset: 7, ...INT64 }],
      ["Shape", [x(2, 3, 4)], { opset: 15, attributes: { start: 1 }, ...INT64 }],
      ["Shape", [x(2, 3, 4)], { opset: 15, attributes: { start: -3, end: -1 }, ...INT64 }],
      ["Shape", [x(2, 3, 4)], { opset: 15, attributes: { start: -9, end: 9 }, ...INT64 }],
      ["Size", [x(2, 3, 4)], INT64],
      ["EyeLike", [x(3, 4)], { opset: 9, attributes: { k: 1 } }],
      ["EyeLike", [x(3, 2)], { attributes: { k: -1, dtype: 7 }, ...INT64 }],
      ["Range", [ints([], 2), ints([], 11), ints([], 3)], { opset: 11, ...INT64 }],
      ["Range", [real(1), real(-0.5), real(-0.25)], { opset: 11 }],
      ["ConstantOfShape", [list(2, 3)], { opset: 9 }],
      [
        "ConstantOfShape",
        [list(2, 1)],
        {
          attributes: { value: { tensor: { dataType: 7, dims: [1n], int64Data: [-3n] } } },
          ...INT64,
        },
      ],
      ["NonZero", [fixed({ ...x(2, 3), values: [0, 1, 2, 0, 0, 3] })], INT64],
      [
        "Constant",
        [],
        {
          opset: 7,
          attributes: { value: { tensor: { dataType: 1, dims: [2n], floatData: [1, 2] } } },
        },
      ],
      ["Constant", [], { attributes: { value_float: { float: 1.5 } } }],
      ["Constant", [], { attributes: { value_floats: { floats: [1.5, 2] } } }],
      ["Constant", [], { attributes: { value_int: 3 }, ...INT64 }],
      ["Constant", [], { attributes: { value_ints: [3, -4] }, ...INT64 }],
      ["Dropout", [x(2, 3)], { opset: 7, attributes: { ratio: { float: 0.5 } } }],
      ["Dropout", [x(2, 3)], { opset: 10, outputs: ["float", "bool"] }],
      ["Dropout", [x(2, 3), real(0.5), fixed({ shape: [], dtype: "bool", values: [0] })], {}],
    ]);
  });
});
