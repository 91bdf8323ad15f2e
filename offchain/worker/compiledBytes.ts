import type { IntegerGraph } from "@vouch/compiler";
import type { ServedRelease } from "./servedRelease.ts";

/**
 * What a compiled release takes in memory: for each value of its integers and of the model that they approximate, for each node and
 * parameter, and for the rest; chosen such that no model of models/ takes more than its estimate.
 */
const VALUE_BYTES = 80;
const ITEM_BYTES = 3_500;
const RELEASE_BYTES = 32_000;

/**
 * Estimates what a release takes beside its session, in bytes. Segments hold the values of the model that they were cut from, and so do
 * models of several inferences; what these move has its indices for each inference.
 */
export function compiledBytes({
  compiled,
  models,
  batches,
}: Pick<ServedRelease, "compiled" | "models" | "batches">): number {
  const several = batches.map(({ model }) => model.graph);
  const graphs = new Set([compiled.graph, ...models.map(({ graph }) => graph), ...several]);
  const items = [...graphs].reduce((sum, graph) => sum + itemsOf(graph), 0);
  const indices = several.reduce((sum, graph) => sum + indexBytesOf(graph), 0);
  return RELEASE_BYTES + VALUE_BYTES * valuesOf(compiled.graph) + ITEM_BYTES * items + indices;
}

function indexBytesOf({ nodes }: IntegerGraph): number {
  return nodes.reduce((sum, it) => sum + (it.op === "view" ? it.indices.byteLength : 0), 0);
}

function valuesOf({ parameters, constants }: IntegerGraph): number {
  return [...parameters, ...constants].reduce((sum, { values }) => sum + values.length, 0);
}

function itemsOf({ parameters, constants, nodes }: IntegerGraph): number {
  return parameters.length + constants.length + nodes.length;
}
