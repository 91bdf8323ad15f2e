import type { IntegerGraph } from "@vouch/compiler";
import type { ServedRelease } from "./servedRelease.ts";

/**
 * What a compiled release takes in memory: for each value of its integers and of the model that they approximate, for each node and
 * parameter, and for the rest; chosen such that no model of models/ takes more than its estimate.
 */
const VALUE_BYTES = 80;
const ITEM_BYTES = 3_500;
const RELEASE_BYTES = 32_000;

/** Estimates what a release takes beside its session, in bytes. Segments hold the values of the model that they were cut from. */
export function compiledBytes({
  compiled,
  models,
}: Pick<ServedRelease, "compiled" | "models">): number {
  const graphs = new Set([compiled.graph, ...models.map(({ graph }) => graph)]);
  const items = [...graphs].reduce((sum, graph) => sum + itemsOf(graph), 0);
  return RELEASE_BYTES + VALUE_BYTES * valuesOf(compiled.graph) + ITEM_BYTES * items;
}

function valuesOf({ parameters, constants }: IntegerGraph): number {
  return [...parameters, ...constants].reduce((sum, { values }) => sum + values.length, 0);
}

function itemsOf({ parameters, constants, nodes }: IntegerGraph): number {
  return parameters.length + constants.length + nodes.length;
}
