import type { TcbStatus } from "@vouch/protocol";
import { publicKeyOf } from "./calldata.ts";
import type { Collateral } from "./collateral.ts";
import { COLLATERAL_CHECKS, tcbVerdictOf } from "./collateralChecks.ts";
import { QUOTE_CHECKS } from "./quoteChecks.ts";
import { readQuote } from "./readQuote.ts";
import { INTEL_ROOT_KEY } from "./trustRoots.ts";

/** What a quote amounts to. */
export type Verdict = {
  readonly status: TcbStatus;
  /** `INTEL-SA-…`, in order. */
  readonly advisories: readonly string[];
};

/**
 * Verifies a quote by collateral, below Intel's root, as strictly as `DcapVerifier` does on-chain.
 *
 * @param time seconds since the epoch: certificates, lists and documents have to hold then.
 * @param root another root certificate (DER), as the simulated one.
 * @throws {AttestationError} `QUOTE_REFUSED`, with the first check that fails and the reason; `QUOTE_MALFORMED`,
 * `QUOTE_UNSUPPORTED`, `COLLATERAL_MALFORMED` or `COLLATERAL_INCOMPLETE` for what cannot be read.
 */
export function verifyQuote(
  quote: Uint8Array,
  collateral: Collateral,
  time: number,
  root?: Uint8Array,
): Verdict {
  const subject = {
    quote: readQuote(quote),
    collateral,
    time,
    root: root === undefined ? INTEL_ROOT_KEY : publicKeyOf(root),
  };
  for (const { run } of QUOTE_CHECKS) run(subject);
  for (const { run } of COLLATERAL_CHECKS) run(subject);
  const { status, advisories } = tcbVerdictOf(subject);
  return { status, advisories };
}
