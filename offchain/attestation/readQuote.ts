import { Buffer } from "node:buffer";
import { readPemChain } from "./collateral.ts";
import { AttestationError } from "./errors.ts";

/** An ECDSA signature on P-256 (64 bytes `r ‖ s`) and the key (64 bytes `x ‖ y`) that made it. */
export type KeyedSignature = { readonly signature: Uint8Array; readonly key: Uint8Array };

/** A DCAP quote, taken apart. */
export type Quote = {
  readonly version: number;
  readonly tee: "SGX" | "TDX";
  /** Header and body: what the attestation key signed. */
  readonly signed: Uint8Array;
  /** The body alone: an SGX report (384 bytes) or a TD report (584 or 648). */
  readonly body: Uint8Array;
  readonly attestation: KeyedSignature;
  readonly qeReport: Uint8Array;
  readonly qeSignature: Uint8Array;
  readonly qeAuthData: Uint8Array;
  /** PCK certificate, its issuer and the root (DER), as the quote brings them; empty where it brings none. */
  readonly chain: readonly Uint8Array[];
  /** Bytes behind the last length that the quote states. Nobody signed them. */
  readonly trailing: number;
};

/** Bytes of a quote with all that may trail it; Intel's quoting enclave makes some five thousand. */
const MAX_BYTES = 64 << 10;
const HEADER_BYTES = 48;
const REPORT_BYTES = 384;
const TD10_BYTES = 584;
const TDX = 0x81;
const CERTIFICATE_CHAIN = 5;
const QE_CERTIFICATION = 6;
const SGX_BODY = 1;
const BODY_BYTES: ReadonlyMap<number, number> = new Map([
  [SGX_BODY, REPORT_BYTES],
  [2, TD10_BYTES],
  [3, 648],
]);

/**
 * Takes a quote apart: SGX of version 3, TDX of versions 4 and 5 (and SGX in the form of these).
 *
 * @throws {AttestationError} `QUOTE_UNSUPPORTED` or `QUOTE_MALFORMED`, naming the field.
 */
export function readQuote(bytes: Uint8Array): Quote {
  if (bytes.length > MAX_BYTES) {
    throw new AttestationError({
      code: "QUOTE_MALFORMED",
      field: "length",
      reason: `is ${bytes.length} bytes, where ${MAX_BYTES} is the limit`,
    });
  }
  const reader = new Reader(Buffer.from(bytes));
  const version = reader.uint16("version");
  if (version < 3 || version > 5) throw unsupported("version", version);
  const keyType = reader.uint16("attestation key type");
  if (keyType !== 2) throw unsupported("attestation key type", keyType);
  const teeType = reader.uint32("TEE type");
  if (teeType !== 0 && teeType !== TDX) throw unsupported("TEE type", teeType);
  const tee = teeType === TDX ? "TDX" : "SGX";
  reader.take("header", HEADER_BYTES - reader.offset);
  let length = tee === "TDX" ? TD10_BYTES : REPORT_BYTES;
  if (version === 5) {
    const type = reader.uint16("body type");
    const described = BODY_BYTES.get(type);
    if (described === undefined || (type === SGX_BODY) !== (tee === "SGX")) {
      throw unsupported("body type", type);
    }
    length = reader.uint32("body size");
    if (length !== described) throw unsupported("body size", length);
  }
  const body = reader.take("body", length);
  const signed = Uint8Array.from(bytes.subarray(0, reader.offset));
  const authentication = new Reader(
    reader.take("signature data", reader.uint32("signature length")),
  );
  const signature = authentication.take("signature", 64);
  const key = authentication.take("attestation key", 64);
  const certification =
    version === 3 ? authentication : authentication.nested("certification", QE_CERTIFICATION);
  const qeReport = certification.take("QE report", REPORT_BYTES);
  const qeSignature = certification.take("QE report signature", 64);
  const qeAuthData = certification.take("QE authentication data", certification.uint16("length"));
  const chain = certification.nested("certificate chain", CERTIFICATE_CHAIN).rest();
  return {
    version,
    tee,
    signed,
    body: Uint8Array.from(body),
    attestation: { signature: Uint8Array.from(signature), key: Uint8Array.from(key) },
    qeReport: Uint8Array.from(qeReport),
    qeSignature: Uint8Array.from(qeSignature),
    qeAuthData: Uint8Array.from(qeAuthData),
    chain: certificatesOf(chain.toString("latin1")),
    trailing: bytes.length - reader.offset,
  };
}

function certificatesOf(pem: string): readonly Uint8Array[] {
  try {
    return readPemChain(pem);
  } catch (cause) {
    throw new AttestationError(
      {
        code: "QUOTE_MALFORMED",
        field: "certificate chain",
        reason: "holds what is no certificate",
      },
      { cause },
    );
  }
}

/** Walks bytes; whatever leaves them is named. */
class Reader {
  readonly bytes: Buffer;
  offset = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  take(field: string, length: number): Buffer {
    const left = this.bytes.length - this.offset;
    if (length > left) {
      throw new AttestationError({
        code: "QUOTE_MALFORMED",
        field,
        reason: `has ${length} bytes where ${left} are left`,
      });
    }
    const taken = this.bytes.subarray(this.offset, this.offset + length);
    this.offset += length;
    return taken;
  }

  uint16(field: string): number {
    return this.take(field, 2).readUInt16LE();
  }

  uint32(field: string): number {
    return this.take(field, 4).readUInt32LE();
  }

  /** Certification data of a type: the type, a length, and as many bytes. */
  nested(field: string, expected: number): Reader {
    const type = this.uint16(`${field} type`);
    if (type !== expected) throw unsupported(`${field} type`, type);
    return new Reader(this.take(field, this.uint32(`${field} length`)));
  }

  rest(): Buffer {
    return this.bytes.subarray(this.offset);
  }
}

function unsupported(field: string, value: number): AttestationError {
  return new AttestationError({ code: "QUOTE_UNSUPPORTED", field, value: String(value) });
}
