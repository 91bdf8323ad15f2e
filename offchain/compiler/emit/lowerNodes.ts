import type { IntegerGraph, IntegerNode, Parameter, Tensor, TensorId } from "../ir/integerGraph.ts";
import { inputsOf, operandsOf } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import { elementsOf } from "../ir/shape.ts";
import { inferRanges } from "../passes/inferRanges.ts";
import { knownValues } from "./knownValues.ts";
import { fusedTemplates, nodeTemplate } from "./nodeTemplate.ts";
import type { NodeFacts } from "./nodeTemplate.ts";
import type { Template } from "./templates.ts";

/**
 * An input of a template: a tensor, an array of tensors, an array of single elements, the array `[1]`, zeros, or what
 * seeds its challenge.
 */
export type Operand =
  | { readonly kind: "tensor"; readonly id: TensorId }
  | { readonly kind: "tensors"; readonly ids: readonly TensorId[] }
  | { readonly kind: "scalars"; readonly ids: readonly TensorId[] }
  | { readonly kind: "one" }
  | { readonly kind: "zeros"; readonly count: number }
  | { readonly kind: "seed" };

/** What the main component does for one or two nodes. */
export type Step =
  | {
      readonly kind: "template";
      readonly template: Template;
      readonly operands: readonly Operand[];
      readonly output: Tensor;
      /** Whether its products are checked at a challenge, its second output, which seeds the next. */
      readonly isChecked?: boolean;
    }
  | { readonly kind: "view"; readonly node: View };

export type View = IntegerNode & { readonly op: "view" };
export type Linear = IntegerNode & { readonly op: "linear" };
export type Rescale = IntegerNode & { readonly op: "rescale" };

/**
 * Chooses a template for each node by its constraints: a layer and its rescale share one where that costs less, and its
 * products are checked at a challenge where that, hash included, costs less still (docs/adr/0005-products-of-matrices.md).
 */
export function lowerNodes(graph: IntegerGraph): {
  readonly steps: readonly Step[];
  readonly constraints: readonly number[];
} {
  const facts = factsOf(graph);
  const fusions = fusibleRescales(graph, facts);
  const fused = new Set<IntegerNode>();
  const steps: Step[] = [];
  const constraints = graph.nodes.map((node) => {
    if (fused.has(node)) return 0;
    if (node.op === "view") {
      steps.push({ kind: "view", node });
      return 0;
    }
    const template = nodeTemplate(node, facts);
    const rescale = fusions.get(node);
    if (node.op === "linear" && rescale !== undefined) {
      const apart = template.constraints + nodeTemplate(rescale, facts).constraints;
      const { direct, checked } = fusedTemplates(node, rescale, facts);
      const isChecked = checked.constraints < Math.min(direct.constraints, apart);
      if (isChecked || direct.constraints < apart) {
        fused.add(rescale);
        const both = isChecked ? checked : direct;
        const operands = fusedOperands(node, rescale, isChecked);
        steps.push({
          ...{ kind: "template", template: both, operands },
          ...{ output: rescale.output, isChecked },
        });
        return both.constraints;
      }
    }
    steps.push({
      kind: "template",
      template,
      operands: operandsFor(node, facts),
      output: node.output,
    });
    return template.constraints;
  });
  return { steps, constraints };
}

/** What the choice of templates rests on. */
export function factsOf(graph: IntegerGraph): NodeFacts {
  const ranges = inferRanges(graph);
  const tensors = new Map<TensorId, Tensor | Parameter>();
  for (const it of [...inputsOf(graph), ...graph.parameters, ...graph.constants]) {
    tensors.set(it.id, it);
  }
  for (const { output } of graph.nodes) tensors.set(output.id, output);
  const constants = new Map(graph.constants.map((it) => [it.id, it]));
  return {
    tensorOf: (id) => lookUp(tensors, id, "integer"),
    rangeOf: (id) => lookUp(ranges, id, "integer"),
    known: knownValues(graph, ranges),
    constantOf: (id) => constants.get(id),
  };
}

/** For each layer of committed weights that one rescale alone reads, by one multiplier or none, that rescale. */
export function fusibleRescales(
  graph: IntegerGraph,
  { tensorOf, constantOf }: NodeFacts,
): ReadonlyMap<IntegerNode, Rescale> {
  const readers = new Map<TensorId, number>([[graph.output.id, 1]]);
  for (const id of graph.nodes.flatMap(operandsOf)) readers.set(id, (readers.get(id) ?? 0) + 1);
  const layers = new Map<TensorId, Linear>();
  const fusible = new Map<IntegerNode, Rescale>();
  for (const node of graph.nodes) {
    const isRead = readers.get(node.output.id) === 1;
    if (node.op === "linear" && isRead && constantOf(node.weights) === undefined) {
      layers.set(node.output.id, node);
    }
    if (node.op !== "rescale") continue;
    const layer = layers.get(node.input);
    const isScalar =
      node.multiplier === undefined || elementsOf(tensorOf(node.multiplier).shape) === 1;
    if (layer !== undefined && isScalar) fusible.set(layer, node);
  }
  return fusible;
}

/** Operands in the order of the template's inputs. */
export function operandsFor(
  node: Exclude<IntegerNode, View>,
  { constantOf }: NodeFacts,
): readonly Operand[] {
  const tensors = (...ids: readonly TensorId[]): readonly Operand[] =>
    ids.map((id) => ({ kind: "tensor", id }));
  switch (node.op) {
    case "linear": {
      const bias = node.bias === undefined ? [] : tensors(node.bias);
      if (constantOf(node.weights) === undefined) {
        return [...tensors(node.input, node.weights), ...bias];
      }
      const count = node.output.shape.at(-1) ?? 1;
      return [
        ...tensors(node.input),
        ...(node.bias === undefined ? [{ kind: "zeros", count } as const] : bias),
      ];
    }
    case "combine":
      return [
        { kind: "tensors", ids: node.inputs },
        { kind: "scalars", ids: node.multipliers },
      ];
    case "rescale":
      return [...tensors(node.input), multiplierOf(node)];
    case "matmul":
    case "multiply":
    case "divide":
    case "compare":
      return tensors(node.left, node.right);
    case "select":
      return tensors(node.condition, node.left, node.right);
    case "relu":
    case "lookup":
    case "sqrt":
    case "reduceSum":
    case "reduceMax":
      return tensors(node.input);
    default:
      return node satisfies never;
  }
}

function fusedOperands(node: Linear, rescale: Rescale, isChecked: boolean): readonly Operand[] {
  const zeros: Operand = { kind: "zeros", count: node.output.shape.at(-1) ?? 1 };
  const bias: readonly Operand[] =
    node.bias !== undefined ? [{ kind: "tensor", id: node.bias }] : isChecked ? [zeros] : [];
  return [
    { kind: "tensor", id: node.input },
    { kind: "tensor", id: node.weights },
    ...bias,
    multiplierOf(rescale),
    ...(isChecked ? [{ kind: "seed" } as const] : []),
  ];
}

export function multiplierOf({ multiplier }: Rescale): Operand {
  return multiplier === undefined ? { kind: "one" } : { kind: "tensor", id: multiplier };
}
