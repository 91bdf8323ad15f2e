import { CompilerError } from "../errors.ts";
import { hintFor } from "../onnx/hints.ts";
import type { GraphProto, ModelProto, NodeProto, ValueInfoProto } from "../onnx/modelProto.ts";
import { decodeModel, encodeModel } from "../onnx/modelProto.ts";
import { findDomain } from "../onnx/ops.ts";
import type { Dimensions } from "../onnx/readInterface.ts";
import { readModel } from "../onnx/readModel.ts";
import { nodeName } from "../onnx/sortNodes.ts";

/** One op of the file. */
export type OpUse = {
  readonly domain: string;
  readonly op: string;
  /** As imported by the file; 0 where it imports none. */
  readonly opset: number;
  readonly count: number;
  /** Nodes of it that cannot be compiled. */
  readonly unsupported: number;
};

/** A node that cannot be compiled, and what to do about it. */
export type NodeProblem = {
  readonly node: string;
  readonly domain: string;
  readonly op: string;
  readonly opset: number;
  readonly code: string;
  readonly reason: string;
};

/** Which parts of a file the compiler reads. */
export type OpSurvey = {
  readonly ops: readonly OpUse[];
  readonly problems: readonly NodeProblem[];
  /** Nodes that depend on the output of one of `problems`, so that their form could not be looked at. */
  readonly unchecked: readonly string[];
  /** Why the file as a whole is refused: an open length, an opset, a size. */
  readonly refusal?: Refusal;
};

/** An error as plain data. */
export type Refusal = { readonly code: string; readonly message: string };

/** Files of more problems than this are shown so many. */
const MAX_PROBLEMS = 256;
/** Nodes that are read again and again while problems are collected. */
const MAX_NODES_READ = 2 ** 16;

/**
 * Finds every node that the importer refuses, not only the first: what is refused is cut off with all that depends on
 * it, and the rest is read again.
 *
 * @throws {CompilerError} `MODEL_MALFORMED`, `MODEL_TOO_LARGE`, `LIMIT_EXCEEDED` where there is nothing to count.
 */
export function surveyOps(file: Uint8Array, dimensions: Dimensions = {}): OpSurvey {
  const model = decodeModel(file);
  const nodes = model.graph?.node ?? [];
  const opsets = new Map(
    (model.opsetImport ?? []).map(({ domain = "", version = 0n }) => [
      domainName(domain),
      Number(version),
    ]),
  );
  const describe = (node: NodeProto): Omit<NodeProblem, "code" | "reason"> => {
    const domain = domainName(node.domain ?? "");
    return {
      node: nodeName(node),
      domain,
      op: node.opType ?? "",
      opset: opsets.get(domain) ?? 0,
    };
  };

  const problems = new Map<NodeProto, NodeProblem>();
  const cut = new Set<NodeProto>();
  for (const node of nodes) {
    const { domain = "", opType = "" } = node;
    if (findDomain(domain)?.ops.has(opType) === true) continue;
    const isKnown = findDomain(domain) !== undefined;
    const reason = isKnown ? hintFor(opType) : "its domain is none of ai.onnx and ai.onnx.ml";
    const code = isKnown ? "OP_UNSUPPORTED" : "DOMAIN_UNSUPPORTED";
    problems.set(node, { ...describe(node), code, reason });
  }
  let read = 0;
  let refusal: Refusal | undefined;
  for (let error = refuse(); error !== undefined; error = refuse()) {
    const name = "node" in error.data ? error.data.node : undefined;
    const found = nodes.find((it) => !cut.has(it) && nodeName(it) === name);
    if (found === undefined) {
      refusal = { code: error.code, message: error.message };
      break;
    }
    const { code } = error;
    const reason = "reason" in error.data ? error.data.reason : error.message;
    problems.set(found, { ...describe(found), code, reason });
    if (problems.size >= MAX_PROBLEMS || read >= MAX_NODES_READ) break;
  }
  return {
    ops: countOps(nodes.map(describe), [...problems.values()]),
    problems: nodes.flatMap((it) => problems.get(it) ?? []),
    unchecked: nodes.filter((it) => cut.has(it) && !problems.has(it)).map(nodeName),
    ...(refusal === undefined ? {} : { refusal }),
  };

  /** Why the rest of the file is refused, once all that depends on a problem is cut off. */
  function refuse(): CompilerError | undefined {
    const rest = withoutDependents(model, problems, cut);
    read += rest?.graph?.node?.length ?? 0;
    if (rest === undefined) return undefined;
    try {
      readModel(rest === model ? file : encodeModel(rest), { dimensions });
      return undefined;
    } catch (error) {
      if (error instanceof CompilerError) return error;
      throw error;
    }
  }
}

/** Op of each node of a file, by the name that graphs give it. */
export function opsByNode(file: Uint8Array): ReadonlyMap<string, string> {
  const nodes = decodeModel(file).graph?.node ?? [];
  return new Map(nodes.map((it) => [nodeName(it), it.opType ?? ""]));
}

/** The model without some nodes and what depends on them; `undefined` where nothing is left. */
function withoutDependents(
  model: ModelProto,
  problems: ReadonlyMap<NodeProto, unknown>,
  cut: Set<NodeProto>,
): ModelProto | undefined {
  if (problems.size === 0) return model;
  const { graph = {} } = model;
  const lost = new Set<string>();
  let grew = true;
  // ONNX demands a topological order, so one round suffices; files that break it take more.
  while (grew) {
    grew = false;
    for (const node of graph.node ?? []) {
      if (cut.has(node) && (node.output ?? []).every((it) => lost.has(it))) continue;
      if (!problems.has(node) && !(node.input ?? []).some((it) => lost.has(it))) continue;
      cut.add(node);
      for (const it of node.output ?? []) lost.add(it);
      grew = true;
    }
  }
  const kept = (graph.node ?? []).filter((it) => !cut.has(it));
  if (kept.length === 0) return undefined;
  return { ...model, graph: { ...graph, node: kept, output: openEnds(graph, kept) } };
}

/** Outputs that are left, or else tensors that nothing reads. */
function openEnds(graph: GraphProto, kept: readonly NodeProto[]): readonly ValueInfoProto[] {
  const made = new Set(kept.flatMap((it) => it.output ?? []));
  const own = (graph.output ?? []).filter(({ name = "" }) => made.has(name));
  if (own.length > 0) return own;
  const read = new Set(kept.flatMap((it) => it.input ?? []));
  const ends = kept.flatMap(({ output: [first = ""] = [] }) =>
    first === "" || read.has(first) ? [] : [{ name: first }],
  );
  return ends;
}

function countOps(
  nodes: readonly Omit<NodeProblem, "code" | "reason">[],
  problems: readonly NodeProblem[],
): readonly OpUse[] {
  const rows = new Map<string, { use: Omit<OpUse, "count" | "unsupported">; count: number }>();
  for (const { domain, op, opset } of nodes) {
    const key = `${domain}:${op}`;
    const { use, count } = rows.get(key) ?? { use: { domain, op, opset }, count: 0 };
    rows.set(key, { use, count: count + 1 });
  }
  return [...rows.values()].map(({ use, count }) => ({
    ...use,
    count,
    unsupported: problems.filter((it) => it.domain === use.domain && it.op === use.op).length,
  }));
}

function domainName(name: string): string {
  return name === "" ? "ai.onnx" : name;
}
