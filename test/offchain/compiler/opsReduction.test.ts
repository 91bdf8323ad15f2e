import { agrees, above, bits, given, list, whole, x } from "../../helpers/opRows.ts";
import type { OpRow } from "../../helpers/opRows.ts";

const INT64 = { outputs: ["int64"] } as const;
const TIES = given(x(2, 5), 1, 3, 3, 0, 3, -1, -1, -2, -1, -2);

describe("reductions against onnxruntime", () => {
  const plain = ["ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd"];
  const more = ["ReduceSum", "ReduceSumSquare", "ReduceLogSumExp"];
  for (const op of [...plain, ...more]) {
    describe(op, () => {
      const byInput = op === "ReduceSum" ? 13 : 18;
      const before = byInput - 1;
      agrees([
        [op, [x(2, 3, 4)], { opset: 7, attributes: { axes: [1] } }],
        [op, [x(2, 3, 4)], { opset: 11, attributes: { axes: [-1, 0], keepdims: 0 } }],
        [op, [x(2, 3, 4)], { opset: before, attributes: { keepdims: 0 } }],
        [op, [x(2, 3, 4), list(-2)], { opset: byInput }],
        [op, [x(2, 3, 4), list(2, 0)], { opset: byInput, attributes: { keepdims: 0 } }],
        [op, [x(2, 3, 4)], { opset: byInput }],
        [op, [x(5, 1), list(0)], { opset: byInput }],
      ]);
    });
  }

  describe("on other operands", () => {
    agrees([
      ["ReduceLogSum", [above(2, 3)], { attributes: { axes: [1] } }],
      ["ReduceLogSum", [above(2, 3), list(0)], { opset: 18 }],
      ["ReduceSum", [x(2, 3)], { attributes: { noop_with_empty_axes: 1 } }],
      ["ReduceMax", [x(2, 3)], { opset: 18, attributes: { noop_with_empty_axes: 1 } }],
      ["ReduceL1", [x(2, 3)], { opset: 18, attributes: { noop_with_empty_axes: 1 } }],
      ["ReduceSumSquare", [x(2, 3)], { opset: 18, attributes: { noop_with_empty_axes: 1 } }],
      ["ReduceSum", [whole(2, 3), list(1)], INT64],
      ["ReduceMax", [whole(2, 3)], INT64],
      ["ReduceMin", [whole(2, 3)], { attributes: { axes: [0] }, ...INT64 }],
      ["ReduceProd", [whole(2, 3)], { attributes: { axes: [0] }, ...INT64 }],
      [
        "ReduceMean",
        [given({ ...whole(2, 2), dtype: "int32" }, 3, 4, -3, -4)],
        { attributes: { axes: [1] }, outputs: ["int32"] },
      ],
      [
        "ReduceLogSumExp",
        [{ shape: [2, 3], spread: 500 }],
        { attributes: { axes: [1] }, tolerance: 1e-4 },
      ],
      ["ReduceMax", [bits(2, 3), list(1)], { opset: 20, outputs: ["bool"] }],
    ]);
  });

  for (const op of ["ArgMax", "ArgMin"]) {
    describe(op, () => {
      agrees([
        [op, [x(2, 3, 4)], { opset: 7, ...INT64 }],
        [op, [x(2, 3, 4)], { opset: 11, attributes: { axis: -2, keepdims: 0 }, ...INT64 }],
        [op, [TIES], { attributes: { axis: 1 }, ...INT64 }],
        [op, [TIES], { attributes: { axis: 1, select_last_index: 1 }, ...INT64 }],
        [op, [TIES], { attributes: { axis: 0, select_last_index: 1 }, ...INT64 }],
        [op, [given(x(3, 2), 1, 1, 0, 2, 2, 0)], { attributes: { axis: 1 }, ...INT64 }],
        [
          op,
          [given(x(3, 2), 1, 1, 0, 2, 2, 0)],
          { attributes: { axis: 1, select_last_index: 1 }, ...INT64 },
        ],
        [op, [x(3, 1)], { attributes: { axis: 1 }, ...INT64 }],
      ]);
    });
  }

  describe("TopK", () => {
    const both = { outputs: ["float", "int64"] } as const;
    const rows: readonly OpRow[] = [
      ["TopK", [x(3, 6)], { opset: 9, attributes: { k: 2 }, ...both }],
      ["TopK", [x(3, 6), list(4)], { opset: 10, attributes: { axis: 1 }, ...both }],
      ["TopK", [x(3, 6), list(6)], { opset: 11, ...both }],
      ["TopK", [x(4, 3), list(2)], { opset: 11, attributes: { axis: 0 }, ...both }],
      ["TopK", [TIES, list(4)], both],
      ["TopK", [TIES, list(4)], { attributes: { largest: 0 }, ...both }],
      ["TopK", [TIES, list(1)], both],
      ["TopK", [TIES, list(1)], { attributes: { largest: 0 }, ...both }],
      ["TopK", [whole(9), list(5)], { outputs: ["int64", "int64"] }],
    ];
    agrees(rows);
  });

  describe("CumSum", () => {
    agrees([
      ["CumSum", [x(2, 5), list(1)], { opset: 11 }],
      ["CumSum", [x(3, 2, 2), list(-3)], {}],
      ["CumSum", [x(7), list(0)], { attributes: { exclusive: 1 } }],
      ["CumSum", [x(7), list(0)], { attributes: { reverse: 1 } }],
      ["CumSum", [x(8), list(0)], { attributes: { exclusive: 1, reverse: 1 } }],
      ["CumSum", [x(1), list(0)], { attributes: { exclusive: 1 } }],
      ["CumSum", [whole(6), list(0)], INT64],
    ]);
  });
});
