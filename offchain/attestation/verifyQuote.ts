import { Buffer } from "node:buffer";
import { QuoteVerifier } from "@phala/dcap-qvl";
import { type Collateral, pemOf } from "./collateral.ts";
import { AttestationError } from "./errors.ts";

/** What a quote amounts to. */
export type Verdict = {
  /** Intel's word, e.g. `UpToDate`. */
  readonly status: string;
  /** `INTEL-SA-…`, in order. */
  readonly advisories: readonly string[];
};

/**
 * Verifies a quote by collateral, below Intel's root.
 *
 * @param time seconds since the epoch: certificates, lists and documents have to hold then.
 * @param root another root certificate (DER), as the simulated one.
 * @throws {AttestationError} `QUOTE_REFUSED`, with the first reason.
 */
export function verifyQuote(
  quote: Uint8Array,
  collateral: Collateral,
  time: number,
  root?: Uint8Array,
): Verdict {
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
    throw new AttestationError({ code: "QUOTE_REFUSED", reason: reasonOf(cause) }, { cause });
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
