import { CompilerError } from "../errors.ts";
import type { Constant, FloatGraph, FloatNode } from "../ir/floatGraph.ts";
import { operandsOf } from "../ir/floatGraph.ts";
import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  ValueInfoProto,
} from "./modelProto.ts";
import { ATTRIBUTE_TYPES, decodeModel, FLOAT32 } from "./modelProto.ts";
import type { OnnxNode, OpReader } from "./opReader.ts";
import { HIGHEST_OPSET, LOWEST_OPSET, OPS } from "./ops.ts";
import type { OnnxTensor } from "./readTensor.ts";
import { readShape, readTensor } from "./readTensor.ts";
import { nodeName, sortNodes } from "./sortNodes.ts";

export const MAX_NODES = 2 ** 14;
export const MAX_NAME_LENGTH = 1024;

const DOMAINS: readonly string[] = ["", "ai.onnx"];

/**
 * Reads an ONNX file as a graph of real numbers: one float32 input, one output, initializers as constants, a first axis
 * of variable length taken as 1. Shapes of computed tensors are left to `inferShapes`.
 *
 * @throws {CompilerError} for anything that is malformed, hostile in size, or not supported; never anything else.
 */
export function readModel(file: Uint8Array): FloatGraph {
  const model = decodeModel(file);
  const { graph } = model;
  if (graph === undefined) throw new CompilerError({ code: "MODEL_NO_GRAPH" });
  const functions = model.functions?.length ?? 0;
  if (functions > 0) throw new CompilerError({ code: "FUNCTIONS_UNSUPPORTED", count: functions });
  const opset = readOpset(model);
  checkSizes(graph);

  const constants = readInitializers(graph);
  const { input, output } = readInterface(graph, constants);
  const nodes = sortNodes(graph.node ?? [], [input.id, ...constants.keys()]);
  return readNodes(graph.name ?? "", nodes, { opset, constants, input, output });
}

function readOpset({ opsetImport = [] }: ModelProto): number {
  const imported = opsetImport.find(({ domain = "" }) => DOMAINS.includes(domain));
  if (imported === undefined) throw new CompilerError({ code: "OPSET_MISSING" });
  const opset = imported.version ?? 0n;
  if (opset < BigInt(LOWEST_OPSET) || opset > BigInt(HIGHEST_OPSET)) {
    const limits = { lowest: LOWEST_OPSET, highest: HIGHEST_OPSET };
    throw new CompilerError({ code: "OPSET_UNSUPPORTED", opset, ...limits });
  }
  return Number(opset);
}

function checkSizes({ node = [], initializer = [], input = [], output = [] }: GraphProto): void {
  const limit = MAX_NODES;
  for (const [what, { length: count }] of Object.entries({ nodes: node, initializer, input })) {
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

function readInitializers(graph: GraphProto): ReadonlyMap<string, OnnxTensor> {
  if ((graph.sparseInitializer?.length ?? 0) > 0) {
    throw new CompilerError({ code: "SPARSE_UNSUPPORTED", tensor: "an initializer" });
  }
  const constants = new Map<string, OnnxTensor>();
  for (const proto of graph.initializer ?? []) {
    const name = named(proto.name, "an initializer");
    if (constants.has(name)) throw new CompilerError({ code: "NAME_DUPLICATE", name });
    constants.set(name, readTensor(proto, name));
  }
  return constants;
}

type Interface = {
  readonly input: { readonly id: string; readonly shape: readonly number[] };
  readonly output: string;
};

function readInterface(graph: GraphProto, constants: ReadonlyMap<string, OnnxTensor>): Interface {
  const infos = (graph.input ?? []).map((it) => ({ ...it, id: named(it.name, "an input") }));
  const duplicate = infos.find(({ id }, i) => infos.findIndex((it) => it.id === id) !== i);
  if (duplicate !== undefined) {
    throw new CompilerError({ code: "NAME_DUPLICATE", name: duplicate.id });
  }
  // Files of IR version 3 list their initializers as inputs, too.
  const inputs = infos.filter(({ id }) => !constants.has(id));
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    throw new CompilerError({ code: "INPUT_COUNT", count: inputs.length });
  }
  const outputs = graph.output ?? [];
  const [output] = outputs;
  if (output === undefined || outputs.length > 1) {
    throw new CompilerError({ code: "OUTPUT_COUNT", count: outputs.length });
  }
  return {
    input: { id: input.id, shape: inputShape(input, input.id) },
    output: named(output.name, "the output"),
  };
}

/** The declared shape of a float32 tensor, its batch folded to 1. */
function inputShape(info: ValueInfoProto, id: string): readonly number[] {
  const dtype = info.type?.tensorType?.elemType ?? 0;
  if (dtype !== FLOAT32) throw new CompilerError({ code: "DTYPE_UNSUPPORTED", tensor: id, dtype });
  const dimensions = info.type?.tensorType?.shape?.dim;
  if (dimensions === undefined) {
    throw new CompilerError({ code: "SHAPE_INVALID", tensor: id, reason: "it is not declared" });
  }
  const dims = dimensions.map(({ dimValue }, axis) => {
    if (dimValue !== undefined) return dimValue;
    if (axis > 0) throw new CompilerError({ code: "SHAPE_DYNAMIC", tensor: id, axis });
    return 1n;
  });
  if (dims.includes(0n)) {
    throw new CompilerError({ code: "SHAPE_INVALID", tensor: id, reason: "an axis has length 0" });
  }
  return readShape(dims, id);
}

function readNodes(
  name: string,
  protos: readonly NodeProto[],
  head: Interface & { opset: number; constants: ReadonlyMap<string, OnnxTensor> },
): FloatGraph {
  const { input, output, opset } = head;
  const tensors = new Map(head.constants);
  const names = new Set([input.id, ...tensors.keys(), ...protos.flatMap((it) => it.output ?? [])]);
  const fresh = (base: string): string => {
    let id = base;
    while (names.has(id)) id += "'";
    names.add(id);
    return id;
  };

  const nodes: FloatNode[] = [];
  const computed = new Set([input.id]);
  for (const proto of protos) {
    const { node, reader } = readNode(proto, opset);
    const reading = reader.read(node, { constant: (id) => tensors.get(id), fresh });
    if ("constant" in reading) {
      tensors.set(node.output, reading.constant);
      continue;
    }
    nodes.push(...reading.nodes);
    for (const it of reading.nodes) computed.add(it.output);
  }

  if (!computed.has(output) && tensors.get(output)?.dtype !== "float32") {
    throw new CompilerError({ code: "TENSOR_UNDEFINED", node: "the output", tensor: output });
  }
  const constants = usedConstants(nodes, output, tensors);
  const shapes = new Map([...constants].map(([id, { shape }]) => [id, shape]));
  shapes.set(input.id, input.shape);
  return { name, input: input.id, output: output, constants, shapes, nodes };
}

/** The constants that remain: weights. Shapes are already part of their nodes. */
function usedConstants(
  nodes: readonly FloatNode[],
  output: string,
  tensors: ReadonlyMap<string, OnnxTensor>,
): ReadonlyMap<string, Constant> {
  const constants = new Map<string, Constant>();
  for (const id of [...nodes.flatMap(operandsOf), output]) {
    const tensor = tensors.get(id);
    if (tensor === undefined) continue;
    if (tensor.dtype !== "float32") {
      throw new CompilerError({ code: "DTYPE_UNSUPPORTED", tensor: id, dtype: 7 });
    }
    if (tensor.values.length === 0) {
      throw new CompilerError({ code: "SHAPE_INVALID", tensor: id, reason: "it has no elements" });
    }
    constants.set(id, { shape: tensor.shape, values: tensor.values });
  }
  return constants;
}

/** Finds the reader of a node and checks what all ops have in common. */
function readNode(
  proto: NodeProto,
  opset: number,
): { readonly node: OnnxNode; readonly reader: OpReader } {
  const { opType = "", domain = "", output: outputs = [] } = proto;
  const name = nodeName(proto);
  if (!DOMAINS.includes(domain)) {
    throw new CompilerError({ code: "DOMAIN_UNSUPPORTED", node: name, domain });
  }
  const attributes = readAttributes(proto.attribute ?? [], name);
  const reader = OPS.get(opType);
  if (reader === undefined) {
    throw new CompilerError({ code: "OP_UNSUPPORTED", node: name, opType, opset });
  }

  const fail = (reason: string): never => {
    throw new CompilerError({ code: "OP_FORM_UNSUPPORTED", node: name, op: opType, reason });
  };
  const given = (proto.input ?? []).map((id) => (id === "" ? undefined : id));
  if (given.length > reader.inputs.most) fail(`it has ${given.length} inputs`);
  if (
    given.slice(0, reader.inputs.least).filter((id) => id !== undefined).length <
    reader.inputs.least
  ) {
    fail(`it needs ${reader.inputs.least} inputs`);
  }
  const [output = ""] = outputs;
  if (output === "" || outputs.length > 1) fail(`it has ${outputs.length} outputs`);
  const allowed = reader.attributes(opset);
  for (const attribute of attributes.keys()) {
    if (!allowed.includes(attribute)) {
      const reason = `${opType} of opset ${opset} has no such attribute`;
      throw new CompilerError({ code: "ATTRIBUTE_INVALID", node: name, attribute, reason });
    }
  }
  return { node: { name, opType, opset, inputs: given, output, attributes }, reader };
}

function readAttributes(
  protos: readonly AttributeProto[],
  node: string,
): ReadonlyMap<string, AttributeProto> {
  const attributes = new Map<string, AttributeProto>();
  for (const it of protos) {
    const attribute = named(it.name, `an attribute of ${node}`);
    const { graph, graphs, sparseTensor } = ATTRIBUTE_TYPES;
    if (it.g !== undefined || it.graphs !== undefined || it.type === graph || it.type === graphs) {
      throw new CompilerError({ code: "SUBGRAPH_UNSUPPORTED", node, attribute });
    }
    if (it.sparseTensor !== undefined || it.type === sparseTensor) {
      throw new CompilerError({ code: "SPARSE_UNSUPPORTED", tensor: `${attribute} of ${node}` });
    }
    if (attributes.has(attribute) || (it.refAttrName ?? "") !== "") {
      const reason = "it is given twice or refers to a function's attribute";
      throw new CompilerError({ code: "ATTRIBUTE_INVALID", node, attribute, reason });
    }
    attributes.set(attribute, it);
  }
  return attributes;
}

function named(name: string | undefined, what: string): string {
  if (name === undefined || name === "") throw new CompilerError({ code: "NAME_MISSING", what });
  return name;
}
