import type { OpReader } from "../opReader.ts";

export const add: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => [],
  read({ name, inputs, output }) {
    const terms = inputs as [string, string];
    return {
      nodes: [{ op: "sum", name, inputs: terms, factors: [1, 1], relu: false, output }],
    };
  },
};
