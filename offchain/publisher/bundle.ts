import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hex, Manifest, Release, ReleaseCircuit, ReleaseId } from "@vouch/protocol";
import {
  parseManifest,
  parseReleaseId,
  releaseCircuitSchema,
  releaseCircuitToJson,
  releaseId,
  releaseSchema,
  releaseToJson,
} from "@vouch/protocol";
import { z } from "zod";
import { PublisherError } from "./errors.ts";

/**
 * Everything that serving and verifying a release takes. `salt` is the publisher's secret, shared with its operators; a
 * release with public weights has none, and its whole bundle may be published.
 */
export type ReleaseBundle = {
  readonly id: ReleaseId;
  readonly release: Release;
  readonly circuit: ReleaseCircuit;
  readonly manifest: Manifest;
  readonly salt?: Hex;
  readonly file: Uint8Array;
};

const descriptionSchema = z.object({ release: releaseSchema, circuit: releaseCircuitSchema });
const saltSchema = z.object({ salt: z.string().regex(/^0x[0-9a-f]{64}$/) });

/** Writes a bundle whole or not at all; one that is there already is left as it is. Returns its folder. */
export async function writeBundle(releases: string, bundle: ReleaseBundle): Promise<string> {
  const folder = join(releases, bundle.id);
  if (existsSync(folder)) return folder;
  const part = `${folder}.${process.pid}.part`;
  await mkdir(part, { recursive: true, mode: 0o700 });
  const description = {
    release: releaseToJson(bundle.release),
    circuit: releaseCircuitToJson(bundle.circuit),
  };
  await writeFile(join(part, "model.onnx"), bundle.file);
  await writeFile(join(part, "manifest.json"), pretty(bundle.manifest));
  await writeFile(join(part, "release.json"), pretty(description));
  if (bundle.salt !== undefined)
    await writeFile(join(part, "secret.json"), pretty({ salt: bundle.salt }), { mode: 0o600 });
  try {
    await rename(part, folder);
  } catch (cause) {
    await rm(part, { recursive: true, force: true });
    if (!existsSync(folder)) throw cause;
  }
  return folder;
}

/**
 * Reads a bundle; checks that it describes the release that its folder is named after. Whether the file is that
 * release's file is for `verifyRelease`.
 *
 * @throws {PublisherError} `BUNDLE_MISSING`, `BUNDLE_MALFORMED`.
 */
export function readBundle(releases: string, id: ReleaseId): ReleaseBundle {
  const folder = join(releases, id);
  if (!existsSync(folder))
    throw new PublisherError({ code: "BUNDLE_MISSING", release: id, folder: releases });
  const { release, circuit } = read(folder, "release.json", (json) =>
    descriptionSchema.parse(json),
  );
  const secret =
    circuit.weights === "committed"
      ? read(folder, "secret.json", (json) => saltSchema.parse(json))
      : undefined;
  const manifest = read(folder, "manifest.json", parseManifest);
  const derived = releaseId(release);
  if (derived !== id) {
    const reason = `it describes release ${derived}`;
    throw new PublisherError({
      code: "BUNDLE_MALFORMED",
      path: join(folder, "release.json"),
      reason,
    });
  }
  return {
    id,
    release,
    circuit,
    manifest,
    ...(secret === undefined ? {} : { salt: secret.salt as Hex }),
    file: readPart(folder, "model.onnx", (bytes) => bytes),
  };
}

/**
 * Returns every bundle that can be read, in no order; a damaged one is passed to `onDamaged` and must not keep the others
 * from being used.
 */
export function readBundles(
  releases: string,
  onDamaged: (error: PublisherError) => void = () => undefined,
): ReleaseBundle[] {
  return listBundles(releases).flatMap((id) => {
    try {
      return [readBundle(releases, id)];
    } catch (error) {
      if (!(error instanceof PublisherError)) throw error;
      onDamaged(error);
      return [];
    }
  });
}

/** Returns the ids of all bundles, in no order. */
export function listBundles(releases: string): ReleaseId[] {
  if (!existsSync(releases)) return [];
  return readdirSync(releases)
    .filter((name) => /^0x[0-9a-f]{64}$/.test(name))
    .map(parseReleaseId);
}

function read<T>(folder: string, name: string, parse: (json: unknown) => T): T {
  return readPart(folder, name, (bytes) => parse(JSON.parse(bytes.toString("utf8"))));
}

function readPart<T>(folder: string, name: string, parse: (bytes: Buffer) => T): T {
  const path = join(folder, name);
  try {
    return parse(readFileSync(path));
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    throw new PublisherError({ code: "BUNDLE_MALFORMED", path, reason }, { cause });
  }
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
