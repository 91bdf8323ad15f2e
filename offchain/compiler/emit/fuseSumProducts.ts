import type { IntegerGraph, IntegerNode, Parameter, TensorId } from "../ir/integerGraph.ts";
import { operandsOf } from "../ir/integerGraph.ts";
import { elementsOf } from "../ir/shape.ts";

/**
 * Makes a `linear` with one output of each sum of all elements of a tensor times constants, such as the values of a tree's
 * leaves: on-chain, that is one pass instead of three.
 */
export function fuseSumProducts(graph: IntegerGraph): IntegerGraph {
  const constants = new Map(graph.constants.map((it) => [it.id, it]));
  const producers = new Map(graph.nodes.map((it) => [it.output.id, it]));
  const uses = new Map<TensorId, number>([[graph.output.id, 1]]);
  for (const id of graph.nodes.flatMap(operandsOf)) uses.set(id, (uses.get(id) ?? 0) + 1);

  const added: Parameter[] = [];
  const fused = new Set<IntegerNode>();
  const nodes = graph.nodes.map((node): IntegerNode => {
    if (node.op !== "reduceSum" || elementsOf(node.output.shape) !== 1) return node;
    const path = producersOf(node.input);
    const product = path.at(-1);
    if (product?.op !== "multiply") return node;
    const factors = constants.get(product.left) ?? constants.get(product.right);
    if (factors === undefined) return node;
    path.forEach((it) => fused.add(it));
    const input = factors.id === product.left ? product.right : product.left;
    const weights = `${node.output.id}.weights`;
    added.push({ ...factors, id: weights, shape: [1, factors.values.length] });
    const { name, output } = node;
    return { op: "linear", name, input, weights, bias: undefined, output };
  });
  return {
    ...graph,
    constants: [...graph.constants, ...added],
    nodes: nodes.filter((it) => !fused.has(it)),
  };

  /** The node that computes a tensor, after the reshapes that show it, each read by nothing else. */
  function producersOf(id: TensorId): readonly IntegerNode[] {
    const node = producers.get(id);
    if (node === undefined || uses.get(id) !== 1) return [];
    const [source] = operandsOf(node);
    return isReshape(node) && source !== undefined ? [node, ...producersOf(source)] : [node];
  }

  function isReshape(node: IntegerNode): boolean {
    if (node.op !== "view" || node.inputs.length !== 1) return false;
    const [source = ""] = node.inputs;
    const shape = producers.get(source)?.output.shape;
    return (
      shape !== undefined &&
      elementsOf(shape) === node.indices.length &&
      node.indices.every((index, i) => index === i)
    );
  }
}
