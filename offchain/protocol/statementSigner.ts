import { Signature, SigningKey, computeAddress } from "ethers";
import type { StatementSignature } from "./evidence.ts";
import { MAX_PATH } from "./evidence.ts";
import type { Hex } from "./hex.ts";
import { joinHex } from "./hex.ts";
import type { Domain } from "./statement.ts";
import { batchRootOf, statementBatchDigest } from "./statementBatch.ts";

/** Batches whose signer is kept: receipts of one share its signature, and come together. */
const MAX_KEPT = 64;
const kept = new Map<Hex, Hex | undefined>();

/**
 * Returns who signed a statement, by itself or in a batch, as the contract finds out: 65 bytes, low `s`, `v` of 27 or 28, at most
 * 40 siblings.
 *
 * @param digest the statement's under `domain`, made from the statement: that nodes of a tree are no statements rests on it
 * @returns the address in lower case; undefined where the signature is nobody's
 * @throws {ProtocolError} `HEX_INVALID` for a digest or sibling that is not 32 bytes.
 */
export function statementSigner(
  domain: Domain,
  digest: Hex,
  { signature, path }: StatementSignature,
): Hex | undefined {
  if (path.length === 0) return recover(signature, digest);
  if (path.length > MAX_PATH) return undefined;
  return keptSigner(signature, statementBatchDigest(domain, batchRootOf(digest, path)));
}

function keptSigner(signature: Hex, digest: Hex): Hex | undefined {
  const key = joinHex([digest, signature]);
  if (kept.has(key)) return kept.get(key);
  const signer = recover(signature, digest);
  const [oldest] = kept.keys();
  if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(key, signer);
  return signer;
}

function recover(signature: Hex, digest: Hex): Hex | undefined {
  try {
    const v = Number.parseInt(signature.slice(-2), 16);
    if (signature.length !== 132 || (v !== 27 && v !== 28)) return undefined;
    const key = SigningKey.recoverPublicKey(digest, Signature.from(signature));
    return computeAddress(key).toLowerCase() as Hex;
  } catch {
    return undefined; // not a signature at all, or a malleated one: ethers refuses a high s
  }
}
