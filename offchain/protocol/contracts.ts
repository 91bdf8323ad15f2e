import type { ContractRunner } from "ethers";
import type { Deployment } from "./deployment.ts";
import { evidenceKindIndex } from "./evidence.ts";
import { CircuitRegistry__factory } from "./typechain/factories/CircuitRegistry__factory.ts";
import { EvidenceRouter__factory } from "./typechain/factories/EvidenceRouter__factory.ts";
import { Groth16Evidence__factory } from "./typechain/factories/evidence/Groth16Evidence__factory.ts";
import { InferenceRequests__factory } from "./typechain/factories/InferenceRequests__factory.ts";
import { ModelRegistry__factory } from "./typechain/factories/ModelRegistry__factory.ts";
import { PolicyQuotes__factory } from "./typechain/factories/PolicyQuotes__factory.ts";
import { SignatureEvidence__factory } from "./typechain/factories/evidence/SignatureEvidence__factory.ts";
import { StakeVault__factory } from "./typechain/factories/StakeVault__factory.ts";
import type {
  CircuitRegistry,
  EvidenceRouter,
  Groth16Evidence,
  InferenceRequests,
  ModelRegistry,
  PolicyQuotes,
  SignatureEvidence,
  StakeVault,
} from "./typechain/index.ts";

export type {
  CircuitRegistry,
  EvidenceRouter,
  InferenceRequests,
  ModelRegistry,
  PolicyQuotes,
  SignatureEvidence,
  StakeVault,
};

/** The protocol's contracts of one deployment. */
export type Contracts = {
  readonly models: ModelRegistry;
  readonly circuits: CircuitRegistry;
  readonly vault: StakeVault;
  readonly signatures: SignatureEvidence;
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
    router: EvidenceRouter__factory.connect(deployment.evidenceRouter, runner),
    requests: InferenceRequests__factory.connect(deployment.inferenceRequests, runner),
    quotes: PolicyQuotes__factory.connect(deployment.policyQuotes, runner),
  };
}

/** Returns the contract to which a router leaves proofs: where segments are recorded one by one. */
export async function connectProofVerifier({
  router,
}: Pick<Contracts, "router">): Promise<Groth16Evidence> {
  const address = await router.verifierOf(evidenceKindIndex("zk"));
  return Groth16Evidence__factory.connect(address, router.runner);
}
