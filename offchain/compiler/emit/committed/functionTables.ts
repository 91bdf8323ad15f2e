import type { IntegerGraph, IntegerNode } from "../../ir/integerGraph.ts";
import { rangeOfType } from "../../ir/range.ts";
import { elementsOf } from "../../ir/shape.ts";
import type { NodeFacts } from "../nodeTemplate.ts";

type Lookup = IntegerNode & { readonly op: "lookup" };

/** A function's table whose rows `(h, base[h], slope[h])` are looked up; nodes of one function share it. */
export type FunctionTable = {
  readonly nodes: readonly Lookup[];
  readonly base: readonly bigint[];
  readonly slope: readonly bigint[];
  readonly rows: number;
  readonly isSloped: boolean;
  /** Constraints of a lookup, without the range of its low bits. */
  readonly costEach: number;
};

/** The tables of functions that cost less than the bits of what is looked up, whatever range tables there are. */
export function functionTables(
  graph: IntegerGraph,
  { tensorOf, known }: NodeFacts,
  plainCost: (node: IntegerNode) => number,
): readonly FunctionTable[] {
  const groups = new Map<string, Lookup[]>();
  for (const node of graph.nodes) {
    if (node.op !== "lookup" || plainCost(node) === 0 || known(node.input) !== undefined) continue;
    const key = `${node.base.join()} ${node.slope.join()} ${node.lowBits}`;
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  return [...groups.values()].flatMap((nodes) => {
    const [first] = nodes;
    if (first === undefined) return [];
    const { lowBits, base } = first;
    const slope = lowBits === 0 ? base.map(() => 0n) : first.slope;
    const isSloped = slope.some((it) => it !== 0n);
    const costEach = isSloped ? 4 : 2;
    // The low bits cost one lookup in a fitting table, or so many bits.
    const elements = nodes.reduce((sum, it) => sum + elementsOf(it.output.shape), 0);
    const cost = elements * (costEach + lowBits) + base.length;
    const plain = nodes.reduce((sum, it) => sum + plainCost(it), 0);
    const isWide = nodes.some((it) => rangeOfType(tensorOf(it.input).type).hi >= 1n << 53n);
    if (cost >= plain || isWide) return [];
    return [{ nodes, base, slope, rows: base.length, isSloped, costEach }];
  });
}
