import type { ContractRunner } from "ethers";
import { contractAt } from "./contractAt.ts";
import type { Deployment } from "./deployment.ts";
import { evidenceKindIndex } from "./evidence.ts";
import type { Hex } from "./hex.ts";
import { CIRCUIT_REGISTRY_ABI } from "./abi/CircuitRegistry.ts";
import { DCAP_VERIFIER_ABI } from "./abi/DcapVerifier.ts";
import { ENCLAVE_AUTHORITIES_ABI } from "./abi/EnclaveAuthorities.ts";
import { ENCLAVE_COLLATERAL_ABI } from "./abi/EnclaveCollateral.ts";
import { ENCLAVE_REGISTRY_ABI } from "./abi/EnclaveRegistry.ts";
import { EVIDENCE_ROUTER_ABI } from "./abi/EvidenceRouter.ts";
import { GROTH16_EVIDENCE_ABI } from "./abi/Groth16Evidence.ts";
import { INFERENCE_REQUESTS_ABI } from "./abi/InferenceRequests.ts";
import { MODEL_REGISTRY_ABI } from "./abi/ModelRegistry.ts";
import { NITRO_REGISTRARS_ABI } from "./abi/NitroRegistrars.ts";
import { POLICY_QUOTES_ABI } from "./abi/PolicyQuotes.ts";
import { RECEIPT_LEDGER_ABI } from "./abi/ReceiptLedger.ts";
import { RECEIPT_PROVER_ABI } from "./abi/ReceiptProver.ts";
import { SIGNATURE_EVIDENCE_ABI } from "./abi/SignatureEvidence.ts";
import { STAKE_VAULT_ABI } from "./abi/StakeVault.ts";
import type {
  CircuitRegistry,
  DcapVerifier,
  EnclaveAuthorities,
  EnclaveCollateral,
  EnclaveRegistry,
  EvidenceRouter,
  Groth16Evidence,
  InferenceRequests,
  ModelRegistry,
  NitroRegistrars,
  PolicyQuotes,
  ReceiptLedger,
  ReceiptProver,
  SignatureEvidence,
  StakeVault,
} from "./typechain/index.ts";

export type {
  CircuitRegistry,
  DcapVerifier,
  EnclaveAuthorities,
  EnclaveCollateral,
  EnclaveRegistry,
  EvidenceRouter,
  InferenceRequests,
  ModelRegistry,
  NitroRegistrars,
  PolicyQuotes,
  ReceiptLedger,
  ReceiptProver,
  SignatureEvidence,
  StakeVault,
};

/** What verifies quotes below one root. */
export type EnclaveVendor = {
  readonly authorities: EnclaveAuthorities;
  readonly collateral: EnclaveCollateral;
  readonly verifier: DcapVerifier;
};

/** The protocol's contracts of one deployment. */
export type Contracts = {
  readonly models: ModelRegistry;
  readonly circuits: CircuitRegistry;
  readonly vault: StakeVault;
  readonly signatures: SignatureEvidence;
  /** What verifies quotes below Intel's root. */
  readonly vendor: EnclaveVendor;
  /** What verifies quotes that prove nothing. */
  readonly simulatedVendor: EnclaveVendor;
  readonly enclaves: EnclaveRegistry;
  /** Who vouches for enclaves of AWS Nitro. */
  readonly registrars: NitroRegistrars;
  readonly router: EvidenceRouter;
  readonly requests: InferenceRequests;
  readonly quotes: PolicyQuotes;
};

/** Returns typed contracts that read and send through `runner`. */
export function connectContracts(deployment: Deployment, runner: ContractRunner): Contracts {
  return {
    models: contractAt<ModelRegistry>(MODEL_REGISTRY_ABI, deployment.modelRegistry, runner),
    circuits: contractAt<CircuitRegistry>(CIRCUIT_REGISTRY_ABI, deployment.circuitRegistry, runner),
    vault: contractAt<StakeVault>(STAKE_VAULT_ABI, deployment.stakeVault, runner),
    signatures: contractAt<SignatureEvidence>(
      SIGNATURE_EVIDENCE_ABI,
      deployment.signatureEvidence,
      runner,
    ),
    vendor: {
      authorities: contractAt<EnclaveAuthorities>(
        ENCLAVE_AUTHORITIES_ABI,
        deployment.enclaveAuthorities,
        runner,
      ),
      collateral: contractAt<EnclaveCollateral>(
        ENCLAVE_COLLATERAL_ABI,
        deployment.enclaveCollateral,
        runner,
      ),
      verifier: contractAt<DcapVerifier>(DCAP_VERIFIER_ABI, deployment.dcapVerifier, runner),
    },
    simulatedVendor: {
      authorities: contractAt<EnclaveAuthorities>(
        ENCLAVE_AUTHORITIES_ABI,
        deployment.simulatedAuthorities,
        runner,
      ),
      collateral: contractAt<EnclaveCollateral>(
        ENCLAVE_COLLATERAL_ABI,
        deployment.simulatedCollateral,
        runner,
      ),
      verifier: contractAt<DcapVerifier>(DCAP_VERIFIER_ABI, deployment.simulatedVerifier, runner),
    },
    enclaves: contractAt<EnclaveRegistry>(ENCLAVE_REGISTRY_ABI, deployment.enclaveRegistry, runner),
    registrars: contractAt<NitroRegistrars>(
      NITRO_REGISTRARS_ABI,
      deployment.nitroRegistrars,
      runner,
    ),
    router: contractAt<EvidenceRouter>(EVIDENCE_ROUTER_ABI, deployment.evidenceRouter, runner),
    requests: contractAt<InferenceRequests>(
      INFERENCE_REQUESTS_ABI,
      deployment.inferenceRequests,
      runner,
    ),
    quotes: contractAt<PolicyQuotes>(POLICY_QUOTES_ABI, deployment.policyQuotes, runner),
  };
}

/** Returns the ledger that settles receipts in batches (docs/ledger.md), and what proves their items. */
export async function connectLedger(
  address: Hex,
  runner: ContractRunner,
): Promise<{ readonly ledger: ReceiptLedger; readonly prover: ReceiptProver }> {
  const ledger = contractAt<ReceiptLedger>(RECEIPT_LEDGER_ABI, address, runner);
  return {
    ledger,
    prover: contractAt<ReceiptProver>(RECEIPT_PROVER_ABI, await ledger.prover(), runner),
  };
}

/** ABI of the contract that makes signed requests whose escrow the requester pays (docs/funding.md). */
export { REQUEST_FUNDING_ABI } from "./abi/RequestFunding.ts";

/** ABI of the contract that requests are made in. */
export { INFERENCE_REQUESTS_ABI as REQUESTS_ABI } from "./abi/InferenceRequests.ts";

/** Returns the contract to which a router leaves proofs: where segments are recorded one by one. */
export async function connectProofVerifier({
  router,
}: Pick<Contracts, "router">): Promise<Groth16Evidence> {
  const address = await router.verifierOf(evidenceKindIndex("zk"));
  return contractAt<Groth16Evidence>(GROTH16_EVIDENCE_ABI, address, router.runner);
}
