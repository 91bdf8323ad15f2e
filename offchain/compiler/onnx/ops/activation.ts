import { one, operand } from "../operands.ts";
import type { OpReader, OpTable } from "../opReader.ts";

const relu: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => [],
  read(node, ops) {
    const { id, dtype } = operand(node, 0);
    return one(ops.relu(id), dtype);
  },
};

export const ACTIVATION_OPS = { Relu: relu } satisfies OpTable;
