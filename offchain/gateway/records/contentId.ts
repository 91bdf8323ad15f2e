import { CID } from "multiformats/cid";
import { create } from "multiformats/hashes/digest";
import { sha256 } from "multiformats/hashes/sha2";
import { GatewayError } from "../errors.ts";

/** Codecs of what is kept: JSON as it is, and JSON whose `{"/": …}` are links. */
const CODECS = { raw: 0x55, "dag-json": 0x0129 } as const;

export type RecordCodec = keyof typeof CODECS;

/** Returns the content address of bytes: CIDv1 over sha2-256, in base32. */
export async function contentIdOf(bytes: Uint8Array, codec: RecordCodec): Promise<string> {
  return CID.createV1(CODECS[codec], await sha256.digest(bytes)).toString();
}

/** Returns the content address whose sha2-256 is this, as a batch's posting has it of its list of records. */
export function contentIdOfDigest(digest: Uint8Array, codec: RecordCodec): string {
  return CID.createV1(CODECS[codec], create(sha256.code, digest)).toString();
}

/** Returns the sha2-256 in a content address of this module's. */
export function digestOf(cid: string): Uint8Array {
  return CID.parse(cid).multihash.digest;
}

/**
 * Returns a content address in the one form that it is kept under.
 *
 * @throws {GatewayError} `RECORD_UNKNOWN` for what is none, or of another version, codec or hash than records have.
 */
export function parseContentId(text: string): string {
  const unknown = (cause?: unknown): GatewayError =>
    new GatewayError({ code: "RECORD_UNKNOWN", cid: text }, { cause });
  let cid: CID;
  try {
    cid = CID.parse(text);
  } catch (cause) {
    throw unknown(cause);
  }
  const codes: readonly number[] = Object.values(CODECS);
  const isRecord =
    cid.version === 1 && codes.includes(cid.code) && cid.multihash.code === sha256.code;
  if (!isRecord) throw unknown();
  return cid.toString();
}

/** @throws {GatewayError} `RECORD_CORRUPT` where the bytes are not what the address is of. */
export async function requireContent(cid: string, bytes: Uint8Array): Promise<void> {
  const { digest } = await sha256.digest(bytes);
  const expected = digestOf(cid);
  if (digest.length !== expected.length || digest.some((it, i) => it !== expected[i]))
    throw new GatewayError({ code: "RECORD_CORRUPT", cid });
}
