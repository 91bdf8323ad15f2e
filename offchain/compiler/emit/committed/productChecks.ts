import type { IntegerGraph, TensorId } from "../../ir/integerGraph.ts";
import { elementsOf } from "../../ir/shape.ts";
import type { Linear, Rescale } from "../lowerNodes.ts";
import { linearSpec } from "../nodeTemplate.ts";
import type { NodeFacts } from "../nodeTemplate.ts";
import { cheapestTiling } from "../tiles.ts";
import type { Tiling } from "../tiles.ts";
import { affineView } from "./affineView.ts";
import { structuredPlan } from "./structuredCheck.ts";
import type { StructuredPlan } from "./structuredCheck.ts";

/** How the products of a layer are checked against its committed sums. */
export type ProductCheck =
  | { readonly kind: "tiles"; readonly tiling: Tiling; readonly cost: number }
  | {
      readonly kind: "structured";
      readonly plan: StructuredPlan;
      /** What the rows are windows of. */
      readonly source: { readonly id: TensorId; readonly elements: number };
      readonly indices: Int32Array;
      readonly cost: number;
    };

/** Ways to check a layer's products, both sound alike. */
export function productChecks(
  node: Linear,
  rescale: Rescale,
  bits: number,
  facts: NodeFacts,
  windows: Windows,
): readonly ProductCheck[] {
  const spec = linearSpec(node, facts);
  const hasMultiplier =
    rescale.multiplier !== undefined && facts.constantOf(rescale.multiplier) === undefined;
  const fixed = hasMultiplier ? 1 : 0;
  const tiling = cheapestTiling(spec, bits, { fixed, digits: () => 0 });
  const tiles: ProductCheck = { kind: "tiles", tiling, cost: tiling.cost };
  const { source, indices } = windows(node.input);
  const view = spec.rows > 1 ? affineView(indices, spec.inputs) : undefined;
  if (view === undefined) return [tiles];
  const plan = structuredPlan({
    ...{ view, elements: source.elements, outputs: spec.outputs, bits },
    ...{ hasBias: node.bias !== undefined, hasMultiplier },
  });
  return [tiles, { kind: "structured", plan, source, indices, cost: plan.cost }];
}

/** The tensor that a view shows, through other views, and which of its elements. */
export type Windows = (id: TensorId) => {
  readonly source: { readonly id: TensorId; readonly elements: number };
  readonly indices: Int32Array;
};

export function windowsOf(graph: IntegerGraph, { tensorOf }: NodeFacts): Windows {
  const producers = new Map(graph.nodes.map((it) => [it.output.id, it]));
  const windows: Windows = (id) => {
    const node = producers.get(id);
    const elements = elementsOf(tensorOf(id).shape);
    if (node?.op !== "view" || node.inputs.length !== 1) {
      return {
        source: { id, elements },
        indices: Int32Array.from({ length: elements }, (_, i) => i),
      };
    }
    const [input = ""] = node.inputs;
    const inner = windows(input);
    return {
      source: inner.source,
      indices: node.indices.map((it) => (it === -1 ? -1 : (inner.indices[it] ?? -1))),
    };
  };
  return windows;
}
