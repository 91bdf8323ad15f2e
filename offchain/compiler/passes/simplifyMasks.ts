import type { FloatGraph, FloatId, FloatNode, FloatTensor } from "../ir/floatGraph.ts";
import { elementsOf } from "../ir/shape.ts";
import { consumersOf, isSoftmaxInput, signsOf } from "./targets.ts";

/** What is added to a score that a softmax is not to see; `exp` of a thousand less is 0 whatever the score. */
const MASK = -1000;

/** A tensor as `factor · source + offset`, moved by views of it, the first of which is the innermost. */
type Affine = {
  readonly source: FloatId;
  readonly factor: number;
  readonly offset: number;
  readonly views: readonly Int32Array[];
};

/**
 * Writes a mask that is added to the scores of a softmax, 0 or far below them, as a choice between score and mask: the
 * same answer, and the mask's size no longer sets the scale of the scores. Such a mask is a choice itself, or whole
 * numbers from 0 on times -1000 or less, as `(1 - mask) · -10000`; what is above 0 counts as 0.
 */
export function simplifyMasks(graph: FloatGraph): FloatGraph {
  const consumers = consumersOf(graph, false);
  const signOf = signsOf(graph);
  const producers = new Map(graph.nodes.map((it) => [it.output, it]));
  const tensors = new Map(graph.tensors);
  const constants = new Map(graph.constants);
  return { ...graph, nodes: graph.nodes.flatMap(simplified), tensors, constants };

  function simplified(node: FloatNode): readonly FloatNode[] {
    if (node.op !== "sum" || node.terms.length !== 2) return [node];
    if (!node.terms.every(({ factor }) => factor === 1)) return [node];
    if (!isSoftmaxInput(node.output, consumers, signOf)) return [node];
    const [first, second] = node.terms.map(({ id }) => id) as [FloatId, FloatId];
    return (
      choice(node, first, second) ??
      choice(node, second, first) ??
      wholeChoice(node, first, second) ??
      wholeChoice(node, second, first) ?? [node]
    );
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
      const shape = tensors.get(output)?.shape ?? [];
      const to = fresh(`${output}.${views.length}`, { shape, kind: tensor.kind });
      views.push({ op: "view", name, inputs: [id], indices: viewed.indices, output: to });
      return to;
    };
    const condition = shown(select.condition);
    const floor = shown(isMaskLeft ? left : right);
    const sides = isMaskLeft ? { left: floor, right: score } : { left: score, right: floor };
    return [...views, { op: "select", name, condition, ...sides, output }];
  }

  /** `score + factor · whole + offset` as a choice by the whole number at which the mask turns. */
  function wholeChoice(
    { name, output }: FloatNode,
    score: FloatId,
    mask: FloatId,
  ): readonly FloatNode[] | undefined {
    const { source, factor, offset, views } = affineOf(mask);
    const tensor = tensors.get(source);
    if (tensor?.kind !== "integer" || graph.constants.has(source)) return undefined;
    if (!(Math.abs(factor) >= -MASK) || !(offset < 0 || (offset === 0 && factor < 0)))
      return undefined;
    const turn = -offset / factor;
    const { shape } = tensor;
    if (Math.abs(turn - Math.round(turn)) > 1e-6 * Math.max(1, Math.abs(turn))) return undefined;
    const limit = constant(`${output}.turn`, shape, Math.round(turn));
    let condition = fresh(`${output}.seen`, { shape, kind: "integer" });
    const [left, right] = factor < 0 ? [source, limit] : [limit, source];
    const nodes: FloatNode[] = [
      { op: "compare", name, relation: "lessOrEqual", left, right, output: condition },
    ];
    views.forEach((indices, k) => {
      const isLast = k === views.length - 1;
      const to = isLast ? (tensors.get(output)?.shape ?? []) : [indices.length];
      const next = fresh(`${output}.seen`, { shape: to, kind: "integer" });
      nodes.push({ op: "view", name, inputs: [condition], indices, output: next });
      condition = next;
    });
    const floor = constant(`${output}.mask`, tensors.get(output)?.shape ?? [], -Math.abs(factor));
    return [...nodes, { op: "select", name, condition, left: score, right: floor, output }];
  }

  function affineOf(id: FloatId): Affine {
    const node = producers.get(id);
    const isReal = tensors.get(id)?.kind === "real";
    if (isReal && node?.op === "view" && node.inputs.length === 1 && !node.indices.includes(-1)) {
      const inner = affineOf(node.inputs[0] ?? "");
      return { ...inner, views: [...inner.views, node.indices] };
    }
    const itself = { source: id, factor: 1, offset: 0, views: [] };
    if (node?.op !== "sum") return itself;
    const known = node.terms.map(({ id: term, factor }) => ({ values: valuesOf(term), factor }));
    const computed = node.terms.filter((_, k) => known[k]?.values === undefined);
    const [term] = computed;
    if (term === undefined || computed.length > 1) return itself;
    let offset = 0;
    for (const { values, factor } of known) {
      const [first = 0] = values ?? [];
      if (values?.some((it) => it !== first) === true) return itself;
      offset += values === undefined ? 0 : factor * first;
    }
    const inner = affineOf(term.id);
    return {
      ...inner,
      factor: inner.factor * term.factor,
      offset: inner.offset * term.factor + offset,
    };
  }

  function constant(base: FloatId, shape: readonly number[], value: number): FloatId {
    const id = fresh(base, { shape, kind: Number.isInteger(value) ? "integer" : "real" });
    const values = new Float64Array(elementsOf(shape)).fill(value);
    constants.set(id, { shape, values, role: "structure" });
    return id;
  }

  function fresh(base: FloatId, tensor: FloatTensor): FloatId {
    let id = base;
    while (tensors.has(id)) id += "'";
    tensors.set(id, tensor);
    return id;
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
