import type {
  IntegerGraph,
  IntegerNode,
  IntegerType,
  Parameter,
  Tensor,
} from "../../offchain/compiler/ir/integerGraph.ts";

export const signed = (bits: number): IntegerType => ({ bits, signed: true });
export const unsigned = (bits: number): IntegerType => ({ bits, signed: false });
export const BIT: IntegerType = unsigned(1);

export function tensor(id: string, shape: readonly number[], type: IntegerType): Tensor {
  return { id, shape, type };
}

export function values(
  id: string,
  shape: readonly number[],
  type: IntegerType,
  integers: readonly (bigint | number)[],
): Parameter {
  return { id, shape, type, values: integers.map(BigInt) };
}

type Unnamed<Node> = Node extends IntegerNode ? Omit<Node, "name"> : never;
/** A node, named as its output. */
export type NodeDraft = Unnamed<IntegerNode>;

/** A graph from `input` through the nodes to the last one's output. */
export function graphOf(
  input: Tensor,
  nodes: readonly NodeDraft[],
  known: Partial<Pick<IntegerGraph, "parameters" | "constants" | "carried">> = {},
): IntegerGraph {
  const output = nodes.at(-1)?.output ?? input;
  return {
    ...{ name: "test", input, output, parameters: [], constants: [], ...known },
    nodes: nodes.map((it) => ({ ...it, name: it.output.id })),
  };
}
