import { scalar } from "../formulas.ts";
import { operand, refuse } from "../operands.ts";
import type { OpReader, OpTable } from "../opReader.ts";

const identity: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => [],
  read: (node) => [operand(node, 0)],
};

/** At inference nothing is dropped; the mask is then all ones, before opset 12 all zeros. */
const dropout: OpReader = {
  inputs: { least: 1, most: 3 },
  outputs: { least: 1, most: 2 },
  attributes: (opset) => (opset < 12 ? ["ratio"] : ["seed"]),
  read(node, ops) {
    const input = operand(node, 0);
    const training = node.inputs[2];
    const isOff = training === undefined || ops.valuesOf(training.id)?.[0] === 0;
    if (!isOff) refuse(node, "it drops at random in training mode; export the model for inference");
    const mask = ops.broadcast(scalar(ops, node.opset < 12 ? 0 : 1), ops.shapeOf(input.id));
    return [input, { id: mask, dtype: "boolean" }];
  },
};

export const INFERENCE_OPS = { Dropout: dropout, Identity: identity } satisfies OpTable;
