import { elementsOf } from "../../ir/shape.ts";
import type { ProvableModel } from "../components.ts";
import { planCommitted } from "./plan.ts";
import { adviceLayout } from "./signals.ts";

/** Wires of each group of a committed circuit, its blind included; they follow the public signals, the weights first. */
export type CommittedSizes = {
  /** 0 where the weights are public. */
  readonly weights: number;
  readonly advice: number;
};

/** Counts the committed wires of the circuit that `emitCommittedCircom` returns. */
export function committedSizes(model: ProvableModel): CommittedSizes {
  const { parameters } = model.graph;
  const { signals } = adviceLayout(model, planCommitted(model));
  return {
    weights:
      model.weights === "public"
        ? 0
        : 1 + parameters.reduce((sum, { shape }) => sum + elementsOf(shape), 0),
    advice: 1 + signals.reduce((sum, { length }) => sum + length, 0),
  };
}
