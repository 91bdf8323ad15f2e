import type { ConstraintEstimate } from "../emit/constraintEstimate.ts";
import type { IntegerGraph, IntegerNode, Parameter, Tensor, TensorId } from "../ir/integerGraph.ts";
import { operandsOf } from "../ir/integerGraph.ts";
import { elementsOf } from "../ir/shape.ts";
import { layersOf } from "./layersOf.ts";

/** What one node of the file costs; an op that became several integer operations is one layer. */
export type LayerPrice = {
  /** Name of the node in the file. */
  readonly name: string;
  /** Its op; empty for what the compiler added. */
  readonly op: string;
  /** Elements of its result. */
  readonly elements: number;
  readonly macs: number;
  /** Committed integers that it reads first, where the weights are private. */
  readonly parameters: number;
  /** Constraints with private weights, the range checks of its parameters included. */
  readonly private: number;
  /** Constraints with public weights. */
  readonly public: number;
};

/** A part of the circuit that is no layer: binding of weights, input, output and claim. */
export type BindingPrice = {
  readonly name: string;
  readonly private: number;
  readonly public: number;
};

/** A graph with the constraints of each of its nodes. */
export type PricedGraph = {
  readonly graph: IntegerGraph;
  readonly constraints: ConstraintEstimate;
};

export type PricedLayers = {
  readonly layers: readonly LayerPrice[];
  readonly bindings: readonly BindingPrice[];
};

/**
 * Adds up what both graphs of a model cost by node of the file, in their order. The range checks of committed parameters
 * are counted to the layer that reads them, what is left of the weights' binding is its hash.
 *
 * @param opOf op of each node of the file
 */
export function priceLayers(
  committed: PricedGraph,
  constant: PricedGraph,
  opOf: ReadonlyMap<string, string>,
): PricedLayers {
  const rows = new Map<string, { -readonly [Key in keyof LayerPrice]: LayerPrice[Key] }>();
  const rowOf = (name: string): { -readonly [Key in keyof LayerPrice]: LayerPrice[Key] } => {
    const known = rows.get(name);
    if (known !== undefined) return known;
    const empty = { elements: 0, macs: 0, parameters: 0, private: 0, public: 0 };
    const row = { name, op: opOf.get(name) ?? "", ...empty };
    rows.set(name, row);
    return row;
  };

  const unread = new Map(committed.graph.parameters.map((it) => [it.id, it]));
  let checked = 0;
  const isLayer = (name: string): boolean => opOf.has(name);
  const committedLayers = layersOf(committed.graph, isLayer);
  committed.graph.nodes.forEach((node, at) => {
    const row = rowOf(committedLayers[at] ?? node.name);
    row.elements = elementsOf(node.output.shape);
    row.macs += macsOf(node, committed.graph);
    row.private += committed.constraints.nodes[at]?.constraints ?? 0;
    for (const id of operandsOf(node)) {
      const parameter = unread.get(id);
      if (parameter === undefined) continue;
      unread.delete(id);
      const count = elementsOf(parameter.shape);
      row.parameters += count;
      row.private += count * parameter.type.bits;
      checked += count * parameter.type.bits;
    }
  });
  const constantLayers = layersOf(constant.graph, isLayer);
  constant.graph.nodes.forEach((node, at) => {
    const row = rowOf(constantLayers[at] ?? node.name);
    if (row.elements === 0) row.elements = elementsOf(node.output.shape);
    row.public += constant.constraints.nodes[at]?.constraints ?? 0;
  });

  const open = new Map(constant.constraints.commitments.map((it) => [it.name, it.constraints]));
  const bindings = committed.constraints.commitments.map(({ name, constraints }) => ({
    name,
    private: constraints - (name === "weights" ? checked : 0),
    public: open.get(name) ?? 0,
  }));
  return { layers: [...rows.values()], bindings };
}

/** Products of a node, padding included. */
function macsOf(node: IntegerNode, graph: IntegerGraph): number {
  const outputs = elementsOf(node.output.shape);
  if (node.op === "linear") return outputs * (shapeOf(node.weights, graph).at(-1) ?? 0);
  if (node.op === "matmul") return outputs * (shapeOf(node.left, graph).at(-1) ?? 0);
  return 0;
}

const shapes = new WeakMap<IntegerGraph, ReadonlyMap<TensorId, readonly number[]>>();

function shapeOf(id: TensorId, graph: IntegerGraph): readonly number[] {
  let known = shapes.get(graph);
  if (known === undefined) {
    const { input, parameters, constants, nodes } = graph;
    const all: readonly (Tensor | Parameter)[] = [
      input,
      ...parameters,
      ...constants,
      ...nodes.map((it) => it.output),
    ];
    known = new Map(all.map((it) => [it.id, it.shape]));
    shapes.set(graph, known);
  }
  return known.get(id) ?? [];
}
