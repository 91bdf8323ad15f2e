import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Domain, Hex } from "@vouch/protocol";
import type { Home } from "@vouch/publisher";
import type { AgeIdentity, SealingKey } from "@vouch/sealing";
import {
  SealingError,
  announceSealingKey,
  createIdentity,
  parseIdentity,
  readSealingKey,
  recipientOf,
  sealingKeyText,
} from "@vouch/sealing";
import type { Signer } from "ethers";
import { writeDurably, writeOnce } from "./duties/keptBytes.ts";
import { WorkerError } from "./errors.ts";

const KEY_FILE = "sealing.key";
/** The announcement of it, in the operator's folder of one deployment: for publishers and requesters. */
export const SEALING_KEY_DOCUMENT = "sealing-key.json";

/**
 * Returns the identity by which an operator opens what is sealed to it, drawn where it has none yet: on disk before anybody may seal to it.
 * One for all chains.
 *
 * @throws {WorkerError} `SEALING_KEY_INVALID`, `STORE_UNWRITABLE`.
 */
export async function openSealingIdentity(
  home: Pick<Home, "operators">,
  operator: Hex,
): Promise<AgeIdentity> {
  const path = join(home.operators, operator, KEY_FILE);
  if (!existsSync(path)) writeOnce(path, `${await createIdentity()}\n`);
  try {
    return parseIdentity(readFileSync(path, "utf8").trim());
  } catch {
    throw new WorkerError({ code: "SEALING_KEY_INVALID", path }); // its cause may quote the key
  }
}

/**
 * Writes the operator's announcement of its key, signed for one deployment, unless it is there; returns it.
 *
 * @param folder the operator's, of that deployment
 */
export async function announceIn(
  folder: string,
  identity: AgeIdentity,
  {
    signer,
    domain,
    now,
  }: { readonly signer: Signer; readonly domain: Domain; readonly now: number },
): Promise<SealingKey> {
  const path = join(folder, SEALING_KEY_DOCUMENT);
  const recipient = await recipientOf(identity);
  const holder = (await signer.getAddress()).toLowerCase();
  const there = readAnnounced(path, domain);
  if (there?.recipient === recipient && there.holder === holder) return there;
  const announced = await announceSealingKey(signer, { recipient, issuedAt: now, domain });
  writeDurably(path, sealingKeyText(announced));
  return announced;
}

function readAnnounced(path: string, domain: Domain): SealingKey | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return readSealingKey(readFileSync(path, "utf8"), domain);
  } catch (error) {
    if (error instanceof SealingError) return undefined; // damaged, or of another deployment: written anew
    throw error;
  }
}
