import { network } from "hardhat";
import Vouch from "../../offchain/hardhat/ignition/modules/Vouch.ts";
import type {
  CircuitRegistry,
  DcapVerifier,
  Disputes,
  EnclaveAuthorities,
  EnclaveCollateral,
  EnclaveRegistry,
  ExternalProofEvidence,
  EvidenceRouter,
  Groth16Evidence,
  InferenceRequests,
  ModelRegistry,
  NitroRegistrars,
  PanelArbiter,
  PolicyQuotes,
  ProgramRegistry,
  Quorum,
  ReceiptLedger,
  RequestFunding,
  Scheduler,
  SignatureEvidence,
  StakeVault,
  WrappedNative,
} from "../../offchain/protocol/typechain/index.ts";

export type Connection = Awaited<ReturnType<typeof network.create>>;

/** What verifies quotes below one root. */
export type EnclaveVendor = {
  readonly authorities: EnclaveAuthorities;
  readonly collateral: EnclaveCollateral;
  readonly verifier: DcapVerifier;
};

export type Deployment = {
  readonly circuits: CircuitRegistry;
  readonly models: ModelRegistry;
  readonly asset: WrappedNative;
  readonly vault: StakeVault;
  readonly signatures: SignatureEvidence;
  readonly groth16: Groth16Evidence;
  readonly external: ExternalProofEvidence;
  readonly quorum: Quorum;
  readonly arbiter: PanelArbiter;
  readonly disputes: Disputes;
  readonly vendor: EnclaveVendor;
  readonly simulatedVendor: EnclaveVendor;
  readonly enclaves: EnclaveRegistry;
  readonly registrars: NitroRegistrars;
  readonly router: EvidenceRouter;
  readonly requests: InferenceRequests;
  readonly programs: ProgramRegistry;
  readonly ledger: ReceiptLedger;
  readonly funding: RequestFunding;
  readonly scheduler: Scheduler;
  readonly quotes: PolicyQuotes;
};

/** The chain that contract tests share; `loadFixture` takes it back between tests. */
export const connection: Connection = await network.create();

/** Deploys everything through the module that production uses, with TypeChain types. */
export async function deployVouch({ ethers, ignition }: Connection): Promise<Deployment> {
  const vouch = await ignition.deploy(Vouch);
  const at = (it: { target: unknown }): string => it.target as string;
  return {
    circuits: await ethers.getContractAt("CircuitRegistry", at(vouch.circuitRegistry)),
    models: await ethers.getContractAt("ModelRegistry", at(vouch.modelRegistry)),
    asset: await ethers.getContractAt("WrappedNative", at(vouch.wrappedNative)),
    vault: await ethers.getContractAt("StakeVault", at(vouch.stakeVault)),
    signatures: await ethers.getContractAt("SignatureEvidence", at(vouch.signatureEvidence)),
    groth16: await ethers.getContractAt("Groth16Evidence", at(vouch.groth16Evidence)),
    external: await ethers.getContractAt("ExternalProofEvidence", at(vouch.externalProofEvidence)),
    quorum: await ethers.getContractAt("Quorum", at(vouch.quorum)),
    arbiter: await ethers.getContractAt("PanelArbiter", at(vouch.panelArbiter)),
    disputes: await ethers.getContractAt("Disputes", at(vouch.disputes)),
    vendor: {
      authorities: await ethers.getContractAt("EnclaveAuthorities", at(vouch.enclaveAuthorities)),
      collateral: await ethers.getContractAt("EnclaveCollateral", at(vouch.enclaveCollateral)),
      verifier: await ethers.getContractAt("DcapVerifier", at(vouch.dcapVerifier)),
    },
    simulatedVendor: {
      authorities: await ethers.getContractAt("EnclaveAuthorities", at(vouch.simulatedAuthorities)),
      collateral: await ethers.getContractAt("EnclaveCollateral", at(vouch.simulatedCollateral)),
      verifier: await ethers.getContractAt("DcapVerifier", at(vouch.simulatedVerifier)),
    },
    enclaves: await ethers.getContractAt("EnclaveRegistry", at(vouch.enclaveRegistry)),
    registrars: await ethers.getContractAt("NitroRegistrars", at(vouch.nitroRegistrars)),
    router: await ethers.getContractAt("EvidenceRouter", at(vouch.evidenceRouter)),
    requests: await ethers.getContractAt("InferenceRequests", at(vouch.inferenceRequests)),
    programs: await ethers.getContractAt("ProgramRegistry", at(vouch.programRegistry)),
    ledger: await ethers.getContractAt("ReceiptLedger", at(vouch.receiptLedger)),
    funding: await ethers.getContractAt("RequestFunding", at(vouch.requestFunding)),
    scheduler: await ethers.getContractAt("Scheduler", at(vouch.scheduler)),
    quotes: await ethers.getContractAt("PolicyQuotes", at(vouch.policyQuotes)),
  };
}
