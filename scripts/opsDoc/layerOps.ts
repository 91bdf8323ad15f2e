import { given, list, weight, x } from "../../test/helpers/opRows.ts";
import type { OpEntries, OpEntry } from "./opEntry.ts";

const POSITIVE = [0.5, 1.5] as const;
const IMAGE = x(1, 1, 4, 4);
const ROW: OpEntry = { inputs: [x(1, 16)], attributes: { axis: 1 } };
const REDUCED: OpEntry = {
  inputs: [x(1, 16)],
  attributes: { axes: [1] },
  opset: 13,
  note: "constant axes",
};
const LOGARITHM = "constant axes; the logarithm is a table over the calibrated range";
const RECURRENT =
  "constant weights; sequences of full length; unrolled, at most 4096 steps; no `clip`";
const WINDOWS = [16, "output of 9 weights"] as const;
const OUTPUTS = [16, "output of 16 weights"] as const;
const POOLS = [4, "window of 4"] as const;
const PARAMETERS = weight(1);
const recurrent = (gates: number): OpEntry => ({
  inputs: [x(4, 1, 4), weight(1, gates * 4, 4), weight(1, gates * 4, 4)],
  attributes: { hidden_size: 4 },
  unit: [16, "unit of 4 and step"],
  note: RECURRENT,
});

/** Layers of neural networks, reductions and choices. */
export const LAYER_OPS: OpEntries = {
  Conv: { inputs: [IMAGE, weight(1, 1, 3, 3)], attributes: { pads: [1, 1, 1, 1] }, unit: WINDOWS },
  ConvTranspose: {
    inputs: [IMAGE, weight(1, 1, 3, 3)],
    attributes: { pads: [1, 1, 1, 1] },
    unit: WINDOWS,
  },
  Einsum: {
    inputs: [x(4, 4), weight(4, 4)],
    attributes: { equation: "ij,jk->ik" },
    since: 12,
    unit: [16, "output of 4 weights"],
    note: "no ellipsis; operands are multiplied from the left",
  },
  Gemm: { inputs: [x(1, 16), weight(16, 16), weight(16)], unit: OUTPUTS },
  MatMul: {
    inputs: [x(1, 16), weight(16, 16)],
    unit: OUTPUTS,
    note: "of two computed operands, too",
  },

  AveragePool: {
    inputs: [IMAGE],
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
    unit: POOLS,
    note: "no window in the padding alone",
  },
  GlobalAveragePool: { inputs: [IMAGE] },
  GlobalLpPool: { inputs: [IMAGE], note: "orders 1 to 16; roots beyond the second are tables" },
  GlobalMaxPool: { inputs: [IMAGE] },
  LpPool: {
    inputs: [IMAGE],
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
    unit: POOLS,
    note: "orders 1 to 16; roots beyond the second are tables",
  },
  MaxPool: {
    inputs: [IMAGE],
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
    unit: POOLS,
    note: "without the output of indices; no window in the padding alone",
  },

  BatchNormalization: {
    inputs: [x(1, 1, 16), PARAMETERS, PARAMETERS, PARAMETERS, given(PARAMETERS, 1)],
    note: "of inference, which a layer before takes in; not `spatial` 0",
  },
  GroupNormalization: {
    inputs: [x(1, 2, 8), weight(1), weight(1)],
    attributes: { num_groups: 1, epsilon: 0.01 },
    since: 18,
  },
  InstanceNormalization: {
    inputs: [x(1, 1, 16), PARAMETERS, PARAMETERS],
    attributes: { epsilon: 0.01 },
  },
  LayerNormalization: {
    inputs: [x(1, 16), weight(16), weight(16)],
    attributes: { epsilon: 0.01 },
    since: 17,
  },
  LpNormalization: { inputs: [x(1, 16)], note: "orders 1 and 2" },
  LRN: {
    inputs: [x(1, 4, 2, 2)],
    attributes: { size: 3 },
    note: "other powers than 1 and 1/2 are tables over the calibrated range",
  },
  MeanVarianceNormalization: { inputs: [x(1, 1, 4, 4)], since: 9 },

  GRU: recurrent(3),
  LSTM: recurrent(4),
  RNN: recurrent(1),

  Resize: {
    inputs: [x(1, 1, 2, 2), undefined, given(weight(4), 1, 1, 2, 2)],
    attributes: { mode: "linear" },
    since: 10,
    note: "constant scales or sizes; integers to the nearest only",
  },
  Upsample: {
    inputs: [x(1, 1, 2, 2), given(weight(4), 1, 1, 2, 2)],
    attributes: { mode: "linear" },
    opset: 9,
    until: 9,
    note: "constant scales",
  },

  Hardmax: ROW,
  LogSoftmax: ROW,
  Softmax: ROW,

  CumSum: { inputs: [x(16), list(0)], since: 11, note: "constant axis" },
  ReduceL1: REDUCED,
  ReduceL2: REDUCED,
  ReduceLogSum: { ...REDUCED, drawn: POSITIVE, note: LOGARITHM },
  ReduceLogSumExp: { ...REDUCED, note: LOGARITHM },
  ReduceMax: REDUCED,
  ReduceMean: REDUCED,
  ReduceMin: REDUCED,
  ReduceProd: { ...REDUCED, inputs: [x(4, 4)] },
  ReduceSum: { inputs: [x(1, 16), list(1)], note: "constant axes" },
  ReduceSumSquare: REDUCED,

  ArgMax: { ...ROW, outputs: ["int64"] },
  ArgMin: { ...ROW, outputs: ["int64"] },
  TopK: {
    inputs: [x(1, 16), list(4)],
    outputs: ["float", "int64"],
    note: "constant k; every pair of the axis is compared, once",
  },
};
