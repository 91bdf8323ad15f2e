import type { OpReader } from "../opReader.ts";

export const relu: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => [],
  read({ name, inputs, output }) {
    const [input] = inputs as [string];
    return { nodes: [{ op: "relu", name, input, output }] };
  },
};
