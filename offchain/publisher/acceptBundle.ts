import { copyFile, lstat, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ReleaseId } from "@vouch/protocol";
import { contentId } from "@vouch/protocol";
import type { Grant } from "@vouch/sealing";
import { readGrant } from "@vouch/sealing";
import { SEALED_FILE, isSealed, readDescription } from "./bundle.ts";
import { PublisherError } from "./errors.ts";
import type { Holder } from "./sealedBundle.ts";
import { GRANT_FILE, HOLDERS_FILE, openBundle, readStanding } from "./sealedBundle.ts";

/**
 * Takes a sealed bundle and a grant into a store, in the place of an earlier generation. Nothing is there before the grant counts, opens, and gives
 * the file that the release names by its hash.
 *
 * @throws {PublisherError} as `openBundle`; `CONTENT_MISMATCH`; `BUNDLE_IN_CLEAR` where the store has the release unsealed;
 * {SealingError} as `openBundle`, and `GRANT_SUPERSEDED` for an earlier generation than the store's.
 */
export async function acceptBundle(
  given: { readonly folder: string; readonly grant: string },
  id: ReleaseId,
  to: { readonly releases: string; readonly holder: Holder },
): Promise<Grant> {
  const { releases, holder } = to;
  const folder = join(releases, id);
  const part = join(releases, `${id}.${process.pid}.part`);
  await rm(part, { recursive: true, force: true });
  await mkdir(join(part, id), { recursive: true, mode: 0o700 });
  try {
    for (const name of ["release.json", "manifest.json", SEALED_FILE, HOLDERS_FILE])
      await copyFrom(given.folder, join(part, id), name);
    await writeFile(join(part, id, GRANT_FILE), given.grant, { mode: 0o600 });
    const { release } = readDescription(part, id);
    requireSealed(releases, id);
    const { file, salt } = await openBundle(part, id, holder);
    const derived = contentId(file, salt);
    if (derived !== release.content)
      throw new PublisherError({
        ...{ code: "CONTENT_MISMATCH", registered: release.content, derived },
      });
    const { domain, address, now } = holder;
    const expected = { domain, release: id, publisher: release.publisher, holder: address };
    // What the store knows of the publisher's list counts, too: an older list would undo it.
    const standing = isSealed(releases, id) ? readStanding(releases, id, domain) : undefined;
    const grant = readGrant(given.grant, { ...expected, now: now(), standing });
    await rm(folder, { recursive: true, force: true });
    await rename(join(part, id), folder);
    return grant;
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** A regular file of the folder and nothing that it links to: the folder is somebody else's. */
async function copyFrom(from: string, to: string, name: string): Promise<void> {
  const path = join(from, name);
  const kind = await lstat(path).catch(() => undefined);
  if (kind?.isFile() !== true) {
    const reason = "a part of a sealed bundle is missing, or is no file";
    throw new PublisherError({ code: "BUNDLE_MALFORMED", path, reason });
  }
  await copyFile(path, join(to, name));
}

function requireSealed(releases: string, id: ReleaseId): void {
  try {
    readDescription(releases, id);
  } catch {
    return; // there is none yet, or none that could be served
  }
  if (!isSealed(releases, id)) throw new PublisherError({ code: "BUNDLE_IN_CLEAR", release: id });
}
