import type { IntegerGraph, TensorId } from "../../ir/integerGraph.ts";
import { operandsOf } from "../../ir/integerGraph.ts";
import type { CommittedStep } from "./committedStep.ts";

/**
 * Tensors, perhaps committed, that enter linear constraints of templates which know nothing of commitments, read directly or
 * through views: those are to be kept among the wires (committed/Anchor.circom).
 */
export function anchoredTensors(
  graph: IntegerGraph,
  steps: readonly CommittedStep[],
): readonly TensorId[] {
  const constants = new Set(graph.constants.map((it) => it.id));
  const producers = new Map(graph.nodes.map((it) => [it.output.id, it]));
  const plain = new Set<TensorId>();
  const anchored = new Set<TensorId>();
  const add = (id: TensorId): void => {
    const node = producers.get(id);
    if (node?.op === "view") node.inputs.forEach(add);
    else if (!plain.has(id) && !constants.has(id)) anchored.add(id);
  };
  for (const step of steps) {
    if (step.kind === "layer") {
      if (step.layer.bias !== undefined) add(step.layer.bias);
      continue;
    }
    if (step.kind !== "plain" || step.step.kind !== "template") continue;
    const { output } = step.step;
    const node = producers.get(output.id);
    // What such a template computes itself is not committed.
    plain.add(output.id);
    if (node !== undefined) operandsOf(node).forEach(add);
  }
  return [...anchored];
}
