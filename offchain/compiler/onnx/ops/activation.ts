import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import type { Activation } from "../activations.ts";
import { ACTIVATIONS, elu, gelu, hardSigmoid, shrink, softplus } from "../activations.ts";
import { floatAttribute, invalidAttribute, stringAttribute } from "../attributes.ts";
import { mismatch, one, operand } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";

/** `x` where positive, else `slope · x`; the slope is broadcast to the input. */
const prelu: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => [],
  read(node, ops) {
    const [x, slope] = [operand(node, 0), operand(node, 1)];
    const positive = ops.relu(x.id);
    const tail = ops.multiply(ops.subtract(x.id, positive), slope.id);
    if (ops.shapeOf(tail).join() !== ops.shapeOf(x.id).join()) {
      mismatch(node, `a slope [${ops.shapeOf(slope.id).join(", ")}]`);
    }
    return one(ops.add(positive, tail), x.dtype);
  },
};

export const ACTIVATION_OPS = {
  Celu: op(["alpha"], (node, ops, x) => {
    const alpha = floatAttribute(node, "alpha", 1);
    if (alpha === 0) invalidAttribute(node, "alpha", "it is 0");
    return elu(ops, x, alpha, 1, alpha);
  }),
  Elu: named("Elu", "alpha"),
  Erf: op([], (_, ops, x) => ops.unary({ kind: "erf" }, x)),
  Gelu: op(["approximate"], (node, ops, x) =>
    gelu(ops, x, stringAttribute(node, "approximate", "none", ["none", "tanh"])),
  ),
  HardSigmoid: named("HardSigmoid", "alpha", "beta"),
  HardSwish: op([], (_, ops, x) => ops.multiply(x, hardSigmoid(ops, x, 1 / 6, 0.5))),
  LeakyRelu: named("LeakyRelu", "alpha"),
  Mish: op([], (_, ops, x) => ops.multiply(x, ops.unary({ kind: "tanh" }, softplus(ops, x)))),
  PRelu: prelu,
  Relu: named("Relu"),
  Selu: op(["alpha", "gamma"], (node, ops, x) => {
    const alpha = floatAttribute(node, "alpha", 1.67326319217681884765625);
    return elu(ops, x, alpha, floatAttribute(node, "gamma", 1.05070102214813232421875), 1);
  }),
  Shrink: op(["bias", "lambd"], (node, ops, x) =>
    shrink(ops, x, floatAttribute(node, "bias", 0), floatAttribute(node, "lambd", 0.5)),
  ),
  Sigmoid: named("Sigmoid"),
  Softplus: named("Softplus"),
  Softsign: named("Softsign"),
  Tanh: named("Tanh"),
  ThresholdedRelu: named("ThresholdedRelu", "alpha"),
} satisfies OpTable;

/** A function of one tensor, element by element. */
function op(
  attributes: readonly string[],
  write: (node: OnnxNode, ops: FloatOps, x: FloatId) => FloatId,
): OpReader {
  return {
    inputs: { least: 1, most: 1 },
    attributes: () => attributes,
    read(node, ops) {
      const { id, dtype } = operand(node, 0);
      return one(write(node, ops, id), dtype);
    },
  };
}

/** One of `ACTIVATIONS`, its parameters being attributes of these names. */
function named(name: keyof typeof ACTIVATIONS, ...attributes: readonly string[]): OpReader {
  const { defaults, write }: Activation = ACTIVATIONS[name];
  return op(attributes, (node, ops, x) =>
    write(
      ops,
      x,
      attributes.map((it, k) => floatAttribute(node, it, defaults[k] ?? 0)),
    ),
  );
}
