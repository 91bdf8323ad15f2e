import { existsSync, readFileSync } from "node:fs";
import type { Manifest } from "@vouch/protocol";
import { parseBytes32, parseManifest } from "@vouch/protocol";
import type { ReleaseMaterial } from "@vouch/publisher";
import { PublisherError } from "@vouch/publisher";
import { TaskError } from "./taskError.ts";

/** What a release is derived from again, as options: paths, and a salt in hex; empty where not given. */
export type MaterialArgs = {
  readonly file: string;
  readonly salt: string;
  readonly manifest: string;
};

/**
 * Returns file, manifest and, where `salted`, salt as they were given, and as `stored` has them where they were not.
 *
 * @throws {TaskError} `ARGUMENT_INVALID`; {PublisherError} `FILE_MISSING`; {ProtocolError}; whatever `stored` throws.
 */
export function readMaterial(
  { file, salt, manifest }: MaterialArgs,
  salted: boolean,
  stored: () => ReleaseMaterial,
): ReleaseMaterial {
  const missing = file === "" || manifest === "" || (salted && salt === "");
  const kept = missing ? stored() : undefined;
  const opening = salt === "" ? kept?.salt : parseBytes32(salt);
  return {
    file: kept === undefined || file !== "" ? readFile(file) : kept.file,
    manifest: kept === undefined || manifest !== "" ? readManifest(manifest) : kept.manifest,
    ...(salted && opening !== undefined ? { salt: opening } : {}),
  };
}

/**
 * Reads a manifest from its file.
 *
 * @throws {TaskError} `ARGUMENT_INVALID`; {PublisherError} `FILE_MISSING`; {ProtocolError}.
 */
export function readManifest(path: string): Manifest {
  return parseManifest(parseJson(path));
}

function parseJson(path: string): unknown {
  const text = readFile(path).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TaskError("ARGUMENT_INVALID", `--manifest ${path} is not JSON.`, { cause });
  }
}

function readFile(path: string): Buffer {
  if (!existsSync(path)) throw new PublisherError({ code: "FILE_MISSING", path });
  return readFileSync(path);
}
