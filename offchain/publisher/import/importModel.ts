import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CompilerError, readModel } from "@vouch/compiler";
import type { Hex } from "@vouch/protocol";
import { bytesToHex } from "@vouch/protocol";
import type { OnProgress } from "@vouch/prover";
import { PublisherError } from "../errors.ts";
import type { OnnxSummary } from "./describeOnnx.ts";
import { describeOnnx } from "./describeOnnx.ts";
import type { Network } from "./network.ts";
import { NETWORK } from "./network.ts";
import { openAddress } from "./openAddress.ts";
import type { Hub } from "./openHub.ts";
import { openHub } from "./openHub.ts";
import { openPath } from "./openPath.ts";
import type { Saved } from "./openSink.ts";
import type { Licence, Origin } from "./origin.ts";
import { parseSource } from "./parseSource.ts";
import { plainText } from "./plainText.ts";
import { requireLocations } from "./requireLocations.ts";
import { sniffFormat } from "./sniffFormat.ts";
import type { SourceRecord } from "./sourceRecord.ts";
import { readSourceRecord, serializeSourceRecord, SOURCE_FILE } from "./sourceRecord.ts";

export type ImportOptions = {
  /** Folder that holds models, each in one of its own. */
  readonly into: string;
  /** Of its folder; by what its source is called if undefined. */
  readonly name?: string | undefined;
  /** SPDX identifier or a line of text; what the source says if undefined. */
  readonly licence?: string | undefined;
  /** Of a hub: branch, tag or commit. */
  readonly revision?: string | undefined;
  /** What the model's file has to be. */
  readonly sha256?: Hex | undefined;
  /** All files together. */
  readonly maxBytes?: number | undefined;
  readonly hub?: Hub | undefined;
  readonly network?: Network | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type Imported = {
  readonly name: string;
  readonly folder: string;
  readonly record: SourceRecord;
  readonly summary: OnnxSummary;
  /** Why no circuit can be made of it; it may be run under other evidence. */
  readonly refusal: CompilerError | undefined;
  /** Whether the folder had it already, byte for byte. */
  readonly wasThere: boolean;
};

/** What an import takes where nothing is said: 16 GiB. */
export const DEFAULT_MAX_BYTES: number = 2 ** 34;
/** What one message of protobuf can have. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;
const MODEL_FILE = "model.onnx";
const LICENCE_FILE = "LICENSE";
const NAME = /^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/;
const MAX_LICENCE = 200;

/**
 * Brings an ONNX model and the data that it names into a folder of its own under `into`, whole or not at all, and never in the place of
 * another. Nothing of it is run, loaded or decompressed; it is what its first bytes and its structure say, not what it is called.
 *
 * @param source `hf://<owner>/<repo>[@<revision>][/<path>]`, an address, or the path of a file or folder
 * @throws {PublisherError} by `ImportErrorData`; `FILE_MISSING`.
 */
export async function importModel(source: string, options: ImportOptions): Promise<Imported> {
  const licence = licenceOf(options.licence);
  const origin = await openOrigin(source, options);
  const name = options.name ?? origin.name;
  if (!NAME.test(name) || name.includes(".."))
    throw new PublisherError({ code: "IMPORT_NAME_INVALID", name: plainText(name) });
  await mkdir(options.into, { recursive: true });
  const part = await mkdtemp(join(options.into, ".import-"));
  try {
    const { files, summary, refusal } = await bring(origin, part, options);
    if (origin.licenceFile !== undefined)
      await writeFile(join(part, LICENCE_FILE), origin.licenceFile, { flag: "wx" });
    const fresh = serializeSourceRecord({
      ...{ source: origin.source, revision: origin.revision ?? null },
      ...{ licence: licence ?? origin.licence ?? null, files },
      importedAt: new Date().toISOString(),
    });
    await writeFile(join(part, SOURCE_FILE), fresh, { flag: "wx" });
    const folder = join(options.into, name);
    const wasThere = existsSync(folder);
    if (!wasThere) await rename(part, folder);
    const record = readSourceRecord(folder);
    if (record === undefined || (wasThere && !(await isSame(folder, record, files))))
      throw new PublisherError({ code: "MODEL_EXISTS", folder });
    return { name, folder, record, summary, refusal, wasThere };
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

function licenceOf(text: string | undefined): Licence | undefined {
  if (text === undefined) return undefined;
  const fail = (reason: string): never => {
    throw new PublisherError({ code: "LICENCE_INVALID", reason });
  };
  if (text.trim() === "") return fail("it is empty");
  if (text.length > MAX_LICENCE) return fail(`it has more than ${MAX_LICENCE} characters`);
  if (plainText(text) !== text) return fail("it has characters that cannot be shown");
  return { text: text.trim(), from: "option" };
}

function openOrigin(text: string, options: ImportOptions): Promise<Origin> | Origin {
  const source = parseSource(text, options.revision);
  const open = { network: options.network ?? NETWORK, signal: options.signal };
  if (source.kind === "path") return openPath(source.path, options.signal);
  if (source.kind === "url") return openAddress(source.url, open);
  return openHub(source, options.hub ?? { endpoint: "https://huggingface.co" }, open);
}

type Brought = Pick<Imported, "summary" | "refusal"> & { readonly files: SourceRecord["files"] };

async function bring(origin: Origin, part: string, options: ImportOptions): Promise<Brought> {
  const { maxBytes = DEFAULT_MAX_BYTES, sha256, onProgress = () => undefined } = options;
  const model = join(part, MODEL_FILE);
  const { label } = origin;
  const showing = (what: string) => (bytes: number, total: number | undefined) => {
    onProgress(`import ${what}`, total === undefined ? undefined : bytes / total);
  };
  const saved = await origin.save(
    undefined,
    model,
    { label, limit: Math.min(maxBytes, MAX_MODEL_BYTES), inspect: refuseForeign(label) },
    showing(label),
  );
  if (sha256 !== undefined && sha256 !== saved.sha256)
    throw new PublisherError({
      code: "IMPORT_HASH_MISMATCH",
      ...{ path: label, expected: sha256, found: saved.sha256 },
    });
  onProgress("check the model");
  const bytes = await readFile(model);
  const summary = describeOnnx(bytes, label);
  const files = [{ path: MODEL_FILE, ...saved }];
  let left = maxBytes - saved.bytes;
  for (const [location, needed] of requireLocations(summary.external)) {
    const target = join(part, location);
    await mkdir(dirname(target), { recursive: true });
    const expected = { label: location, limit: left, inspect: refusePointer(location) };
    const data = await origin.save(location, target, expected, showing(location));
    requireLength(location, data, needed);
    files.push({ path: location, ...data });
    left -= data.bytes;
  }
  return { files, summary, refusal: refusalOf(bytes) };
}

function refuseForeign(path: string): (head: Uint8Array) => void {
  return (head) => {
    const format = sniffFormat(head);
    if (format !== undefined) throw new PublisherError({ code: "FORMAT_REFUSED", path, format });
  };
}

/** Data may begin with any bytes but a text in their place. */
function refusePointer(path: string): (head: Uint8Array) => void {
  return (head) => {
    const format = sniffFormat(head);
    if (format === "gitLfs" || format === "html" || format === "empty")
      throw new PublisherError({ code: "FORMAT_REFUSED", path, format });
  };
}

function requireLength(location: string, { bytes }: Saved, needed: number): void {
  if (bytes < needed)
    throw new PublisherError({ code: "EXTERNAL_DATA_SHORT", location, bytes, needed });
}

function refusalOf(bytes: Uint8Array): CompilerError | undefined {
  try {
    readModel(bytes);
    return undefined;
  } catch (error) {
    if (error instanceof CompilerError) return error;
    throw error;
  }
}

/** Whether a folder has the same files, as they are now. */
async function isSame(
  folder: string,
  record: SourceRecord,
  files: SourceRecord["files"],
): Promise<boolean> {
  const known = new Map(record.files.map(({ path, sha256 }) => [path, sha256]));
  if (known.size !== files.length) return false;
  for (const { path, sha256 } of files) {
    const file = join(folder, path);
    if (known.get(path) !== sha256 || !existsSync(file)) return false;
    if ((await sha256Of(file)) !== sha256) return false;
  }
  return true;
}

async function sha256Of(path: string): Promise<Hex> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return bytesToHex(hash.digest());
}
