import type { Constant, FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";

/**
 * Writes quotients by a constant as products with its inverse, and products with one number as a factor, which costs
 * nothing. A constant with a zero stays a divisor.
 */
export function simplifyProducts(graph: FloatGraph): FloatGraph {
  const constants = new Map(graph.constants);
  const tensors = new Map(graph.tensors);
  const producers = new Map(graph.nodes.map((it) => [it.output, it]));

  const nodes = graph.nodes.flatMap((node): readonly FloatNode[] => {
    if (node.op !== "multiply" && node.op !== "divide") return [node];
    const { name, left, right, output } = node;
    for (const [own, other] of [
      [left, right],
      [right, left],
    ] as const) {
      if (node.op === "divide" && other !== right) continue;
      const source = baseOf(other);
      if (source === undefined || baseOf(own) !== undefined) continue;
      const { constant, view } = source;
      if (node.op === "divide" && constant.values.some((it) => it === 0)) continue;
      const values = node.op === "divide" ? constant.values.map((it) => 1 / it) : constant.values;
      const [factor] = values;
      if (factor !== undefined && values.every((it) => it === factor) && values.length === 1) {
        return [{ op: "sum", name, terms: [{ id: own, factor }], output }];
      }
      if (node.op === "multiply") return [node];
      const inverse = define(`${output}.inverse`, { ...constant, values });
      if (view === undefined) return [{ op: "multiply", name, left: own, right: inverse, output }];
      const viewed = freshTensor(`${output}.inverse.view`, tensors.get(other)?.shape ?? []);
      return [
        { op: "view", name, inputs: [inverse], indices: view, output: viewed },
        { op: "multiply", name, left: own, right: viewed, output },
      ];
    }
    return [node];
  });
  return { ...graph, constants, tensors, nodes };

  function baseOf(id: FloatId): { constant: Constant; view: Int32Array | undefined } | undefined {
    const constant = constants.get(id);
    if (constant !== undefined) return { constant, view: undefined };
    const node = producers.get(id);
    const [first] = node?.op === "view" ? node.inputs : [];
    if (node?.op !== "view" || first === undefined || node.inputs.length > 1) return undefined;
    const source = baseOf(first);
    if (source === undefined) return undefined;
    const inner = source.view;
    const view =
      inner === undefined
        ? node.indices
        : node.indices.map((it) => (it === -1 ? -1 : (inner[it] ?? -1)));
    return view.includes(-1) ? undefined : { constant: source.constant, view };
  }

  function define(base: FloatId, constant: Constant): FloatId {
    const id = freshTensor(base, constant.shape);
    constants.set(id, constant);
    return id;
  }

  function freshTensor(base: FloatId, shape: readonly number[]): FloatId {
    let id = base;
    while (tensors.has(id)) id += "'";
    tensors.set(id, { shape, kind: "real" });
    return id;
  }
}
