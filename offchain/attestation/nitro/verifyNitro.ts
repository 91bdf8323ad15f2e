import { verify } from "node:crypto";
import { AttestationError } from "../errors.ts";
import { decodeCbor } from "./cbor.ts";
import { type NitroDocument, readNitro, signedBytes } from "./readNitro.ts";
import { isZero, registersHash } from "./registers.ts";
import { AWS_NITRO_ROOT_SHA256, fingerprintOf, requireRoot, verifyChain } from "./verifyChain.ts";

/** What a document that holds says. */
export type VerifiedNitro = Pick<
  NitroDocument,
  "moduleId" | "timestamp" | "pcrs" | "publicKey" | "userData" | "nonce"
> & {
  /** Hash of the registers that an enclave's measurement commits to: see `registersHash`. */
  readonly registers: string;
  /** Seconds since the epoch until when all of its certificates hold; about three hours after it was made. */
  readonly notAfter: number;
};

export type NitroOptions = {
  /** Seconds since the epoch: now, or any time at which the document is to count. */
  readonly time: number;
  /** How old it may be then; by default until its certificates are over. */
  readonly maxAgeSeconds?: number;
  /** Another root certificate (DER) than that of AWS, as the simulated one. */
  readonly root?: Uint8Array;
};

/** What is checked, in this order. */
export const NITRO_CHECKS = [
  "encoding",
  "header",
  "root",
  "chain",
  "signature",
  "debug mode",
  "age",
] as const;

/** One thing that is checked of a document. */
export type NitroCheck = (typeof NITRO_CHECKS)[number];

/** COSE: label of the algorithm in a header, and ES384 (RFC 9053, section 2.1). */
const ALGORITHM = 1;
const ES384 = -35;
/** Clocks of a hypervisor and of whoever verifies differ by this many seconds at most. */
const CLOCK_SKEW = 60;
/** AWS measures every image into these: zeros say that it did not, for the enclave is in debug mode. */
const OF_IMAGE = [0, 1, 2];

/**
 * Verifies an AWS Nitro attestation document: its form, its certificates below the pinned root at the time when it was made, its
 * signature, that the enclave is not in debug mode, and its age.
 *
 * @throws {AttestationError} the first reason for which it is refused: `NITRO_TOO_LONG`, `NITRO_MALFORMED`,
 * `NITRO_HEADER_REFUSED`, `NITRO_ROOT_MISMATCH`, `NITRO_CERTIFICATE_REFUSED`, `NITRO_SIGNATURE_INVALID`,
 * `NITRO_IN_DEBUG_MODE`, `NITRO_IN_FUTURE` or `NITRO_TOO_OLD`.
 */
export function verifyNitro(document: Uint8Array, options: NitroOptions): VerifiedNitro {
  return judgeNitro(document, options, () => undefined);
}

/** The same, telling each check as it passes: the first that fails throws, and none behind it is tried. */
export function judgeNitro(
  document: Uint8Array,
  { time, maxAgeSeconds, root }: NitroOptions,
  passed: (check: NitroCheck) => void,
): VerifiedNitro {
  const read = readNitro(document);
  passed("encoding");
  requireHeader(read.protectedHeader);
  passed("header");
  requireRoot(read.chain, root === undefined ? AWS_NITRO_ROOT_SHA256 : fingerprintOf(root));
  passed("root");
  const issuedAt = Math.floor(read.timestamp / 1000);
  const { publicKey, notAfter } = verifyChain(read.chain, issuedAt);
  passed("chain");
  const key = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
  if (!verify("sha384", signedBytes(read), key, read.signature)) {
    throw new AttestationError({ code: "NITRO_SIGNATURE_INVALID" });
  }
  passed("signature");
  requireMeasured(read.pcrs);
  passed("debug mode");
  requireAge(time - issuedAt, maxAgeSeconds ?? notAfter - issuedAt);
  passed("age");
  const { moduleId, timestamp, pcrs, userData, nonce } = read;
  const registers = registersHash(pcrs);
  return {
    ...{ moduleId, timestamp, pcrs, publicKey: read.publicKey, userData, nonce },
    ...{ registers, notAfter },
  };
}

/** The algorithm alone: whatever else a header holds, critical or not, is not understood here. */
function requireHeader(header: Uint8Array): void {
  const read = decodeCbor(header, "protected header", "closed");
  const refused = (reason: string): AttestationError =>
    new AttestationError({ code: "NITRO_HEADER_REFUSED", reason });
  if (!(read instanceof Map)) throw refused("is no map");
  const algorithm: unknown = read.get(ALGORITHM);
  if (algorithm !== ES384) throw refused(`names algorithm ${String(algorithm)}, not ${ES384}`);
  if (read.size !== 1) throw refused(`holds ${read.size - 1} more than the algorithm`);
}

function requireMeasured(pcrs: NitroDocument["pcrs"]): void {
  for (const register of OF_IMAGE) {
    if (isZero(pcrs.get(register) ?? new Uint8Array())) {
      throw new AttestationError({ code: "NITRO_IN_DEBUG_MODE", register });
    }
  }
}

function requireAge(seconds: number, limit: number): void {
  if (seconds < -CLOCK_SKEW) {
    throw new AttestationError({ code: "NITRO_IN_FUTURE", seconds: -seconds });
  }
  // Said this way, for a time that is no number is within no limit.
  if (!(seconds <= limit)) throw new AttestationError({ code: "NITRO_TOO_OLD", seconds, limit });
}
