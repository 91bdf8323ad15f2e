import { CompilerError } from "../errors.ts";
import type { FloatBuilder } from "../ir/floatBuilder.ts";
import { createFloatBuilder } from "../ir/floatBuilder.ts";
import type { FloatGraph, Port } from "../ir/floatGraph.ts";
import { elementsOf } from "../ir/shape.ts";
import { checkFinite, checkInfinities, traced } from "./infinities.ts";
import { castTo } from "./ops/cast.ts";
import { defineTensor } from "./defineTensor.ts";
import type { GraphProto, ModelProto } from "./modelProto.ts";
import { decodeModel } from "./modelProto.ts";
import type { OnnxValue } from "./opReader.ts";
import { findDomain } from "./ops.ts";
import type { Dimensions, OnnxInput } from "./readInterface.ts";
import { named, readInterface } from "./readInterface.ts";
import { readNode } from "./readNode.ts";
import { readTensor } from "./readTensor.ts";
import { sortNodes } from "./sortNodes.ts";

export const MAX_NODES = 2 ** 14;
export const MAX_NAME_LENGTH = 1024;

export type ReadOptions = {
  /** Of inputs, where the file leaves them open; a first axis without length is 1. */
  readonly dimensions?: Dimensions;
};

/**
 * Reads an ONNX file as a graph of real numbers: inputs laid end to end, outputs likewise, initializers and what follows
 * from them alone as constants.
 *
 * @throws {CompilerError} for anything that is malformed, hostile in size, or not supported; never anything else.
 */
export function readModel(file: Uint8Array, { dimensions = {} }: ReadOptions = {}): FloatGraph {
  const model = decodeModel(file);
  const { graph } = model;
  if (graph === undefined) throw new CompilerError({ code: "MODEL_NO_GRAPH" });
  const functions = model.functions?.length ?? 0;
  if (functions > 0) throw new CompilerError({ code: "FUNCTIONS_UNSUPPORTED", count: functions });
  const opsets = readOpsets(model);
  checkSizes(graph);

  const initializers = namesOfInitializers(graph);
  const { inputs, outputs } = readInterface(graph, initializers, dimensions);
  const elements = inputs.reduce((sum, { shape }) => sum + elementsOf(shape), 0);
  // Without inputs there is still one element, which nothing reads.
  const builder = createFloatBuilder(Math.max(elements, 1));
  const values = new Map<string, OnnxValue>(readInputs(builder, inputs));
  for (const proto of graph.initializer ?? []) {
    const { name = "" } = proto;
    const ops = builder.at(name, name);
    values.set(name, traced(ops, defineTensor(ops, readTensor(proto, name)), name));
  }
  readNodes(graph, opsets, builder, values);

  const results = outputs.map((name) => ({ name, value: outputOf(name, values) }));
  const end = builder.at("outputs", "output");
  const lengths = results.map(({ value }) => elementsOf(end.shapeOf(value.id)));
  const total = lengths.reduce((sum, it) => sum + it, 0);
  if (total === 0) {
    const [tensor = ""] = outputs;
    throw new CompilerError({ code: "SHAPE_INVALID", tensor, reason: "it has no elements" });
  }
  const ids = results.map(({ value }) => value.id);
  return builder.finish({
    name: graph.name ?? "",
    inputs: inputs.map(({ name, shape, dtype }) => ({ name, shape, kind: kindOf({ dtype }) })),
    outputs: results.map(({ name, value }) => ({
      name,
      shape: end.shapeOf(value.id),
      kind: kindOf(value),
    })),
    output: end.view(ids, [total], (at) => at),
  });
}

function readOpsets({ opsetImport = [] }: ModelProto): ReadonlyMap<string, number> {
  const opsets = new Map<string, number>();
  for (const { domain: name = "", version: opset = 0n } of opsetImport) {
    const domain = findDomain(name);
    if (domain === undefined) continue;
    const { lowest, highest } = domain;
    if (opset < BigInt(lowest) || opset > BigInt(highest)) {
      const where = { opset, domain: domain.name };
      throw new CompilerError({ code: "OPSET_UNSUPPORTED", ...where, lowest, highest });
    }
    opsets.set(domain.name, Number(opset));
  }
  return opsets;
}

function checkSizes({ node = [], initializer = [], input = [], output = [] }: GraphProto): void {
  const limit = MAX_NODES;
  const lists = { nodes: node, initializers: initializer, inputs: input, outputs: output };
  for (const [what, { length: count }] of Object.entries(lists)) {
    if (count > limit) throw new CompilerError({ code: "LIMIT_EXCEEDED", what, count, limit });
  }
  const names = [
    ...node.flatMap((it) => [it.name, it.opType, it.domain, ...(it.input ?? [])]),
    ...node.flatMap((it) => it.output ?? []),
    ...node.flatMap((it) => (it.attribute ?? []).map(({ name }) => name)),
    ...[...initializer, ...input, ...output].map(({ name }) => name),
  ];
  const count = names.reduce((most, name = "") => Math.max(most, name.length), 0);
  if (count > MAX_NAME_LENGTH) {
    const what = "characters in a name";
    throw new CompilerError({ code: "LIMIT_EXCEEDED", what, count, limit: MAX_NAME_LENGTH });
  }
}

function namesOfInitializers(graph: GraphProto): ReadonlySet<string> {
  if ((graph.sparseInitializer?.length ?? 0) > 0) {
    throw new CompilerError({ code: "SPARSE_UNSUPPORTED", tensor: "an initializer" });
  }
  const names = new Set<string>();
  for (const proto of graph.initializer ?? []) {
    const name = named(proto.name, "an initializer");
    if (names.has(name)) throw new CompilerError({ code: "NAME_DUPLICATE", name });
    names.add(name);
  }
  return names;
}

/** Each input as its part of the flat one. */
function readInputs(
  builder: FloatBuilder,
  inputs: readonly OnnxInput[],
): readonly (readonly [string, OnnxValue])[] {
  let start = 0;
  return inputs.map(({ name, shape, dtype }) => {
    const ops = builder.at(name, name);
    const from = start;
    start += elementsOf(shape);
    const id = ops.view([builder.input], shape, (at) => from + at);
    if (dtype === "float") return [name, { id, dtype }];
    const whole = ops.asInteger(id);
    // An encoding holds other numbers than truth values; as in ONNX all but 0 is true.
    if (dtype === "boolean") return [name, castTo(ops, { id: whole, dtype: "integer" }, { dtype })];
    return [name, { id: whole, dtype }];
  });
}

/** Reads the nodes in their order and defines their outputs. */
function readNodes(
  graph: GraphProto,
  opsets: ReadonlyMap<string, number>,
  builder: FloatBuilder,
  values: Map<string, OnnxValue>,
): void {
  const unread = new Map<string, { readonly node: string; readonly op: string }>();
  const valueOf = (tensor: string): OnnxValue => {
    const value = values.get(tensor);
    if (value !== undefined) return value;
    const { node, op } = unread.get(tensor) ?? { node: tensor, op: "a node" };
    const reason = `its output ${tensor} is not supported`;
    throw new CompilerError({ code: "OP_FORM_UNSUPPORTED", node, op, reason });
  };
  for (const proto of sortNodes(graph.node ?? [], [...values.keys()])) {
    const { node, reader } = readNode(proto, opsets, valueOf);
    const base = node.outputs.find((it) => it !== "") ?? node.name;
    checkInfinities(node);
    const ops = builder.at(node.name, base);
    const results = reader.read(node, ops);
    node.outputs.forEach((name, at) => {
      const value = results[at];
      if (name === "") return;
      if (value !== undefined) values.set(name, traced(ops, value, name, node));
      else unread.set(name, { node: node.name, op: node.opType });
    });
  }
  for (const { name = "" } of graph.output ?? []) if (unread.has(name)) valueOf(name);
}

function outputOf(tensor: string, values: ReadonlyMap<string, OnnxValue>): OnnxValue {
  const value = values.get(tensor);
  if (value === undefined) {
    throw new CompilerError({ code: "TENSOR_UNDEFINED", node: "the output", tensor });
  }
  checkFinite(value.infinities);
  return value;
}

function kindOf({ dtype }: Pick<OnnxValue, "dtype">): Port["kind"] {
  return dtype === "float" ? "real" : "integer";
}
