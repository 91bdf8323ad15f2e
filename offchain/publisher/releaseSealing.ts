import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { Hex, ReleaseId } from "@vouch/protocol";
import type { AgeIdentity } from "@vouch/sealing";
import { createIdentity, parseIdentity } from "@vouch/sealing";
import { z } from "zod";
import { readJson, requireFolder, writeJson } from "./bundleFolder.ts";

const SEALING_FILE = "sealing.json";

/** What a publisher keeps of a release that it seals: secret, beside the salt. */
export type ReleaseSealing = {
  /** Counts the identities under which the file was sealed: one more each time somebody's grant is revoked. */
  readonly generation: number;
  readonly identity: AgeIdentity;
  readonly revoked: readonly Hex[];
};

const schema = z.object({
  generation: z.number().int().positive(),
  identity: z.string().transform(parseIdentity),
  revoked: z.array(z.string().regex(/^0x[0-9a-f]{40}$/)).transform((list) => list as Hex[]),
});

/**
 * Reads how a release is sealed; undefined where it never was.
 *
 * @throws {PublisherError} `BUNDLE_MISSING`, `BUNDLE_MALFORMED`.
 */
export function readSealing(releases: string, id: ReleaseId): ReleaseSealing | undefined {
  const path = join(requireFolder(releases, id), SEALING_FILE);
  return existsSync(path) ? readJson(path, (json) => schema.parse(json)) : undefined;
}

/** Draws the first identity of a release, or, where holders are revoked, the next: what is sealed from then on they cannot open. */
export async function nextSealing(
  current: ReleaseSealing | undefined,
  revoke: readonly Hex[],
): Promise<ReleaseSealing> {
  if (current !== undefined && revoke.length === 0) return current;
  return {
    generation: (current?.generation ?? 0) + 1,
    identity: await createIdentity(),
    revoked: [...new Set([...(current?.revoked ?? []), ...revoke])],
  };
}

/** Keeps how a release is sealed, in its bundle. */
export async function writeSealing(
  releases: string,
  id: ReleaseId,
  sealing: ReleaseSealing,
): Promise<void> {
  const path = join(requireFolder(releases, id), SEALING_FILE);
  await writeJson(`${path}.part`, sealing, 0o600);
  await rename(`${path}.part`, path);
}
