import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Domain, Hex, ReleaseId } from "@vouch/protocol";
import type { AgeIdentity, Grant, Holders, ReleaseKeys } from "@vouch/sealing";
import {
  grantText,
  holdersText,
  openGrant,
  readGrant,
  readHolders,
  recipientOf,
} from "@vouch/sealing";
import { sealStream, unsealWhole } from "@vouch/sealing/files";
import type { ReleaseBundle } from "./bundle.ts";
import { SEALED_FILE, describeBundle, isSealed, readBundle, readDescription } from "./bundle.ts";
import { readPart, requireFolder, writeFolder, writeJson } from "./bundleFolder.ts";
import { PublisherError } from "./errors.ts";

/** The holder's grant beside it; and, where there is one, the publisher's list of who may no longer hold it. */
export const GRANT_FILE = "grant.json";
export const HOLDERS_FILE = "holders.json";

/**
 * Writes a bundle that only holders of grants can open: what describes it in the clear, the model sealed, no salt. Whole or not at all; one that
 * is there already is left as it is. Returns its folder.
 *
 * @throws {PublisherError} `WEIGHTS_PUBLIC`.
 */
export async function writeSealedBundle(
  releases: string,
  bundle: ReleaseBundle,
  keys: Pick<ReleaseKeys, "identity">,
): Promise<string> {
  if (bundle.circuit.weights === "constant")
    throw new PublisherError({ code: "WEIGHTS_PUBLIC", release: bundle.id });
  const folder = join(releases, bundle.id);
  const recipient = await recipientOf(keys.identity);
  await writeFolder(folder, async (part) => {
    const sealed = Readable.from(sealStream([bundle.file], [recipient]));
    await pipeline(sealed, createWriteStream(join(part, SEALED_FILE), { mode: 0o600 }));
    await writeJson(join(part, "manifest.json"), bundle.manifest);
    await writeJson(join(part, "release.json"), describeBundle(bundle));
  });
  return folder;
}

/** Puts a grant into the folder of a sealed bundle, in the place of an earlier one. */
export async function writeGrant(folder: string, grant: Grant): Promise<void> {
  await writeFile(join(folder, GRANT_FILE), grantText(grant), { mode: 0o600 });
}

/** Puts the publisher's list into the folder of a sealed bundle, in the place of an earlier one. */
export async function writeHolders(folder: string, list: Holders): Promise<void> {
  await writeFile(join(folder, HOLDERS_FILE), holdersText(list));
}

/**
 * Opens a sealed bundle, in memory alone. Whether the file is the release's is for `verifyRelease`.
 *
 * @throws {PublisherError} `BUNDLE_MISSING`, `BUNDLE_MALFORMED`; {SealingError} where the file is not sealed to these keys, or was changed.
 */
export async function readSealedBundle(
  releases: string,
  id: ReleaseId,
  keys: Pick<ReleaseKeys, "identity" | "salt">,
): Promise<ReleaseBundle> {
  const description = readDescription(releases, id);
  const path = join(requireFolder(releases, id), SEALED_FILE);
  return {
    ...description,
    salt: keys.salt,
    file: await unsealWhole(createReadStream(path), keys.identity),
  };
}

/** Who opens sealed bundles: an operator, or an enclave by its attested key. */
export type Holder = {
  readonly address: Hex;
  readonly identity: AgeIdentity;
  readonly domain: Domain;
  /** In seconds; of the clock, as the chain's may be somebody else's. */
  readonly now: () => number;
};

/**
 * Reads a bundle, and opens it in memory where it is sealed: by the holder's grant, as long as that counts.
 *
 * @throws {PublisherError} as `readBundle`; `GRANT_MISSING`; {SealingError} as `readGrant`, `readHolders`, `openGrant` and `readSealedBundle`.
 */
export async function openBundle(
  releases: string,
  id: ReleaseId,
  holder: Holder | undefined,
): Promise<ReleaseBundle> {
  if (holder === undefined || !isSealed(releases, id)) return readBundle(releases, id);
  return readSealedBundle(releases, id, await openKeys(releases, id, holder));
}

/**
 * Opens the keys in the grant beside a sealed bundle.
 *
 * @throws {PublisherError} `GRANT_MISSING`; {SealingError} as `readGrant`, `readHolders` and `openGrant`.
 */
export async function openKeys(
  releases: string,
  id: ReleaseId,
  { address, identity, domain, now }: Holder,
): Promise<ReleaseKeys> {
  const { publisher } = readDescription(releases, id).release;
  const of = { domain, release: id, publisher };
  const standing = readStanding(releases, id, domain);
  const text = readBeside(releases, id, GRANT_FILE);
  if (text === undefined) throw new PublisherError({ code: "GRANT_MISSING", release: id });
  const grant = readGrant(text, { ...of, holder: address, now: now(), standing });
  return openGrant(grant, identity);
}

/**
 * Reads the publisher's list in a bundle's folder; undefined where there is none.
 *
 * @throws {SealingError} as `readHolders`.
 */
export function readStanding(releases: string, id: ReleaseId, domain: Domain): Holders | undefined {
  const list = readBeside(releases, id, HOLDERS_FILE);
  if (list === undefined) return undefined;
  const { publisher } = readDescription(releases, id).release;
  return readHolders(list, { domain, release: id, publisher });
}

/** Reads a text in a bundle's folder; undefined where there is none. */
function readBeside(releases: string, id: ReleaseId, name: string): string | undefined {
  const path = join(releases, id, name);
  return existsSync(path) ? readPart(path, (bytes) => bytes.toString("utf8")) : undefined;
}
