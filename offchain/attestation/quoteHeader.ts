import { Buffer } from "node:buffer";

/** The first 48 bytes of a quote (Intel, "SGX ECDSA QuoteLibReferenceDCAP API", A.4). */
export type QuoteHeader = {
  readonly version: number;
  readonly attestationKeyType: number;
  readonly teeType: number;
  /** Of version 3; reserved later. */
  readonly qeSvn: number;
  readonly pceSvn: number;
  readonly qeVendor: Uint8Array;
  readonly userData: Uint8Array;
};

/** Vendor of the quoting enclave: Intel, 939a7233-f79c-4ca9-940a-0db3957f0607. */
export const INTEL_QE_VENDOR: Uint8Array = Uint8Array.from(
  Buffer.from("939a7233f79c4ca9940a0db3957f0607", "hex"),
);

/** Reads the header of what an attestation key signed. */
export function readQuoteHeader(signed: Uint8Array): QuoteHeader {
  const bytes = Buffer.from(signed);
  return {
    version: bytes.readUInt16LE(0),
    attestationKeyType: bytes.readUInt16LE(2),
    teeType: bytes.readUInt32LE(4),
    qeSvn: bytes.readUInt16LE(8),
    pceSvn: bytes.readUInt16LE(10),
    qeVendor: signed.slice(12, 28),
    userData: signed.slice(28, 48),
  };
}
