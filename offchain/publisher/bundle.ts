import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hex, Manifest, Release, ReleaseCircuit, ReleaseId } from "@vouch/protocol";
import {
  parseManifest,
  releaseCircuitSchema,
  releaseCircuitToJson,
  releaseSchema,
  releaseToJson,
} from "@vouch/protocol";
import { z } from "zod";
import {
  listFolders,
  readFolders,
  readJson,
  readPart,
  requireDescribes,
  requireFolder,
  writeFolder,
  writeJson,
} from "./bundleFolder.ts";
import type { PublisherError } from "./errors.ts";

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
  const description = {
    release: releaseToJson(bundle.release),
    circuit: releaseCircuitToJson(bundle.circuit),
  };
  const write = async (part: string): Promise<void> => {
    await writeFile(join(part, "model.onnx"), bundle.file);
    await writeJson(join(part, "manifest.json"), bundle.manifest);
    await writeJson(join(part, "release.json"), description);
    if (bundle.salt !== undefined)
      await writeJson(join(part, "secret.json"), { salt: bundle.salt }, 0o600);
  };
  await writeFolder(folder, write, 0o700);
  return folder;
}

/**
 * Reads a bundle; checks that it describes the release that its folder is named after. Whether the file is that
 * release's file is for `verifyRelease`.
 *
 * @throws {PublisherError} `BUNDLE_MISSING`, `BUNDLE_MALFORMED`.
 */
export function readBundle(releases: string, id: ReleaseId): ReleaseBundle {
  const folder = requireFolder(releases, id);
  const path = join(folder, "release.json");
  const { release, circuit } = readJson(path, (json) => descriptionSchema.parse(json));
  const secret =
    circuit.weights === "committed"
      ? readJson(join(folder, "secret.json"), (json) => saltSchema.parse(json))
      : undefined;
  const manifest = readJson(join(folder, "manifest.json"), parseManifest);
  requireDescribes(path, release, id);
  return {
    id,
    release,
    circuit,
    manifest,
    ...(secret === undefined ? {} : { salt: secret.salt as Hex }),
    file: readPart(join(folder, "model.onnx"), (bytes) => bytes),
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
  return readFolders(releases, readBundle, onDamaged);
}

/** Returns the ids of all bundles, in no order. */
export function listBundles(releases: string): ReleaseId[] {
  return listFolders(releases);
}
