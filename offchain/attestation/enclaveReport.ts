/** An SGX report body (Intel SDM vol. 3D, REPORT). Bytes are as they stand in it; numbers are little-endian there. */
export type EnclaveReport = {
  readonly cpuSvn: Uint8Array;
  readonly miscSelect: Uint8Array;
  readonly isvExtProductId: Uint8Array;
  /** Flags (8) and XFRM (8). */
  readonly attributes: Uint8Array;
  readonly mrEnclave: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly configId: Uint8Array;
  readonly productId: number;
  readonly isvSvn: number;
  readonly configSvn: number;
  readonly isvFamilyId: Uint8Array;
  readonly reportData: Uint8Array;
  /** Whether all that has no meaning is zero. */
  readonly isPlain: boolean;
};

/** DEBUG of the first byte of the attributes. */
const DEBUG = 2;
/** From and to, of what has no meaning. */
const RESERVED = [
  [20, 32],
  [96, 128],
  [160, 192],
  [262, 304],
] as const;

/** Reads a report body of 384 bytes. */
export function readEnclaveReport(report: Uint8Array): EnclaveReport {
  const at = (from: number, to: number): Uint8Array => Uint8Array.from(report.subarray(from, to));
  const numbers = new DataView(report.buffer, report.byteOffset, report.byteLength);
  return {
    cpuSvn: at(0, 16),
    miscSelect: at(16, 20),
    isvExtProductId: at(32, 48),
    attributes: at(48, 64),
    mrEnclave: at(64, 96),
    mrSigner: at(128, 160),
    configId: at(192, 256),
    productId: numbers.getUint16(256, true),
    isvSvn: numbers.getUint16(258, true),
    configSvn: numbers.getUint16(260, true),
    isvFamilyId: at(304, 320),
    reportData: at(320, 384),
    isPlain: RESERVED.every(([from, to]) => at(from, to).every((byte) => byte === 0)),
  };
}

/** Returns whether whoever runs the enclave can read and write its memory. */
export function isDebugReport({ attributes }: EnclaveReport): boolean {
  return ((attributes[0] ?? 0) & DEBUG) !== 0;
}
