import { concat, keccak256, toUtf8Bytes } from "ethers";
import type { MeasurementKind } from "./bindReportData.ts";
import { AttestationError } from "./errors.ts";
import type { Quote } from "./readQuote.ts";

const REPORT_DATA = 520;
const TD15_BYTES = 648;

/** Kinds of measurement that a quote has. */
export function measurementKindsOf({ tee }: Pick<Quote, "tee">): readonly MeasurementKind[] {
  return tee === "TDX" ? ["domain"] : ["image", "signer"];
}

/**
 * Returns the measurement (32 bytes in hexadecimal) that `EnclaveRegistry` keeps of a quote. A simulated one is
 * another.
 *
 * @throws {AttestationError} `MEASUREMENT_KIND` where the quote has none of this kind.
 */
export function measurementOf(
  { tee, body }: Pick<Quote, "tee" | "body">,
  kind: MeasurementKind,
  simulated: boolean,
): string {
  if (!measurementKindsOf({ tee }).includes(kind)) {
    throw new AttestationError({ code: "MEASUREMENT_KIND", kind, tee });
  }
  const measurement = keccak256(measured(body, kind));
  return simulated
    ? keccak256(concat([toUtf8Bytes("vouch.simulated.v1"), measurement]))
    : measurement;
}

/** What the hash is of, behind its tag: see `DcapQuote.measurementOf…` on-chain. */
function measured(body: Uint8Array, kind: MeasurementKind): string {
  const configuration = [body.subarray(192, 256), body.subarray(260, 262)];
  switch (kind) {
    case "domain":
      return concat([
        toUtf8Bytes("vouch.tdx.v1"),
        body.subarray(120, REPORT_DATA),
        body.length === TD15_BYTES ? body.subarray(TD15_BYTES - 48) : new Uint8Array(48),
      ]);
    case "image":
      return concat([toUtf8Bytes("vouch.sgx.v1"), body.subarray(64, 96), ...configuration]);
    case "signer":
      return concat([
        toUtf8Bytes("vouch.sgx-signer.v1"),
        body.subarray(128, 160),
        body.subarray(256, 258),
        body.subarray(32, 48),
        body.subarray(304, 320),
        ...configuration,
      ]);
  }
}
