import type { Domain, Hex, ReleaseId } from "@vouch/protocol";
import type { Signer } from "ethers";
import { decodeBase64, encodeBase64, keccak256 } from "ethers";
import * as z from "zod";
import type { AgeIdentity, AgeRecipient } from "./ageKeys.ts";
import { parseIdentity, parseRecipient } from "./ageKeys.ts";
import type { SignedStruct } from "./documents.ts";
import { members, readDocument, requireSigner, signStruct } from "./documents.ts";
import { SealingError } from "./errors.ts";
import { seal } from "./seal.ts";
import type { SealingKey } from "./sealingKey.ts";
import { unseal } from "./unseal.ts";

const FORMAT = "vouch.grant/1";
const KEYS_FORMAT = "vouch.release-keys/1";

/** What opens a sealed release: whoever has it can read the model. */
export type ReleaseKeys = {
  readonly release: ReleaseId;
  /** Counts the keys under which the release was sealed; each is another identity. */
  readonly generation: number;
  /** Opens the model file of that generation. */
  readonly identity: AgeIdentity;
  /** Of the content hash and the weights commitment. */
  readonly salt: Hex;
};

/** A publisher's leave for one holder to open one release, with the keys for it sealed to that holder's key. */
export type Grant = {
  readonly domain: Domain;
  readonly release: ReleaseId;
  readonly publisher: Hex;
  readonly holder: Hex;
  readonly recipient: AgeRecipient;
  readonly generation: number;
  /** In seconds, inclusive: from then on a worker no longer loads the release. */
  readonly expiresAt: number;
  readonly sealed: Uint8Array;
  readonly signature: Hex;
};

const MAX_SEALED_CHARACTERS = 16_384;

const schema = z
  .strictObject({
    format: z.literal(FORMAT),
    chainId: members.chainId,
    router: members.router,
    release: members.release,
    publisher: members.address,
    holder: members.address,
    recipient: z.string().max(100),
    generation: members.generation,
    expiresAt: members.seconds,
    sealed: z.base64().max(MAX_SEALED_CHARACTERS),
    signature: members.signature,
  })
  .transform(({ chainId, router, sealed, ...read }) => ({
    domain: { chainId: BigInt(chainId), router },
    ...{ release: read.release, publisher: read.publisher, holder: read.holder },
    ...{ recipient: read.recipient, generation: read.generation, expiresAt: read.expiresAt },
    ...{ sealed: decodeBase64(sealed), signature: read.signature },
  }));

const keysSchema = z.strictObject({
  format: z.literal(KEYS_FORMAT),
  release: members.release,
  holder: members.address,
  generation: members.generation,
  identity: z.string().max(100),
  salt: members.bytes32,
});

/** Seals a release's keys to one holder, and signs the leave. */
export async function issueGrant(
  publisher: Signer,
  keys: ReleaseKeys,
  to: SealingKey,
  { expiresAt }: { readonly expiresAt: number },
): Promise<Grant> {
  const { domain, holder, recipient } = to;
  const { release, generation } = keys;
  const plaintext = JSON.stringify({ format: KEYS_FORMAT, holder, ...keys });
  const granted = {
    ...{ domain, release, holder, recipient, generation, expiresAt },
    publisher: (await publisher.getAddress()).toLowerCase() as Hex,
    sealed: await seal(new TextEncoder().encode(plaintext), [recipient]),
  };
  return { ...granted, signature: await signStruct(publisher, domain, structOf(granted)) };
}

/** What a grant has to be for whoever opens it. */
export type GrantExpectation = {
  readonly domain: Domain;
  readonly release: ReleaseId;
  /** By the release's own record. */
  readonly publisher: Hex;
  readonly holder: Hex;
  /** In seconds. */
  readonly now: number;
  /** The publisher's newest list, where one is at hand. */
  readonly standing?: { readonly generation: number; readonly revoked: readonly Hex[] } | undefined;
};

/**
 * Reads a grant, and demands that the release's publisher made it for this holder, and that it still counts.
 *
 * @throws {SealingError} `DOCUMENT_MALFORMED`, `RECIPIENT_INVALID`, `SIGNER_WRONG`, `GRANT_FOR_OTHER_RELEASE`, `GRANT_FOR_OTHER_HOLDER`,
 * `GRANT_EXPIRED`, `GRANT_SUPERSEDED`, `GRANT_REVOKED`.
 */
export function readGrant(text: string, expected: GrantExpectation): Grant {
  const read = readDocument(FORMAT, schema, text);
  const grant = { ...read, recipient: parseRecipient(read.recipient) };
  requireCounts(grant, expected);
  return grant;
}

/**
 * Opens the keys of a grant that `readGrant` took.
 *
 * @throws {SealingError} `NOT_A_RECIPIENT`, `SEALED_MALFORMED`, `DOCUMENT_MALFORMED`; `GRANT_FOR_OTHER_RELEASE`, `GRANT_FOR_OTHER_HOLDER` or
 * `GRANT_SUPERSEDED` where it holds other keys than it says.
 */
export async function openGrant(grant: Grant, identity: AgeIdentity): Promise<ReleaseKeys> {
  const plaintext = new TextDecoder().decode(await unseal(grant.sealed, identity));
  const keys = readDocument(KEYS_FORMAT, keysSchema, plaintext);
  const { release, generation, salt } = keys;
  requireSame("GRANT_FOR_OTHER_RELEASE", grant.release, release);
  requireSame("GRANT_FOR_OTHER_HOLDER", grant.holder, keys.holder);
  if (generation !== grant.generation) throw superseded(release, generation, grant.generation);
  return { release, generation, identity: parseIdentity(keys.identity), salt };
}

/** Returns the text that `readGrant` reads. */
export function grantText({ domain, sealed, ...grant }: Grant): string {
  const { chainId, router } = domain;
  const document = {
    ...{ format: FORMAT, chainId: Number(chainId), router },
    ...grant,
    sealed: encodeBase64(sealed),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function requireCounts(grant: Grant, expected: GrantExpectation): void {
  const { release, holder, generation, expiresAt, signature } = grant;
  requireSame("GRANT_FOR_OTHER_RELEASE", expected.release, release);
  requireSame("GRANT_FOR_OTHER_HOLDER", expected.holder, holder);
  const { domain, publisher: claimed } = expected;
  // Under the domain and the publisher that are expected: what the document says of them counts for nothing.
  requireSigner(FORMAT, domain, structOf(grant), { signature, claimed });
  if (expected.now > expiresAt)
    throw new SealingError({ code: "GRANT_EXPIRED", release, expiredAt: expiresAt });
  const { standing } = expected;
  if (standing === undefined) return;
  if (standing.revoked.includes(holder))
    throw new SealingError({ code: "GRANT_REVOKED", release, holder });
  if (generation < standing.generation) throw superseded(release, generation, standing.generation);
}

function requireSame(
  code: "GRANT_FOR_OTHER_RELEASE" | "GRANT_FOR_OTHER_HOLDER",
  expected: Hex,
  found: Hex,
): void {
  if (found !== expected) throw new SealingError({ code, expected, found });
}

function superseded(release: Hex, generation: number, newest: number): SealingError {
  return new SealingError({ code: "GRANT_SUPERSEDED", release, generation, newest });
}

type Signed = Pick<
  Grant,
  "release" | "holder" | "recipient" | "generation" | "expiresAt" | "sealed"
>;

function structOf({
  release,
  holder,
  recipient,
  generation,
  expiresAt,
  sealed,
}: Signed): SignedStruct {
  return {
    types: {
      Grant: [
        { name: "release", type: "bytes32" },
        { name: "holder", type: "address" },
        { name: "recipient", type: "string" },
        { name: "generation", type: "uint32" },
        { name: "expiresAt", type: "uint64" },
        { name: "sealed", type: "bytes32" },
      ],
    },
    value: { release, holder, recipient, generation, expiresAt, sealed: keccak256(sealed) },
  };
}
