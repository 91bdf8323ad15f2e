import type { FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";
import { readersOf } from "../ir/floatGraph.ts";

type Linear = FloatNode & { op: "linear" };

/** Largest factor by which a channel is scaled. */
const MOST_FACTOR = 16;

/**
 * Scales each channel between two layers with a ReLU in between, so that channels use the layers' one weight scale
 * alike: a scale for each channel at no cost, since `relu(k · x) = k · relu(x)` for positive k, and the second layer takes
 * k off again. Factors are roots of the ratio of largest weights (Nagel et al. 2019, section 4.1), from the weights alone.
 */
export function equalize(graph: FloatGraph): FloatGraph {
  const constants = new Map(graph.constants);
  const tensors = new Map(graph.tensors);
  const readers = readersOf(graph);
  const producers = new Map(graph.nodes.map((it) => [it.output, it]));
  const layers = new Map<FloatId, Linear>(
    graph.nodes.flatMap((it) => (it.op === "linear" ? [[it.output, it]] : [])),
  );

  for (const { output } of graph.nodes) {
    const second = layers.get(output);
    const found = second === undefined ? undefined : layerBefore(second);
    if (second === undefined || found === undefined) continue;
    const factors = factorsOf(found.first, second, found.channels);
    scaleOutputs(found.first, factors);
    scaleInputs(
      layers.get(second.output) ?? second,
      Float64Array.from(found.channels, (channel) => 1 / (factors[channel] ?? 1)),
    );
  }
  return {
    ...graph,
    constants,
    tensors,
    nodes: graph.nodes.map((it) => layers.get(it.output) ?? it),
  };

  /** The layer of which a layer reads the ReLU and nobody else, and its channel for each column of the second. */
  function layerBefore(second: Linear): { first: Linear; channels: Int32Array } | undefined {
    const inputs = tensors.get(second.weights)?.shape[1] ?? 0;
    let id = second.input;
    let places: Int32Array | undefined;
    let isClamped = false;
    for (;;) {
      if (readers.get(id) !== 1) return undefined;
      const node = producers.get(id);
      if (node?.op === "linear") {
        const first = layers.get(node.output);
        if (!isClamped || first === undefined) return undefined;
        const channels = channelsOf(first, inputs, places, elementsOf(second.input));
        return channels === undefined ? undefined : { first, channels };
      }
      if (node?.op === "relu") {
        isClamped = true;
        id = node.input;
      } else if (node?.op === "view" && node.inputs.length === 1) {
        const { indices } = node;
        places = places?.map((it) => (it === -1 ? -1 : (indices[it] ?? -1))) ?? indices;
        id = node.inputs[0] ?? "";
      } else {
        return undefined;
      }
    }
  }

  /** Channel of the first layer that each column shows; `undefined` if a column shows several. */
  function channelsOf(
    first: Linear,
    inputs: number,
    places: Int32Array | undefined,
    elements: number,
  ): Int32Array | undefined {
    const [outputs = 1] = tensors.get(first.weights)?.shape ?? [];
    const channels = new Int32Array(inputs).fill(-1);
    for (let i = 0; i < elements; i++) {
      const place = places === undefined ? i : (places[i] ?? -1);
      if (place === -1) continue;
      const channel = place % outputs;
      const column = i % inputs;
      if (channels[column] !== -1 && channels[column] !== channel) return undefined;
      channels[column] = channel;
    }
    return channels;
  }

  function factorsOf(first: Linear, second: Linear, channels: Int32Array): Float64Array {
    const [own, next] = [constants.get(first.weights), constants.get(second.weights)];
    const [outputs = 0, inputs = 0] = own?.shape ?? [];
    const mostOwn = new Float64Array(outputs);
    const mostNext = new Float64Array(outputs);
    own?.values.forEach((it, i) => {
      const o = Math.floor(i / inputs);
      mostOwn[o] = Math.max(mostOwn[o] ?? 0, Math.abs(it));
    });
    next?.values.forEach((it, i) => {
      const channel = channels[i % channels.length] ?? -1;
      if (channel !== -1) mostNext[channel] = Math.max(mostNext[channel] ?? 0, Math.abs(it));
    });
    return mostOwn.map((it, o) => {
      const ratio = Math.sqrt((mostNext[o] ?? 0) / it);
      if (!(ratio > 0 && ratio < Infinity)) return 1;
      return Math.min(MOST_FACTOR, Math.max(1 / MOST_FACTOR, ratio));
    });
  }

  function scaleOutputs(layer: Linear, factors: Float64Array): void {
    const inputs = tensors.get(layer.weights)?.shape[1] ?? 1;
    const weights = scaled(layer.weights, (i) => factors[Math.floor(i / inputs)] ?? 1);
    const bias = layer.bias === undefined ? undefined : scaled(layer.bias, (i) => factors[i] ?? 1);
    layers.set(layer.output, { ...layer, weights, bias });
  }

  function scaleInputs(layer: Linear, factors: ArrayLike<number>): void {
    const weights = scaled(layer.weights, (i) => factors[i % factors.length] ?? 1);
    layers.set(layer.output, { ...layer, weights });
  }

  function scaled(id: FloatId, factor: (index: number) => number): FloatId {
    const constant = constants.get(id);
    const tensor = tensors.get(id);
    if (constant === undefined || tensor === undefined) return id;
    let name = id;
    while (tensors.has(name)) name += "'";
    constants.set(name, { ...constant, values: constant.values.map((it, i) => it * factor(i)) });
    tensors.set(name, tensor);
    return name;
  }

  function elementsOf(id: FloatId): number {
    return (tensors.get(id)?.shape ?? []).reduce((n, it) => n * it, 1);
  }
}
