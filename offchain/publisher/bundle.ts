import { existsSync } from "node:fs";
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

/** What a bundle says without its model file and its salt. */
export type BundleDescription = Omit<ReleaseBundle, "salt" | "file">;

/** Of a sealed bundle, in the place of `model.onnx`. */
export const SEALED_FILE = "model.onnx.age";

const descriptionSchema = z.object({ release: releaseSchema, circuit: releaseCircuitSchema });
const saltSchema = z.object({ salt: z.string().regex(/^0x[0-9a-f]{64}$/) });

/** Writes a bundle whole or not at all; one that is there already is left as it is. Returns its folder. */
export async function writeBundle(releases: string, bundle: ReleaseBundle): Promise<string> {
  const folder = join(releases, bundle.id);
  const write = async (part: string): Promise<void> => {
    await writeFile(join(part, "model.onnx"), bundle.file);
    await writeJson(join(part, "manifest.json"), bundle.manifest);
    await writeJson(join(part, "release.json"), describeBundle(bundle));
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
 * @throws {PublisherError} `BUNDLE_MISSING`, `BUNDLE_MALFORMED`; `BUNDLE_SEALED`, see `openBundle`.
 */
export function readBundle(releases: string, id: ReleaseId): ReleaseBundle {
  const description = readDescription(releases, id);
  if (isSealed(releases, id)) throw new PublisherError({ code: "BUNDLE_SEALED", release: id });
  const folder = join(releases, id);
  const secret =
    description.circuit.weights === "committed"
      ? readJson(join(folder, "secret.json"), (json) => saltSchema.parse(json))
      : undefined;
  return {
    ...description,
    ...(secret === undefined ? {} : { salt: secret.salt as Hex }),
    file: readPart(join(folder, "model.onnx"), (bytes) => bytes),
  };
}

/**
 * Reads what describes a release in its bundle, sealed or not.
 *
 * @throws {PublisherError} `BUNDLE_MISSING`, `BUNDLE_MALFORMED`.
 */
export function readDescription(releases: string, id: ReleaseId): BundleDescription {
  const folder = requireFolder(releases, id);
  const path = join(folder, "release.json");
  const { release, circuit } = readJson(path, (json) => descriptionSchema.parse(json));
  const manifest = readJson(join(folder, "manifest.json"), parseManifest);
  requireDescribes(path, release, id);
  return { id, release, circuit, manifest };
}

/** Whether the bundle of a release is sealed: then its keys are in a grant. */
export function isSealed(releases: string, id: ReleaseId): boolean {
  return existsSync(join(releases, id, SEALED_FILE));
}

/** Returns what `release.json` holds. */
export function describeBundle({
  release,
  circuit,
}: Pick<ReleaseBundle, "release" | "circuit">): unknown {
  return { release: releaseToJson(release), circuit: releaseCircuitToJson(circuit) };
}

/**
 * Returns every bundle in the clear that can be read, in no order; a damaged one is passed to `onDamaged` and must not keep the others
 * from being used.
 */
export function readBundles(
  releases: string,
  onDamaged: (error: PublisherError) => void = () => undefined,
): ReleaseBundle[] {
  return readFolders(releases, readBundle, (error) => {
    if (error.code !== "BUNDLE_SEALED") onDamaged(error);
  });
}

/** Returns the ids of all bundles, in no order. */
export function listBundles(releases: string): ReleaseId[] {
  return listFolders(releases);
}
