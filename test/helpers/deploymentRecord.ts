import type { Deployment, Hex } from "@vouch/protocol";
import { parseDeployment } from "@vouch/protocol";
import type { Deployment as Deployed } from "./deployVouch.ts";
import type { Scenario } from "./vouchScenario.ts";

/** The record of a scenario's deployment, as `deployments/<chainId>.json` has it. */
export async function deploymentRecord(
  scenario: Omit<Deployed, "arbiter"> & Pick<Scenario, "domain">,
  anchor: string,
): Promise<Deployment> {
  const contracts = {
    modelRegistry: scenario.models,
    circuitRegistry: scenario.circuits,
    stakeVault: scenario.vault,
    signatureEvidence: scenario.signatures,
    evidenceRouter: scenario.router,
    inferenceRequests: scenario.requests,
    requestFunding: scenario.funding,
    receiptLedger: scenario.ledger,
    policyQuotes: scenario.quotes,
    enclaveAuthorities: scenario.vendor.authorities,
    enclaveCollateral: scenario.vendor.collateral,
    dcapVerifier: scenario.vendor.verifier,
    simulatedAuthorities: scenario.simulatedVendor.authorities,
    simulatedCollateral: scenario.simulatedVendor.collateral,
    simulatedVerifier: scenario.simulatedVendor.verifier,
    enclaveRegistry: scenario.enclaves,
    nitroRegistrars: scenario.registrars,
  };
  const addresses = await Promise.all(
    Object.entries(contracts).map(
      async ([name, contract]) => [name, (await contract.getAddress()) as Hex] as const,
    ),
  );
  return parseDeployment({
    chainId: scenario.domain.chainId.toString(),
    fromBlock: 0,
    anchor,
    ...Object.fromEntries(addresses),
  });
}
