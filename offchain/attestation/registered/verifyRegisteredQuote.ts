import { hexlify } from "ethers";
import { bindReportData } from "../bindReportData.ts";
import { readEnclaveReport } from "../enclaveReport.ts";
import { AttestationError } from "../errors.ts";
import { measurementOf } from "../measurementOf.ts";
import { QUOTE_CHECKS } from "../quoteChecks.ts";
import { readTdReport } from "../tdReport.ts";
import { INTEL_ROOT_KEY, SIMULATED_ROOT_KEY } from "../trustRoots.ts";
import type { RegisteredQuote } from "./readRegisteredQuote.ts";

/** Whose key it is said to be, and where. Addresses and hashes count in either case. */
export type ClaimedEnclave = {
  readonly chainId: bigint;
  /** Address of `EnclaveRegistry`. */
  readonly registry: string;
  readonly operator: string;
  readonly key: string;
  readonly measurement: string;
};

/** Bytes of a report of SGX, and of bodies by the kind of enclave: a TD has 64 more in version 1.5. */
const REPORT_BYTES = 384;
const BODY_BYTES = { SGX: [REPORT_BYTES], TDX: [584, 648] } as const;

/**
 * Verifies by mathematics alone that the vendor's hardware vouched for a key: each signature from the vendor's root over
 * authority, platform, quoting enclave and quote, what the enclave is, and that it bound this key for this operator here. Of
 * revocation and of how the platform stands it says nothing: that takes the vendor's collateral, which contracts judge.
 *
 * @throws {AttestationError} `QUOTE_REFUSED` with the first check that fails, `REGISTRATION_MISMATCH` where the quote is of
 * something else, `QUOTE_MALFORMED` or `COLLATERAL_MALFORMED` for what cannot be read.
 */
export function verifyRegisteredQuote(registered: RegisteredQuote, claimed: ClaimedEnclave): void {
  const { quote, kind, simulated, nonce, time } = registered;
  const { operator, key, measurement, registry, chainId } = claimed;
  demandLength("body", quote.body, BODY_BYTES[quote.tee]);
  demandLength("QE report", quote.qeReport, [REPORT_BYTES]);
  const root = simulated ? SIMULATED_ROOT_KEY : INTEL_ROOT_KEY;
  for (const { run } of QUOTE_CHECKS) run({ quote, time, root });
  demandSame("operator", operator, registered.operator);
  demandSame("key", key, registered.key);
  demandSame("measurement", measurement, measurementOf(quote, kind, simulated));
  const { reportData } =
    quote.tee === "TDX" ? readTdReport(quote.body) : readEnclaveReport(quote.body);
  const bound = bindReportData({ chainId, registry, operator, key, kind, nonce });
  demandSame("report data", hexlify(bound), hexlify(reportData));
}

function demandLength(field: string, { length }: Uint8Array, lengths: readonly number[]): void {
  if (lengths.includes(length)) return;
  throw new AttestationError({ code: "QUOTE_MALFORMED", field, reason: `has ${length} bytes` });
}

function demandSame(field: string, expected: string, found: string): void {
  if (expected.toLowerCase() === found.toLowerCase()) return;
  throw new AttestationError({ code: "REGISTRATION_MISMATCH", field, expected, found });
}
