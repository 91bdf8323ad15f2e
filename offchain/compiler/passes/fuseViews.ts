import type { FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";
import { renameOperands } from "../ir/floatGraph.ts";

/** Composes views of views, and drops those that change neither order nor shape. Zeros are part of the view that takes them. */
export function fuseViews(graph: FloatGraph): FloatGraph {
  const { tensors, constants } = graph;
  const views = new Map<FloatId, FloatNode & { op: "view" }>();
  const origins = new Map<FloatId, FloatId>();
  const origin = (id: FloatId): FloatId => origins.get(id) ?? id;
  const elementsOf = (id: FloatId): number =>
    (tensors.get(id)?.shape ?? []).reduce((n, it) => n * it, 1);
  const nodes: FloatNode[] = [];

  for (const raw of graph.nodes) {
    const node = renameOperands(raw, origin);
    if (node.op !== "view") {
      nodes.push(node);
      continue;
    }
    const view = composed(node);
    const [first] = view.inputs;
    const isSame =
      view.inputs.length === 1 &&
      first !== undefined &&
      view.output !== graph.output &&
      sameTensor(first, view.output) &&
      view.indices.every((it, i) => it === i);
    if (isSame) {
      origins.set(view.output, first);
    } else {
      views.set(view.output, view);
      nodes.push(view);
    }
  }
  return { ...graph, nodes };

  function sameTensor(a: FloatId, b: FloatId): boolean {
    const [left, right] = [tensors.get(a), tensors.get(b)];
    return left?.shape.join() === right?.shape.join() && left?.kind === right?.kind;
  }

  /** The view with each input that is a view, or zero, replaced by what that shows. */
  function composed(node: FloatNode & { op: "view" }): FloatNode & { op: "view" } {
    const inputs: FloatId[] = [];
    const starts = new Map<FloatId, number>();
    let total = 0;
    const place = (id: FloatId, index: number): number => {
      let start = starts.get(id);
      if (start === undefined) {
        start = total;
        starts.set(id, start);
        inputs.push(id);
        total += elementsOf(id);
      }
      return start + index;
    };
    const resolve = (ids: readonly FloatId[], index: number): number => {
      let rest = index;
      for (const id of ids) {
        const elements = elementsOf(id);
        if (rest >= elements) {
          rest -= elements;
          continue;
        }
        const inner = views.get(id);
        if (inner !== undefined) {
          const at = inner.indices[rest] ?? -1;
          return at === -1 ? -1 : resolve(inner.inputs, at);
        }
        const constant = constants.get(id);
        const isZero = constant?.role === "structure" && constant.values[rest] === 0;
        return isZero && node.inputs.length > 1 ? -1 : place(id, rest);
      }
      return -1;
    };
    const indices = node.indices.map((it) => (it === -1 ? -1 : resolve(node.inputs, it)));
    return inputs.length === 0 ? node : { ...node, inputs, indices };
  }
}
