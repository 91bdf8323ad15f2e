import type { FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";
import { operandsOf } from "../ir/floatGraph.ts";
import { elementsOf } from "../ir/shape.ts";

/** Who reads a tensor in the end: past views of it alone, and the graph's output as `undefined`. */
export type Consumer = FloatNode | undefined;

/** Ops for which the width of an activation is enough; all others get `PRECISE_BITS`. */
const COARSE: ReadonlySet<FloatNode["op"] | undefined> = new Set([
  "linear",
  "matmul",
  "relu",
  "reduceMax",
  "reduceSum",
  "sum",
  "view",
  undefined,
]);

/** Bits of operands of products, quotients and functions. */
export const PRECISE_BITS = 16;

/** Where `exp` of what is never positive is as good as 0. */
export const EXP_SETTLED = 8;

export type Consumers = (id: FloatId) => readonly Consumer[];

/**
 * Finds the consumers of every tensor.
 *
 * @param pastFactors whether a multiplication by a factor, which changes the scale alone, counts as its own consumers
 */
export function consumersOf(graph: FloatGraph, pastFactors: boolean): Consumers {
  const direct = new Map<FloatId, FloatNode[]>();
  for (const node of graph.nodes) {
    for (const id of new Set(operandsOf(node))) {
      const readers = direct.get(id) ?? [];
      readers.push(node);
      direct.set(id, readers);
    }
  }
  const found = new Map<FloatId, readonly Consumer[]>();
  const visit = (id: FloatId): readonly Consumer[] => {
    const known = found.get(id);
    if (known !== undefined) return known;
    const readers = direct.get(id) ?? [];
    const all = readers.flatMap((it): readonly Consumer[] => {
      const isView = it.op === "view" && (it.inputs.length === 1 || it.output === graph.output);
      const isFactor = pastFactors && it.op === "sum" && it.terms.length === 1;
      return isView || isFactor ? visit(it.output) : [it];
    });
    const result = id === graph.output ? [...all, undefined] : all;
    found.set(id, result);
    return result;
  };
  return visit;
}

/** Bits in which an activation is kept for its consumers. */
export function activationBits(
  id: FloatId,
  consumers: readonly Consumer[],
  widthOf: (id: FloatId) => number,
): number {
  const width = widthOf(id);
  return consumers.every((it) => COARSE.has(it?.op)) ? width : Math.max(width, PRECISE_BITS);
}

/** Whether all that becomes of a tensor is `exp(x - max(x))`. */
export function isSoftmaxInput(
  id: FloatId,
  consumers: Consumers,
  signOf: (id: FloatId) => Sign,
): boolean {
  const readers = consumers(id);
  const isExp = (it: Consumer): boolean => it?.op === "unary" && it.fn.kind === "exp";
  return (
    readers.some((it) => it?.op === "reduceMax") &&
    readers.every(
      (it) =>
        it?.op === "reduceMax" ||
        (it?.op === "sum" &&
          signOf(it.output) === "nonPositive" &&
          consumers(it.output).every(isExp)),
    )
  );
}

type Shown = { readonly root: FloatId; readonly places: Int32Array };

/** What is known of a tensor's sign whatever the input. */
export type Sign = "nonNegative" | "nonPositive" | undefined;

/** The sign of a tensor, as far as the graph shows it: `x - max(x)` is never positive, a sum of exponentials never negative. */
export function signsOf(graph: FloatGraph): (id: FloatId) => Sign {
  const producers = new Map(graph.nodes.map((it) => [it.output, it]));
  const seen = new Map<FloatId, Sign>();
  const visit = (it: FloatId): Sign => {
    if (seen.has(it)) return seen.get(it);
    seen.set(it, undefined);
    const sign = ofTensor(it);
    seen.set(it, sign);
    return sign;
  };
  return visit;

  function ofTensor(it: FloatId): Sign {
    const constant = graph.constants.get(it);
    if (constant !== undefined) {
      if (constant.values.every((value) => value >= 0)) return "nonNegative";
      return constant.values.every((value) => value <= 0) ? "nonPositive" : undefined;
    }
    const node = producers.get(it);
    switch (node?.op) {
      case "relu":
      case "compare":
        return "nonNegative";
      case "unary":
        return ["exp", "sqrt", "sigmoid", "softplusTail", "cosh"].includes(node.fn.kind)
          ? "nonNegative"
          : undefined;
      case "multiply":
        if (node.left === node.right) return "nonNegative";
        return product(visit(node.left), visit(node.right));
      case "divide":
        return product(visit(node.left), visit(node.right));
      case "reduceSum":
      case "reduceMax":
        return visit(node.input);
      case "view": {
        const signs = node.inputs.map(visit);
        return signs.every((sign) => sign === signs[0]) ? signs[0] : undefined;
      }
      case "sum": {
        if (isBelowMaximum(node)) return "nonPositive";
        const signs = node.terms.map(({ id: term, factor }) =>
          product(visit(term), factor >= 0 ? "nonNegative" : "nonPositive"),
        );
        return signs.every((sign) => sign === signs[0]) ? signs[0] : undefined;
      }
      default:
        return undefined;
    }
  }

  /** `x - m` where m is a maximum over elements that x is one of, or the logarithm of the sum of their exponentials. */
  function isBelowMaximum({ terms }: FloatNode & { op: "sum" }): boolean {
    const [x, m] = terms;
    if (terms.length !== 2 || x?.factor !== 1 || m?.factor !== -1) return false;
    const bound = shown(m.id);
    return isMaximum(bound, x.id) || isMaximum(logSumExpMaximum(bound), x.id);
  }

  /** Whether a tensor shows, for each element of another, a maximum over elements that it is one of. */
  function isMaximum(bound: Shown | undefined, of: FloatId): boolean {
    const node = bound && producers.get(bound.root);
    if (node?.op !== "reduceMax") return false;
    const [x, all] = [shown(of), shown(node.input)];
    const length = graph.tensors.get(node.input)?.shape.at(-1) ?? 1;
    if (x.root !== all.root) return false;
    const rows = new Map<number, ReadonlySet<number>>();
    return x.places.every((place, i) => {
      const row = bound?.places[i] ?? -1;
      if (place < 0 || row < 0) return false;
      const known = rows.get(row) ?? new Set(all.places.subarray(row * length, (row + 1) * length));
      rows.set(row, known);
      return known.has(place);
    });
  }

  /** The maximum in `max(x) + ln Σ e^(x - max(x))`, whose logarithm is that of 1 or more. */
  function logSumExpMaximum({ root, places }: Shown): Shown | undefined {
    const node = producers.get(root);
    const [first, second] = node?.op === "sum" && node.terms.length === 2 ? node.terms : [];
    if (first?.factor !== 1 || second?.factor !== 1) return undefined;
    const [maximum, log] = [producers.get(first.id), producers.get(second.id)];
    if (maximum?.op !== "reduceMax" || log?.op !== "unary" || log.fn.kind !== "log")
      return undefined;
    const sum = producers.get(log.input);
    const exp = sum?.op === "reduceSum" ? producers.get(sum.input) : undefined;
    const shifted = exp?.op === "unary" && exp.fn.kind === "exp" && producers.get(exp.input);
    if (!shifted || shifted.op !== "sum" || !isBelowMaximum(shifted)) return undefined;
    // The same rows, so that each has its largest element, whose exponential is 1.
    const [x, all] = [shown(shifted.terms[0]?.id ?? ""), shown(maximum.input)];
    const isSame = x.root === all.root && x.places.join() === all.places.join();
    const lengths = [exp.output, maximum.input].map((id) => graph.tensors.get(id)?.shape.at(-1));
    return isSame && lengths[0] === lengths[1] ? { root: first.id, places } : undefined;
  }

  /** The tensor that a tensor shows past views of it alone, and the place there of each of its elements, -1 for a zero. */
  function shown(id: FloatId): Shown {
    const node = producers.get(id);
    const [first] = node?.op === "view" ? node.inputs : [];
    if (node?.op !== "view" || first === undefined || node.inputs.length > 1) {
      const count = elementsOf(graph.tensors.get(id)?.shape ?? []);
      return { root: id, places: Int32Array.from({ length: count }, (_, i) => i) };
    }
    const { root, places } = shown(first);
    return { root, places: node.indices.map((it) => (it === -1 ? -1 : (places[it] ?? -1))) };
  }
}

function product(a: Sign, b: Sign): Sign {
  if (a === undefined || b === undefined) return undefined;
  return a === b ? "nonNegative" : "nonPositive";
}
