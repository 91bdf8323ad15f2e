import {
  bits,
  fixed,
  given,
  ints,
  list,
  real,
  weight,
  whole,
  x,
} from "../../test/helpers/opRows.ts";
import type { OpEntries } from "./opEntry.ts";

const COMPUTED =
  "constant indices move data; computed ones are looked up, an index out of range gives 0";
const LOOKUPS = [4, "computed index into 16"] as const;
const UPDATES = [4, "computed update of 16"] as const;
const SCATTERED =
  "`reduction` none or add; computed indices are compared with every place that they may name";

/** Ops that move elements, and those that make constants. */
export const MOVEMENT_OPS: OpEntries = {
  Concat: { inputs: [x(8), x(8)], attributes: { axis: 0 } },
  DepthToSpace: { inputs: [x(1, 4, 2, 2)], attributes: { blocksize: 2 } },
  Expand: { inputs: [x(4, 1), list(4, 4)], note: "constant shape" },
  Flatten: { inputs: [x(2, 2, 4)] },
  Identity: { inputs: [x(16)] },
  Pad: {
    inputs: [x(2, 2), list(1, 1, 1, 1)],
    note: "constant pads; constant, reflect, edge and wrap",
  },
  Reshape: { inputs: [x(16), list(4, 4)], note: "constant shape" },
  ReverseSequence: { inputs: [x(4, 4), list(1, 2, 3, 4)], since: 10, note: "constant lengths" },
  Slice: {
    inputs: [x(32), list(0), list(16)],
    note: "constant starts, ends, axes and steps",
  },
  SpaceToDepth: { inputs: [x(1, 1, 4, 4)], attributes: { blocksize: 2 } },
  Split: { inputs: [x(16)], outputs: ["float", "float"], note: "constant lengths" },
  Squeeze: { inputs: [x(1, 16), list(0)], note: "constant axes" },
  Tile: { inputs: [x(8), list(2)], note: "constant repeats" },
  Transpose: { inputs: [x(4, 4)] },
  Trilu: { inputs: [x(4, 4)], since: 14, note: "constant diagonal" },
  Unsqueeze: { inputs: [x(16), list(0)], note: "constant axes" },

  Compress: {
    inputs: [x(16), fixed(given(bits(16), ...new Array<number>(16).fill(1)))],
    attributes: { axis: 0 },
    since: 9,
    note: "constant mask: the output's shape depends on it",
  },
  Gather: { inputs: [x(16), whole(4)], unit: LOOKUPS, note: COMPUTED },
  GatherElements: { inputs: [x(16), whole(4)], since: 11, unit: LOOKUPS, note: COMPUTED },
  GatherND: { inputs: [x(16), whole(4, 1)], since: 11, unit: LOOKUPS, note: COMPUTED },
  OneHot: {
    inputs: [whole(1), ints([], 16), given(weight(2), 0, 1)],
    since: 9,
    note: "constant depth and values; an index out of range gives the off value only",
  },
  Scatter: {
    inputs: [x(16), whole(4), x(4)],
    opset: 9,
    since: 9,
    until: 10,
    unit: UPDATES,
    note: "as ScatterElements",
  },
  ScatterElements: { inputs: [x(16), whole(4), x(4)], since: 11, unit: UPDATES, note: SCATTERED },
  ScatterND: { inputs: [x(16), whole(4, 1), x(4)], since: 11, unit: UPDATES, note: SCATTERED },

  Constant: {
    inputs: [],
    attributes: { value_floats: { floats: [1, 2] } },
    note: "of numbers; not sparse",
  },
  ConstantOfShape: { inputs: [list(16)], since: 9, note: "constant shape" },
  EyeLike: { inputs: [x(4, 4)], since: 9 },
  NonZero: {
    inputs: [weight(16)],
    outputs: ["int64"],
    since: 9,
    note: "of a constant: the output's shape depends on it",
  },
  Range: {
    inputs: [ints([], 0), ints([], 16), ints([], 1)],
    outputs: ["int64"],
    since: 11,
    note: "constant bounds",
  },
  Shape: { inputs: [x(16)], outputs: ["int64"] },
  Size: { inputs: [x(16)], outputs: ["int64"] },

  Dropout: { inputs: [x(16), real(0.5)], note: "the identity; training mode is refused" },
};
