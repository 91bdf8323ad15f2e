import { PublisherError } from "../errors.ts";
import { plainText } from "./plainText.ts";
import type { WireField } from "./wireFields.ts";
import { wireFields } from "./wireFields.ts";

/** A tensor whose data are in another file. */
export type ExternalTensor = {
  readonly tensor: string;
  /** As the file says it: anything. */
  readonly location: string;
  /** Where its data end in that file, as far as the model says. */
  readonly end: number;
};

/** An op, and how many nodes of it there are, those of subgraphs and functions included. */
export type OnnxOp = { readonly domain: string; readonly op: string; readonly count: number };

/** What an ONNX file says of itself; names are fit to be shown. */
export type OnnxSummary = {
  readonly producer: string;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly ops: readonly OnnxOp[];
  readonly external: readonly ExternalTensor[];
};

type Kind =
  "model" | "training" | "function" | "graph" | "node" | "attribute" | "sparse" | "tensor";

/** Messages in which there are tensors, by the field numbers of onnx.proto3. */
const PARTS: Readonly<Record<Kind, ReadonlyMap<number, Kind>>> = {
  model: new Map([
    [7, "graph"],
    [20, "training"],
    [25, "function"],
  ]),
  training: new Map([
    [1, "graph"],
    [2, "graph"],
  ]),
  function: new Map([
    [7, "node"],
    [11, "attribute"],
  ]),
  graph: new Map([
    [1, "node"],
    [5, "tensor"],
    [15, "sparse"],
  ]),
  node: new Map([[5, "attribute"]]),
  attribute: new Map([
    [5, "tensor"],
    [6, "graph"],
    [10, "tensor"],
    [11, "graph"],
    [22, "sparse"],
    [23, "sparse"],
  ]),
  sparse: new Map([
    [1, "tensor"],
    [2, "tensor"],
  ]),
  tensor: new Map(),
};

const PRODUCER = 2;
const OPSET_IMPORT = 8;
const OP_TYPE = 4;
const DOMAIN = 7;
const TENSOR_NAME = 8;
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
const EXTERNAL = 1;
/** Fields of a model are below; a Core ML model's kind is a field from there on. */
const CORE_ML_KINDS = 200;

// What a few megabytes cannot make into gigabytes.
const MAX_DEPTH = 64;
const MAX_TEXT_BYTES = 4096;
const MAX_OWN_FIELDS = 64;
const MAX_OPSETS = 256;
const MAX_KINDS_OF_OPS = 4096;
const MAX_EXTERNAL_TENSORS = 2 ** 16;

/**
 * Walks an ONNX file, whatever its opset and ops: the compiler's reader stops at the first thing that it does not support, and
 * does not look into subgraphs, where a runtime would still open the files that they name.
 *
 * @param path how errors name the file
 * @throws {PublisherError} `ONNX_MALFORMED`; `FORMAT_REFUSED` for protobufs of others; `LOCATION_REFUSED`.
 */
export function describeOnnx(file: Uint8Array, path: string): OnnxSummary {
  const fail = (reason: string): never => {
    throw new PublisherError({ code: "ONNX_MALFORMED", path, reason });
  };
  const fieldsOf = wireFields(file, fail);
  const textOf = ({ start, end }: WireField): string => {
    if (end - start > MAX_TEXT_BYTES) fail(`a name has more than ${MAX_TEXT_BYTES} bytes`);
    return decode(file.subarray(start, end));
  };
  /** Fields of the model, and whether each is one with a length. */
  const top = new Map<number, boolean>();
  const opsets = new Map<string, number>();
  const ops = new Map<string, OnnxOp>();
  const external: ExternalTensor[] = [];
  let producer = "";

  walk("model", { id: 0, start: 0, end: file.length, isMessage: true, value: 0 }, 0);
  refuseOthers(top, path);
  if (top.get(7) !== true) fail("it has no graph");
  if (ops.size === 0) fail("its graph has no nodes");
  const versions = [...opsets].map(([domain, version]) => ({ domain, version }));
  return { producer, opsets: versions, ops: [...ops.values()], external };

  function walk(kind: Kind, message: WireField, depth: number): void {
    if (depth > MAX_DEPTH) fail(`its graphs are nested more than ${MAX_DEPTH} deep`);
    const own: WireField[] = [];
    for (const field of fieldsOf(message.start, message.end)) {
      const part = PARTS[kind].get(field.id);
      if (kind === "model") top.set(Math.min(field.id, CORE_ML_KINDS), field.isMessage);
      if (part !== undefined && field.isMessage) walk(part, field, depth + 1);
      else if (kind === "model") readHead(field);
      else if (isOwn(kind, field.id)) own.push(field);
      if (own.length > MAX_OWN_FIELDS) fail(`a ${kind} repeats what it is to say once`);
    }
    if (kind === "node") countOp(own);
    if (kind === "tensor") readTensor(own);
  }

  function readHead(field: WireField): void {
    if (field.id === PRODUCER && field.isMessage) producer = plainText(textOf(field));
    if (field.id !== OPSET_IMPORT || !field.isMessage) return;
    let domain = "";
    let version = 0;
    for (const it of fieldsOf(field.start, field.end)) {
      if (it.id === 1) domain = textOf(it);
      if (it.id === 2) version = it.value;
    }
    opsets.set(domainOf(domain), version);
    if (opsets.size > MAX_OPSETS) fail(`it imports more than ${MAX_OPSETS} sets of ops`);
  }

  function countOp(fields: readonly WireField[]): void {
    const text = (id: number): string => {
      const found = fields.findLast((it) => it.id === id);
      return found === undefined ? "" : textOf(found);
    };
    const domain = domainOf(text(DOMAIN));
    const op = plainText(text(OP_TYPE));
    const key = `${domain}:${op}`;
    ops.set(key, { domain, op, count: (ops.get(key)?.count ?? 0) + 1 });
    if (ops.size > MAX_KINDS_OF_OPS) fail(`it has more than ${MAX_KINDS_OF_OPS} kinds of ops`);
  }

  function readTensor(fields: readonly WireField[]): void {
    const place = fields.findLast((it) => it.id === DATA_LOCATION);
    if (place?.value !== EXTERNAL) return;
    const name = fields.findLast((it) => it.id === TENSOR_NAME);
    const tensor = plainText(name === undefined ? "without a name" : textOf(name));
    const entries = new Map(
      fields.filter((it) => it.id === EXTERNAL_DATA && it.isMessage).map(entryOf),
    );
    const location = entries.get("location") ?? "";
    const [offset, length] = ["offset", "length"].map((key) => {
      const text = entries.get(key) ?? "0";
      if (/^\d{1,15}$/.test(text)) return Number(text);
      const reason = `its ${key} is no number of bytes`;
      throw new PublisherError({
        code: "LOCATION_REFUSED",
        ...{ tensor, location: plainText(location), reason },
      });
    });
    external.push({ tensor, location, end: (offset ?? 0) + (length ?? 0) });
    if (external.length > MAX_EXTERNAL_TENSORS)
      fail(`more than ${MAX_EXTERNAL_TENSORS} tensors have their data elsewhere`);
  }

  function entryOf(entry: WireField): readonly [string, string] {
    let [key, value] = ["", ""];
    for (const it of fieldsOf(entry.start, entry.end)) {
      if (it.id === 1) key = textOf(it);
      if (it.id === 2) value = textOf(it);
    }
    return [key, value];
  }
}

/** Fields that mean something in the message as a whole. */
function isOwn(kind: Kind, id: number): boolean {
  if (kind === "node") return id === OP_TYPE || id === DOMAIN;
  return kind === "tensor" && [TENSOR_NAME, EXTERNAL_DATA, DATA_LOCATION].includes(id);
}

/** Protobufs that are no ONNX look alike until their end: a SavedModel begins as an ONNX file may. */
function refuseOthers(top: ReadonlyMap<number, boolean>, path: string): void {
  const isOthers = !top.has(OPSET_IMPORT);
  const isSaved = isOthers && !top.has(7) && top.get(1) === false && top.get(2) === true;
  const isFrozen = isOthers && top.get(1) === true;
  const isCoreMl = isOthers && top.has(CORE_ML_KINDS);
  if (isCoreMl) throw new PublisherError({ code: "FORMAT_REFUSED", path, format: "coreml" });
  if (isSaved || isFrozen)
    throw new PublisherError({ code: "FORMAT_REFUSED", path, format: "tensorflow" });
}

function domainOf(name: string): string {
  return name === "" ? "ai.onnx" : plainText(name);
}

/** What is not UTF-8 has U+FFFD in its place, which no file's name may have. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
