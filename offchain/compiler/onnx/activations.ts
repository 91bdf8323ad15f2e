import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import { scalar } from "./formulas.ts";

/** An activation function with its parameters where it has any. */
export type Activation = {
  /** Defaults of `alpha` and `beta`. */
  readonly defaults: readonly number[];
  readonly write: (ops: FloatOps, x: FloatId, parameters: readonly number[]) => FloatId;
};

/** Those of opset 7 and recurrent layers, by ONNX name. */
export const ACTIVATIONS = {
  Affine: activation([1, 0], (ops, x, [alpha = 1, beta = 0]) => ramp(ops, x, alpha, beta)),
  /** `max(x, 0) + alpha (e^min(x, 0) - 1)`: the exponential has no positive argument. */
  Elu: activation([1], (ops, x, [alpha = 1]) => elu(ops, x, alpha, 1, 1)),
  HardSigmoid: activation([0.2, 0.5], (ops, x, [alpha = 0.2, beta = 0.5]) =>
    hardSigmoid(ops, x, alpha, beta),
  ),
  LeakyRelu: activation([0.01], (ops, x, [alpha = 0.01]) =>
    ops.sum([ops.relu(x), 1 - alpha], [x, alpha]),
  ),
  Relu: activation([], (ops, x) => ops.relu(x)),
  ScaledTanh: activation([1, 1], (ops, x, [alpha = 1, beta = 1]) =>
    ops.scale(ops.unary({ kind: "tanh" }, ops.scale(x, beta)), alpha),
  ),
  Sigmoid: activation([], (ops, x) => ops.unary({ kind: "sigmoid" }, x)),
  Softplus: activation([], (ops, x) => softplus(ops, x)),
  /** Both ReLUs, so that the divisor is seen to be positive. */
  Softsign: activation([], (ops, x) => {
    const negative = ops.relu(ops.scale(x, -1));
    return ops.divide(x, ops.sum([ops.relu(x), 1], [negative, 1], [scalar(ops, 1), 1]));
  }),
  Tanh: activation([], (ops, x) => ops.unary({ kind: "tanh" }, x)),
  ThresholdedRelu: activation([1], (ops, x, [alpha = 1]) =>
    ops.select(ops.compare("less", scalar(ops, alpha), x), x, scalar(ops, 0)),
  ),
} satisfies Readonly<Record<string, Activation>>;

/** `gamma (max(x, 0) + alpha (e^(min(x, 0) / width) - 1))`. */
export function elu(
  ops: FloatOps,
  x: FloatId,
  alpha: number,
  gamma: number,
  width: number,
): FloatId {
  const negative = ops.relu(ops.scale(x, -1));
  const power = ops.unary({ kind: "exp" }, ops.scale(negative, -1 / width));
  const height = gamma * alpha;
  // max(x, 0) = x + max(-x, 0): one ReLU for both halves.
  return ops.sum([x, gamma], [negative, gamma], [power, height], [scalar(ops, -height), 1]);
}

/** `min(max(alpha x + beta, 0), 1)`. */
export function hardSigmoid(ops: FloatOps, x: FloatId, alpha: number, beta: number): FloatId {
  const line = ramp(ops, x, alpha, beta);
  return ops.subtract(ops.relu(line), ops.relu(ops.subtract(line, scalar(ops, 1))));
}

/** `ln(1 + e^x)`, whose part beside the ReLU is tabulated. */
export function softplus(ops: FloatOps, x: FloatId): FloatId {
  return ops.add(ops.relu(x), ops.unary({ kind: "softplusTail" }, x));
}

/** `x Φ(x)`, or its approximation by tanh. */
export function gelu(ops: FloatOps, x: FloatId, approximate: "none" | "tanh"): FloatId {
  const half = ops.scale(x, 0.5);
  if (approximate === "none") {
    const erf = ops.unary({ kind: "erf" }, ops.scale(x, Math.SQRT1_2));
    return ops.multiply(half, ops.add(erf, scalar(ops, 1)));
  }
  const factor = Math.sqrt(2 / Math.PI);
  const cube = ops.multiply(ops.multiply(x, x), x);
  const argument = ops.sum([x, factor], [cube, factor * 0.044715]);
  return ops.multiply(half, ops.add(ops.unary({ kind: "tanh" }, argument), scalar(ops, 1)));
}

/** `x - bias` above `lambd`, `x + bias` below `-lambd`, else 0. */
export function shrink(ops: FloatOps, x: FloatId, bias: number, lambd: number): FloatId {
  const isBelow = ops.compare("less", x, scalar(ops, -lambd));
  const isAbove = ops.compare("less", scalar(ops, lambd), x);
  const inner = ops.select(isAbove, ops.subtract(x, scalar(ops, bias)), scalar(ops, 0));
  return ops.select(isBelow, ops.add(x, scalar(ops, bias)), inner);
}

function ramp(ops: FloatOps, x: FloatId, alpha: number, beta: number): FloatId {
  if (beta === 0) return ops.scale(x, alpha);
  return ops.sum([x, alpha], [scalar(ops, beta), 1]);
}

function activation(defaults: readonly number[], write: Activation["write"]): Activation {
  return { defaults, write };
}
