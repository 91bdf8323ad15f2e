import { bits, fixed, given, list, real, weight, whole, x } from "../../test/helpers/opRows.ts";
import type { OpEntries, OpEntry } from "./opEntry.ts";

const POSITIVE = [0.5, 1.5] as const;
const ONE: OpEntry = { inputs: [x(16)] };
const TWO: OpEntry = { inputs: [x(16), x(16)] };
const COMPARED: OpEntry = { ...TWO, outputs: ["bool"] };
const WRAPS =
  "integers of a narrow type do not wrap: a result that the type cannot hold stays as it is";
const LOGIC: OpEntry = { inputs: [bits(16), bits(16)], outputs: ["bool"] };
const ABOVE: OpEntry = { ...ONE, drawn: POSITIVE };
const TABLE = "a table over the calibrated range";

/** Ops that treat each element alike, in the order of the tables' families. */
export const ELEMENTWISE_OPS: OpEntries = {
  Abs: ONE,
  Add: { ...TWO, note: WRAPS },
  BitShift: {
    inputs: [whole(16), list(...new Array<number>(16).fill(1))],
    attributes: { direction: "RIGHT" },
    outputs: ["int64"],
    since: 11,
    note: "the numbers of bits are constant; nothing wraps on the left",
  },
  Div: { ...TWO, drawn: POSITIVE, note: "integers are divided towards zero" },
  Mean: TWO,
  Mod: {
    inputs: [whole(16), fixed(given(whole(1), 3))],
    outputs: ["int64"],
    since: 10,
    note: "of real numbers with `fmod` only",
  },
  Mul: { ...TWO, note: "as Add" },
  Neg: ONE,
  Reciprocal: ABOVE,
  Sign: { ...ONE, since: 9 },
  Sub: { ...TWO, note: "as Add" },
  Sum: TWO,

  Ceil: ONE,
  Floor: ONE,
  Round: { ...ONE, since: 11, note: "halves to the even number" },

  Exp: { ...ONE, note: `${TABLE}, or over [-8, 0] where the graph shows it never positive` },
  Log: { ...ABOVE, note: TABLE },
  Pow: {
    inputs: [x(16), real(3)],
    note: `one operand is constant: the exponent, or a positive base; whole exponents up to 16 are products, 1/2 is a root, others are ${TABLE}`,
  },
  Sqrt: { ...ABOVE, note: "exact: the floor of the root" },

  Acos: { ...ONE, note: TABLE },
  Acosh: { ...ONE, drawn: [1, 1.9], since: 9, note: TABLE },
  Asin: { ...ONE, note: TABLE },
  Asinh: { ...ONE, since: 9, note: TABLE },
  Atan: { ...ONE, note: TABLE },
  Atanh: { ...ONE, since: 9, note: TABLE },
  Cos: { ...ONE, note: TABLE },
  Cosh: { ...ONE, since: 9, note: TABLE },
  Sin: { ...ONE, note: TABLE },
  Sinh: { ...ONE, since: 9, note: TABLE },
  Tan: { ...ONE, note: TABLE },

  Clip: {
    inputs: [x(16), real(-0.5), real(0.5)],
    note: "bounds are attributes before opset 11",
  },
  Max: TWO,
  Min: TWO,

  Celu: { ...ONE, since: 12, note: "`alpha` is not 0" },
  Elu: ONE,
  Erf: { ...ONE, since: 9 },
  Gelu: { ...ONE, since: 20 },
  HardSigmoid: ONE,
  HardSwish: { ...ONE, since: 14 },
  LeakyRelu: ONE,
  Mish: { ...ONE, since: 18 },
  PRelu: { inputs: [x(16), weight(1)] },
  Relu: { ...ONE, note: "free where a rescale of the layer before takes it in" },
  Selu: ONE,
  Shrink: { ...ONE, since: 9 },
  Sigmoid: ONE,
  Softplus: ONE,
  Softsign: ONE,
  Tanh: ONE,
  ThresholdedRelu: { ...ONE, since: 10 },

  And: LOGIC,
  Equal: COMPARED,
  Greater: COMPARED,
  GreaterOrEqual: { ...COMPARED, since: 12 },
  IsInf: { ...ONE, outputs: ["bool"], since: 10, note: "false: no value of a graph is infinite" },
  IsNaN: { ...ONE, outputs: ["bool"], since: 9, note: "false: each value of a graph is a number" },
  Less: COMPARED,
  LessOrEqual: { ...COMPARED, since: 12 },
  Not: { inputs: [bits(16)], outputs: ["bool"] },
  Or: LOGIC,
  Where: {
    inputs: [bits(16), x(16), x(16)],
    since: 9,
    note: "a constant condition makes it a movement of data",
  },
  Xor: LOGIC,

  Cast: {
    ...ONE,
    attributes: { to: 7 },
    outputs: ["int64"],
    note: "not to texts; a number that the narrower type cannot hold stays as it is",
  },
  CastLike: {
    inputs: [x(16), whole(1)],
    outputs: ["int64"],
    since: 15,
    note: "as Cast",
  },
  QuantizeLinear: {
    inputs: [x(16), real(0.1)],
    outputs: ["uint8"],
    since: 10,
    note: "constant scale and zero point, none of blocks; to integers of 8, 16 or 32 bits",
  },
  DequantizeLinear: {
    inputs: [{ shape: [16], dtype: "uint8" }, real(0.1)],
    since: 10,
    note: "constant scale and zero point, none of blocks",
  },
};
