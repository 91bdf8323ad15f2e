import { CompilerError } from "../errors.ts";
import { ATTRIBUTE_TYPES } from "./modelProto.ts";
import type { AttributeProto, NodeProto } from "./modelProto.ts";
import { hintFor } from "./hints.ts";
import type { OnnxNode, OnnxValue, OpReader } from "./opReader.ts";
import { findDomain } from "./ops.ts";
import { named } from "./readInterface.ts";
import { nodeName } from "./sortNodes.ts";

/**
 * Finds the reader of a node and checks what all ops have in common.
 *
 * @param opsets version of each domain that the file imports
 * @param valueOf value of a tensor that is defined before the node
 * @throws {CompilerError} `DOMAIN_UNSUPPORTED`, `OPSET_MISSING`, `OP_UNSUPPORTED`, `OP_FORM_UNSUPPORTED`,
 * `ATTRIBUTE_INVALID`, `SUBGRAPH_UNSUPPORTED`, `SPARSE_UNSUPPORTED`, `NAME_MISSING`.
 */
export function readNode(
  proto: NodeProto,
  opsets: ReadonlyMap<string, number>,
  valueOf: (tensor: string) => OnnxValue,
): { readonly node: OnnxNode; readonly reader: OpReader } {
  const { opType = "", output: outputs = [] } = proto;
  const name = nodeName(proto);
  const domain = findDomain(proto.domain ?? "");
  if (domain === undefined) {
    const { domain: unknown = "" } = proto;
    throw new CompilerError({ code: "DOMAIN_UNSUPPORTED", node: name, domain: unknown });
  }
  const opset = opsets.get(domain.name);
  if (opset === undefined) throw new CompilerError({ code: "OPSET_MISSING", domain: domain.name });
  const attributes = readAttributes(proto.attribute ?? [], name, opType);
  const reader = domain.ops.get(opType);
  if (reader === undefined) {
    const where = { node: name, opType, domain: domain.name, opset };
    throw new CompilerError({ code: "OP_UNSUPPORTED", ...where, hint: hintFor(opType) });
  }

  const fail = (reason: string): never => {
    throw new CompilerError({ code: "OP_FORM_UNSUPPORTED", node: name, op: opType, reason });
  };
  const inputs = proto.input ?? [];
  const { least, most } = reader.inputs;
  if (inputs.length > most) fail(`it has ${inputs.length} inputs`);
  if (inputs.slice(0, least).filter((id) => id !== "").length < least) {
    fail(`it needs ${least} inputs`);
  }
  const count = reader.outputs ?? { least: 1, most: 1 };
  const isNamed = outputs.some((it) => it !== "");
  if (!isNamed || outputs.length < count.least || outputs.length > count.most) {
    fail(`it has ${outputs.length} outputs`);
  }
  const allowed = reader.attributes(opset);
  for (const attribute of attributes.keys()) {
    if (allowed.includes(attribute)) continue;
    const reason = `${opType} of opset ${opset} has no such attribute`;
    throw new CompilerError({ code: "ATTRIBUTE_INVALID", node: name, attribute, reason });
  }
  const values = inputs.map((id) => (id === "" ? undefined : valueOf(id)));
  return { node: { name, opType, opset, inputs: values, outputs, attributes }, reader };
}

function readAttributes(
  protos: readonly AttributeProto[],
  node: string,
  opType: string,
): ReadonlyMap<string, AttributeProto> {
  const attributes = new Map<string, AttributeProto>();
  for (const it of protos) {
    const attribute = named(it.name, `an attribute of ${node}`);
    const { graph, graphs, sparseTensor } = ATTRIBUTE_TYPES;
    if (it.g !== undefined || it.graphs !== undefined || it.type === graph || it.type === graphs) {
      throw new CompilerError({ code: "SUBGRAPH_UNSUPPORTED", node, opType, attribute });
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
