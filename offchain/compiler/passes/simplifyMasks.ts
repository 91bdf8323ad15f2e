import type { FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";
import { consumersOf, isSoftmaxInput, signsOf } from "./targets.ts";

/** What is added to a score that a softmax is not to see; `exp` of a thousand less is 0 whatever the score. */
const MASK = -1000;

/**
 * Writes a mask that is added to the scores of a softmax, 0 or far below them, as a choice between score and mask: the
 * same answer, and the mask's size no longer sets the scale of the scores.
 */
export function simplifyMasks(graph: FloatGraph): FloatGraph {
  const consumers = consumersOf(graph, false);
  const signOf = signsOf(graph);
  const producers = new Map(graph.nodes.map((it) => [it.output, it]));
  const tensors = new Map(graph.tensors);
  return { ...graph, nodes: graph.nodes.flatMap(simplified), tensors };

  function simplified(node: FloatNode): readonly FloatNode[] {
    if (node.op !== "sum" || node.terms.length !== 2) return [node];
    if (!node.terms.every(({ factor }) => factor === 1)) return [node];
    if (!isSoftmaxInput(node.output, consumers, signOf)) return [node];
    const [first, second] = node.terms.map(({ id }) => id) as [FloatId, FloatId];
    return choice(node, first, second) ?? choice(node, second, first) ?? [node];
  }

  /** `score + mask` as a choice, with views of condition and mask where the mask is one. */
  function choice(
    { name, output }: FloatNode,
    score: FloatId,
    mask: FloatId,
  ): readonly FloatNode[] | undefined {
    const viewed = producers.get(mask);
    const [source] = viewed?.op === "view" ? viewed.inputs : [];
    const isView = viewed?.op === "view" && source !== undefined && viewed.inputs.length === 1;
    if (isView && viewed.indices.includes(-1)) return undefined;
    const select = isView ? producers.get(source) : viewed;
    if (select?.op !== "select") return undefined;
    const { left, right } = select;
    const isMaskLeft = isMask(left) && isZero(right);
    if (!isMaskLeft && !(isZero(left) && isMask(right))) return undefined;

    const views: FloatNode[] = [];
    const shown = (id: FloatId): FloatId => {
      const tensor = tensors.get(id);
      if (!isView || tensor === undefined) return id;
      let to = `${output}.${views.length}`;
      while (tensors.has(to)) to += "'";
      tensors.set(to, { shape: tensors.get(output)?.shape ?? [], kind: tensor.kind });
      views.push({ op: "view", name, inputs: [id], indices: viewed.indices, output: to });
      return to;
    };
    const condition = shown(select.condition);
    const floor = shown(isMaskLeft ? left : right);
    const sides = isMaskLeft ? { left: floor, right: score } : { left: score, right: floor };
    return [...views, { op: "select", name, condition, ...sides, output }];
  }

  function isZero(id: FloatId): boolean {
    return valuesOf(id)?.every((it) => it === 0) ?? false;
  }

  function isMask(id: FloatId): boolean {
    return valuesOf(id)?.every((it) => it <= MASK) ?? false;
  }

  /** All values that a constant has, also one that a view repeats. */
  function valuesOf(id: FloatId): Float64Array | undefined {
    const node = producers.get(id);
    const [input] = node?.op === "view" ? node.inputs : [];
    if (node?.op === "view" && input !== undefined) {
      return node.inputs.length === 1 && !node.indices.includes(-1) ? valuesOf(input) : undefined;
    }
    return graph.constants.get(id)?.values;
  }
}
