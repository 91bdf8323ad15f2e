import type { FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";

/**
 * Writes `a / (1 + e^z)` as `a · sigmoid(-z)`: the exponential has no bound, and its reciprocal no bits where it is large.
 * What nobody reads any more stays for `removeDeadCode`.
 */
export function simplifyLogistics(graph: FloatGraph): FloatGraph {
  const tensors = new Map(graph.tensors);
  const producers = new Map(graph.nodes.map((it) => [it.output, it]));
  return { ...graph, nodes: graph.nodes.flatMap(simplified), tensors };

  function simplified(node: FloatNode): readonly FloatNode[] {
    const exponent = node.op === "divide" ? exponentOf(node.right) : undefined;
    if (node.op !== "divide" || exponent === undefined) return [node];
    const { name, left, output } = node;
    const negative = fresh(`${output}.exponent`, output);
    const terms = negated(exponent);
    const isOne = isAllOnes(left);
    const logistic = isOne ? output : fresh(`${output}.logistic`, output);
    const nodes: FloatNode[] = [
      { op: "sum", name, terms, output: negative },
      { op: "unary", name, fn: { kind: "sigmoid" }, input: negative, output: logistic },
    ];
    return isOne ? nodes : [...nodes, { op: "multiply", name, left, right: logistic, output }];
  }

  /** z of `1 + e^z`. */
  function exponentOf(id: FloatId): FloatId | undefined {
    const node = producers.get(id);
    if (node?.op !== "sum" || node.terms.length !== 2) return undefined;
    if (!node.terms.every(({ factor }) => factor === 1)) return undefined;
    const [first, second] = node.terms;
    const [one, power] = isAllOnes(first?.id ?? "") ? [first, second] : [second, first];
    const exp = producers.get(power?.id ?? "");
    const isPower = exp?.op === "unary" && exp.fn.kind === "exp";
    return isPower && isAllOnes(one?.id ?? "") ? exp.input : undefined;
  }

  function negated(id: FloatId): (FloatNode & { op: "sum" })["terms"] {
    const node = producers.get(id);
    const [term] = node?.op === "sum" && node.terms.length === 1 ? node.terms : [];
    return term === undefined ? [{ id, factor: -1 }] : [{ id: term.id, factor: -term.factor }];
  }

  function isAllOnes(id: FloatId): boolean {
    const node = producers.get(id);
    if (node?.op === "view") {
      return !node.indices.includes(-1) && node.inputs.every(isAllOnes);
    }
    return graph.constants.get(id)?.values.every((it) => it === 1) ?? false;
  }

  function fresh(base: FloatId, like: FloatId): FloatId {
    let id = base;
    while (tensors.has(id)) id += "'";
    tensors.set(id, { shape: tensors.get(like)?.shape ?? [], kind: "real" });
    return id;
  }
}
