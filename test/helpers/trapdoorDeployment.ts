import { DOMAIN } from "./trapdoorReceipt.ts";

/** Test only: the record of a deployment of which nothing but the router's address counts. */
export const TRAPDOOR_DEPLOYMENT: Readonly<Record<string, unknown>> = {
  chainId: DOMAIN.chainId.toString(),
  fromBlock: 0,
  anchor: `0x${"00".repeat(32)}`,
  ...Object.fromEntries(
    [
      ...["modelRegistry", "circuitRegistry", "stakeVault", "signatureEvidence"],
      ...["enclaveAuthorities", "enclaveCollateral", "dcapVerifier", "simulatedAuthorities"],
      ...["simulatedCollateral", "simulatedVerifier", "enclaveRegistry", "nitroRegistrars"],
      ...["inferenceRequests", "requestFunding", "receiptLedger", "policyQuotes"],
    ].map((name, index) => [name, `0x${(index + 1).toString(16).padStart(40, "0")}`]),
  ),
  evidenceRouter: DOMAIN.router,
};
