import { getBytes } from "ethers";

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
export const INTEL_QE_VENDOR: Uint8Array = getBytes("0x939a7233f79c4ca9940a0db3957f0607");

/** Reads the header of what an attestation key signed. */
export function readQuoteHeader(signed: Uint8Array): QuoteHeader {
  const at = new DataView(signed.buffer, signed.byteOffset, signed.byteLength);
  return {
    version: at.getUint16(0, true),
    attestationKeyType: at.getUint16(2, true),
    teeType: at.getUint32(4, true),
    qeSvn: at.getUint16(8, true),
    pceSvn: at.getUint16(10, true),
    qeVendor: signed.slice(12, 28),
    userData: signed.slice(28, 48),
  };
}
