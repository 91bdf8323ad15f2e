import type { OpReader } from "../opReader.ts";

export const add: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => [],
  read({ name, inputs, output }) {
    const terms = inputs.flatMap((id) => (id === undefined ? [] : [{ id, factor: 1 }]));
    return { nodes: [{ op: "sum", name, terms, relu: false, output }] };
  },
};
