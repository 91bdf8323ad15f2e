import type { ContractRunner } from "ethers";
import type { Deployment } from "./deployment.ts";
import { evidenceKindIndex } from "./evidence.ts";
import type { Hex } from "./hex.ts";
import { CircuitRegistry__factory } from "./typechain/factories/CircuitRegistry__factory.ts";
import { DcapVerifier__factory } from "./typechain/factories/DcapVerifier__factory.ts";
import { EnclaveAuthorities__factory } from "./typechain/factories/EnclaveAuthorities__factory.ts";
import { EnclaveCollateral__factory } from "./typechain/factories/EnclaveCollateral__factory.ts";
import { EnclaveRegistry__factory } from "./typechain/factories/EnclaveRegistry__factory.ts";
import { EvidenceRouter__factory } from "./typechain/factories/EvidenceRouter__factory.ts";
import { Groth16Evidence__factory } from "./typechain/factories/evidence/Groth16Evidence__factory.ts";
import { InferenceRequests__factory } from "./typechain/factories/InferenceRequests__factory.ts";
import { ModelRegistry__factory } from "./typechain/factories/ModelRegistry__factory.ts";
import { NitroRegistrars__factory } from "./typechain/factories/NitroRegistrars__factory.ts";
import { PolicyQuotes__factory } from "./typechain/factories/PolicyQuotes__factory.ts";
import { ReceiptLedger__factory } from "./typechain/factories/ReceiptLedger__factory.ts";
import { ReceiptProver__factory } from "./typechain/factories/ReceiptProver__factory.ts";
import { RequestFunding__factory } from "./typechain/factories/RequestFunding__factory.ts";
import { SignatureEvidence__factory } from "./typechain/factories/evidence/SignatureEvidence__factory.ts";
import { StakeVault__factory } from "./typechain/factories/StakeVault__factory.ts";
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
    models: ModelRegistry__factory.connect(deployment.modelRegistry, runner),
    circuits: CircuitRegistry__factory.connect(deployment.circuitRegistry, runner),
    vault: StakeVault__factory.connect(deployment.stakeVault, runner),
    signatures: SignatureEvidence__factory.connect(deployment.signatureEvidence, runner),
    vendor: {
      authorities: EnclaveAuthorities__factory.connect(deployment.enclaveAuthorities, runner),
      collateral: EnclaveCollateral__factory.connect(deployment.enclaveCollateral, runner),
      verifier: DcapVerifier__factory.connect(deployment.dcapVerifier, runner),
    },
    simulatedVendor: {
      authorities: EnclaveAuthorities__factory.connect(deployment.simulatedAuthorities, runner),
      collateral: EnclaveCollateral__factory.connect(deployment.simulatedCollateral, runner),
      verifier: DcapVerifier__factory.connect(deployment.simulatedVerifier, runner),
    },
    enclaves: EnclaveRegistry__factory.connect(deployment.enclaveRegistry, runner),
    registrars: NitroRegistrars__factory.connect(deployment.nitroRegistrars, runner),
    router: EvidenceRouter__factory.connect(deployment.evidenceRouter, runner),
    requests: InferenceRequests__factory.connect(deployment.inferenceRequests, runner),
    quotes: PolicyQuotes__factory.connect(deployment.policyQuotes, runner),
  };
}

/** Returns the ledger that settles receipts in batches (docs/ledger.md), and what proves their items. */
export async function connectLedger(
  address: Hex,
  runner: ContractRunner,
): Promise<{ readonly ledger: ReceiptLedger; readonly prover: ReceiptProver }> {
  const ledger = ReceiptLedger__factory.connect(address, runner);
  return { ledger, prover: ReceiptProver__factory.connect(await ledger.prover(), runner) };
}

/** ABI of the contract that makes signed requests whose escrow the requester pays (docs/funding.md). */
export const REQUEST_FUNDING_ABI: typeof RequestFunding__factory.abi = RequestFunding__factory.abi;

/** ABI of the contract that requests are made in. */
export const REQUESTS_ABI: typeof InferenceRequests__factory.abi = InferenceRequests__factory.abi;

/** Returns the contract to which a router leaves proofs: where segments are recorded one by one. */
export async function connectProofVerifier({
  router,
}: Pick<Contracts, "router">): Promise<Groth16Evidence> {
  const address = await router.verifierOf(evidenceKindIndex("zk"));
  return Groth16Evidence__factory.connect(address, router.runner);
}
