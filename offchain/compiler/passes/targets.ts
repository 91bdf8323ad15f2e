import type { FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";
import { operandsOf } from "../ir/floatGraph.ts";

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

  /** `x - m` where m is a maximum over elements of x, or the logarithm of the sum of their exponentials. */
  function isBelowMaximum({ terms }: FloatNode & { op: "sum" }): boolean {
    const [x, m] = terms;
    if (terms.length !== 2 || x?.factor !== 1 || m?.factor !== -1) return false;
    return isMaximum(m.id, x.id) || isLogSumExp(m.id, x.id);
  }

  function isMaximum(id: FloatId, of: FloatId): boolean {
    const node = producers.get(origin(id));
    return node?.op === "reduceMax" && origin(node.input) === origin(of);
  }

  /** `max(x) + ln Σ e^(x - max(x))`, whose logarithm is that of 1 or more. */
  function isLogSumExp(id: FloatId, of: FloatId): boolean {
    const node = producers.get(origin(id));
    if (node?.op !== "sum" || node.terms.length !== 2) return false;
    const [maximum, rest] = node.terms;
    if (maximum?.factor !== 1 || rest?.factor !== 1 || !isMaximum(maximum.id, of)) return false;
    const log = producers.get(origin(rest.id));
    const sum = log?.op === "unary" && log.fn.kind === "log" && producers.get(origin(log.input));
    const exp = sum && sum.op === "reduceSum" && producers.get(origin(sum.input));
    if (!exp || exp.op !== "unary" || exp.fn.kind !== "exp") return false;
    const shifted = producers.get(origin(exp.input));
    return shifted?.op === "sum" && isBelowMaximum(shifted) && isOf(shifted, of);
  }

  function isOf({ terms }: FloatNode & { op: "sum" }, of: FloatId): boolean {
    return origin(terms[0]?.id ?? "") === origin(of);
  }

  function origin(start: FloatId): FloatId {
    let it = start;
    for (;;) {
      const node = producers.get(it);
      const [first] = node?.op === "view" ? node.inputs : [];
      if (node?.op !== "view" || first === undefined || node.inputs.length > 1) return it;
      it = first;
    }
  }
}

function product(a: Sign, b: Sign): Sign {
  if (a === undefined || b === undefined) return undefined;
  return a === b ? "nonNegative" : "nonPositive";
}
