import { one, operand } from "../operands.ts";
import type { OpReader, OpTable } from "../opReader.ts";

const add: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => [],
  read(node, ops) {
    const [a, b] = [operand(node, 0), operand(node, 1)];
    return one(ops.add(a.id, b.id), a.dtype);
  },
};

export const ARITHMETIC_OPS = { Add: add } satisfies OpTable;
