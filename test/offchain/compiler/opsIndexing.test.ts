import type { OpInput } from "../../helpers/opCase.ts";
import {
  agrees,
  bits,
  fixed,
  given,
  ints,
  list,
  real,
  weight,
  whole,
  x,
} from "../../helpers/opRows.ts";

const INT64 = { outputs: ["int64"] } as const;
/** Computed indices. */
const at = (shape: readonly number[], ...values: readonly number[]): OpInput =>
  given(whole(...shape), ...values);

describe("indexing against onnxruntime", () => {
  describe("Gather", () => {
    agrees([
      ["Gather", [x(4, 3), list(3, 0, -1)], { opset: 7 }],
      ["Gather", [x(2, 4, 3), ints([2, 2], 1, -4, 0, 3)], { opset: 11, attributes: { axis: 1 } }],
      ["Gather", [x(4, 3), ints([], 2)]],
      ["Gather", [x(4, 3), ints([], -1)], { attributes: { axis: -1 } }],
      ["Gather", [weight(5, 3), at([4], 3, 0, -1, -5)]],
      ["Gather", [weight(2, 5, 3), at([2, 2], 1, -4, 0, 3)], { attributes: { axis: 1 } }],
      ["Gather", [x(5, 3), at([4], 3, 0, -1, -5)]],
      ["Gather", [x(5), at([4], 3, 0, -1, -5)]],
      ["Gather", [x(2, 3, 4), at([2], 3, -3)], { attributes: { axis: -1 } }],
      ["Gather", [list(7, -8, 9), at([], 2)], INT64],
      ["Gather", [whole(6), at([3], 5, 1, 1)], INT64],
      ["Gather", [whole(3, 2), at([2], 1, 2)], INT64],
    ]);
  });

  describe("GatherElements", () => {
    const axis1 = { attributes: { axis: 1 } };
    agrees([
      ["GatherElements", [x(3, 4), ints([2, 4], 0, 2, 1, -1, 1, 1, 0, 2)], { opset: 11 }],
      ["GatherElements", [x(3, 4), ints([3, 2], 0, -1, 2, 3, 1, 0)], axis1],
      ["GatherElements", [x(3, 4), at([3, 2], 0, -1, 2, 3, 1, 0)], axis1],
      ["GatherElements", [weight(3, 4), at([2, 4], 0, 2, 1, -1, 1, 1, 0, 2)]],
      ["GatherElements", [x(2, 3, 2), at([2, 1, 2], 0, 2, -1, 1)], { attributes: { axis: -2 } }],
      ["GatherElements", [whole(3), at([4], 0, 2, 1, 1)], INT64],
    ]);
  });

  describe("GatherND", () => {
    const batch = { opset: 12, attributes: { batch_dims: 1 } };
    agrees([
      ["GatherND", [x(2, 3), ints([2, 2], 0, 1, -1, 2)], { opset: 11 }],
      ["GatherND", [x(2, 3, 2), ints([1, 2, 1], 1, 0)], { opset: 11 }],
      ["GatherND", [x(2, 3, 2), ints([2, 1], 1, -1)], batch],
      ["GatherND", [x(2, 3, 2), at([2, 2], 0, 1, -1, 2)]],
      ["GatherND", [weight(2, 3, 2), at([3, 1], 0, 1, -1)]],
      ["GatherND", [x(2, 3, 2), at([2, 1], 1, -1)], batch],
      ["GatherND", [x(2, 3), at([2, 2, 1], 1, -1, 0, 2)], batch],
      ["GatherND", [whole(2, 3), at([2, 2], 0, 1, 1, 2)], INT64],
    ]);
  });

  describe("ScatterElements", () => {
    const indices = ints([2, 3], 1, 0, 2, 0, 2, 1);
    const axis1 = { attributes: { axis: 1 } };
    const adds = { opset: 16, attributes: { reduction: "add" } };
    agrees([
      ["Scatter", [x(3, 3), indices, x(2, 3)], { opset: 9 }],
      ["ScatterElements", [x(3, 3), indices, x(2, 3)], { opset: 11 }],
      ["ScatterElements", [x(1, 5), ints([1, 2], 1, -1), x(1, 2)], axis1],
      ["ScatterElements", [weight(1, 5), ints([1, 2], 1, -1), x(1, 2)], axis1],
      ["ScatterElements", [x(5), list(1, 1, -1, 1), x(4)], adds],
      ["ScatterElements", [x(3, 3), at([2, 3], 1, 0, 2, 0, 2, 1), x(2, 3)]],
      ["ScatterElements", [x(2, 5), at([1, 2], 1, -1), x(1, 2)], axis1],
      ["ScatterElements", [x(5), at([4], 1, 1, -1, 1), x(4)], adds],
      ["ScatterElements", [whole(5), at([2], 0, 3), whole(2)], INT64],
    ]);
  });

  describe("ScatterND", () => {
    const adds = { opset: 16, attributes: { reduction: "add" } };
    agrees([
      ["ScatterND", [x(8), ints([4, 1], 4, 3, 1, 7), x(4)], { opset: 11 }],
      ["ScatterND", [x(4, 2, 2), ints([2, 1], 0, -2), x(2, 2, 2)]],
      ["ScatterND", [x(4, 3), ints([2, 2], 0, 1, 3, -1), weight(2)]],
      ["ScatterND", [x(4), ints([3, 1], 1, 1, 2), x(3)], adds],
      ["ScatterND", [x(8), at([4, 1], 4, 3, 1, 7), x(4)]],
      ["ScatterND", [x(4, 2, 2), at([2, 1], 0, -2), x(2, 2, 2)]],
      ["ScatterND", [x(4), at([3, 1], 1, 1, 2), x(3)], adds],
      ["ScatterND", [whole(4, 3), at([2, 2], 0, 1, 3, 2), whole(2)], INT64],
    ]);
  });

  describe("OneHot", () => {
    const values = { ...weight(2), values: [-1, 3] };
    agrees([
      ["OneHot", [at([4], 0, 3, -1, 9), list(4), values], { opset: 9 }],
      ["OneHot", [at([2, 2], 0, 3, -1, 2), ints([], 4), list(0, 1)], { opset: 11, ...INT64 }],
      ["OneHot", [at([2, 2], 0, 3, -1, 2), list(4), values], { attributes: { axis: 1 } }],
      ["OneHot", [ints([3], 0, 2, 1), list(3), list(0, 5)], { attributes: { axis: 0 }, ...INT64 }],
      ["OneHot", [given(x(3), 0, 2, 1), real(3), values]],
    ]);
  });

  describe("by mask", () => {
    agrees([
      [
        "Compress",
        [x(3, 2), fixed({ ...bits(3), values: [1, 0, 1] })],
        { opset: 11, attributes: { axis: 0 } },
      ],
      ["Compress", [x(2, 2), fixed({ ...bits(3), values: [0, 1, 1] })], { opset: 11 }],
    ]);
  });
});
