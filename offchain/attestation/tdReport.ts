/** A TD report body (Intel, "TDX DCAP Quoting Library API", A.3.2 and A.3.3). Bytes are as they stand in it. */
export type TdReport = {
  /** Security versions: of the TDX module, its version, and 14 of the platform's. */
  readonly teeTcbSvn: Uint8Array;
  readonly mrSeam: Uint8Array;
  readonly mrSignerSeam: Uint8Array;
  readonly seamAttributes: Uint8Array;
  readonly tdAttributes: Uint8Array;
  readonly xfam: Uint8Array;
  readonly mrTd: Uint8Array;
  readonly mrConfigId: Uint8Array;
  readonly mrOwner: Uint8Array;
  readonly mrOwnerConfig: Uint8Array;
  readonly rtmrs: readonly Uint8Array[];
  readonly reportData: Uint8Array;
  /** Of TD 1.5 only: versions after an update of the module while it ran, and the hash of service TDs. */
  readonly teeTcbSvn2: Uint8Array | undefined;
  readonly mrServiceTd: Uint8Array | undefined;
};

const TD15_BYTES = 648;

/** Reads a body of 584 bytes (TD 1.0) or 648 (TD 1.5). */
export function readTdReport(body: Uint8Array): TdReport {
  const at = (from: number, length: number): Uint8Array => body.slice(from, from + length);
  const isTd15 = body.length === TD15_BYTES;
  return {
    teeTcbSvn: at(0, 16),
    mrSeam: at(16, 48),
    mrSignerSeam: at(64, 48),
    seamAttributes: at(112, 8),
    tdAttributes: at(120, 8),
    xfam: at(128, 8),
    mrTd: at(136, 48),
    mrConfigId: at(184, 48),
    mrOwner: at(232, 48),
    mrOwnerConfig: at(280, 48),
    rtmrs: [0, 1, 2, 3].map((index) => at(328 + 48 * index, 48)),
    reportData: at(520, 64),
    teeTcbSvn2: isTd15 ? at(584, 16) : undefined,
    mrServiceTd: isTd15 ? at(600, 48) : undefined,
  };
}
