import { Buffer } from "node:buffer";
import { QuoteVerifier } from "@phala/dcap-qvl";
import { type Collateral, pemOf } from "./collateral.ts";
import { AttestationError } from "./errors.ts";

/** What another verifier says of a quote. */
export type SecondOpinion = {
  /** Intel's word, e.g. `UpToDate`. */
  readonly status: string;
  /** `INTEL-SA-…`, in order. */
  readonly advisories: readonly string[];
};

/**
 * Verifies a quote with a library of others: a second opinion on what signs what.
 *
 * It is no substitute for `verifyQuote`: it takes lists of revoked certificates unsigned and out of date, leaves
 * the identities of TDX modules aside, and takes the worse of two statuses where Intel's library joins them.
 *
 * @param time seconds since the epoch.
 * @param root another root certificate (DER), as the simulated one.
 * @throws {AttestationError} `SECOND_OPINION_REFUSED`, with its reason.
 */
export function crossCheckQuote(
  quote: Uint8Array,
  collateral: Collateral,
  time: number,
  root?: Uint8Array,
): SecondOpinion {
  const chain = collateral.signingChain.map(pemOf).join("");
  try {
    const verifier =
      root === undefined ? QuoteVerifier.newProd() : QuoteVerifier.newWithRootCa(Buffer.from(root));
    const report = verifier.verify(
      Buffer.from(quote),
      {
        pck_crl_issuer_chain: "",
        root_ca_crl: hex(collateral.rootRevocations),
        pck_crl: hex(collateral.pckRevocations),
        tcb_info_issuer_chain: chain,
        tcb_info: collateral.tcbInfo.text,
        tcb_info_signature: hex(collateral.tcbInfo.signature),
        qe_identity_issuer_chain: chain,
        qe_identity: collateral.qeIdentity.text,
        qe_identity_signature: hex(collateral.qeIdentity.signature),
      },
      time,
    );
    return { status: report.status, advisories: [...report.advisory_ids].sort() };
  } catch (cause) {
    throw new AttestationError(
      { code: "SECOND_OPINION_REFUSED", reason: reasonOf(cause) },
      { cause },
    );
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** The innermost message: what a library wraps says more than what it says itself. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`;
}
