import { CircuitRegistry__factory } from "./typechain/factories/contracts/CircuitRegistry__factory.ts";
import { DcapVerifier__factory } from "./typechain/factories/contracts/DcapVerifier__factory.ts";
import { Disputes__factory } from "./typechain/factories/contracts/Disputes__factory.ts";
import { EnclaveAuthorities__factory } from "./typechain/factories/contracts/EnclaveAuthorities__factory.ts";
import { EnclaveCollateral__factory } from "./typechain/factories/contracts/EnclaveCollateral__factory.ts";
import { EnclaveRegistry__factory } from "./typechain/factories/contracts/EnclaveRegistry__factory.ts";
import { EvidenceRouter__factory } from "./typechain/factories/contracts/EvidenceRouter__factory.ts";
import { ExternalProofEvidence__factory } from "./typechain/factories/contracts/evidence/ExternalProofEvidence__factory.ts";
import { Groth16Evidence__factory } from "./typechain/factories/contracts/evidence/Groth16Evidence__factory.ts";
import { InferenceRequests__factory } from "./typechain/factories/contracts/InferenceRequests__factory.ts";
import { ModelRegistry__factory } from "./typechain/factories/contracts/ModelRegistry__factory.ts";
import { NitroRegistrars__factory } from "./typechain/factories/contracts/NitroRegistrars__factory.ts";
import { PanelArbiter__factory } from "./typechain/factories/contracts/PanelArbiter__factory.ts";
import { PolicyQuotes__factory } from "./typechain/factories/contracts/PolicyQuotes__factory.ts";
import { ProgramRegistry__factory } from "./typechain/factories/contracts/ProgramRegistry__factory.ts";
import { Quorum__factory } from "./typechain/factories/contracts/Quorum__factory.ts";
import { ReceiptLedger__factory } from "./typechain/factories/contracts/ReceiptLedger__factory.ts";
import { RequestFunding__factory } from "./typechain/factories/contracts/RequestFunding__factory.ts";
import { Scheduler__factory } from "./typechain/factories/contracts/Scheduler__factory.ts";
import { SignatureEvidence__factory } from "./typechain/factories/contracts/evidence/SignatureEvidence__factory.ts";
import { StakeVault__factory } from "./typechain/factories/contracts/StakeVault__factory.ts";
import { WrappedNative__factory } from "./typechain/factories/contracts/WrappedNative__factory.ts";

/** What a contract is deployed from. */
export type ContractArtifact = {
  readonly abi: readonly object[];
  /** Creation code in hexadecimal digits, without arguments; no contract of ours is linked to a library. */
  readonly bytecode: string;
};

/** Every contract of a deployment, by name, as the compiler left it. It stands apart from the package's surface, which needs no code. */
export const CONTRACT_ARTIFACTS = {
  CircuitRegistry: CircuitRegistry__factory,
  DcapVerifier: DcapVerifier__factory,
  Disputes: Disputes__factory,
  EnclaveAuthorities: EnclaveAuthorities__factory,
  EnclaveCollateral: EnclaveCollateral__factory,
  EnclaveRegistry: EnclaveRegistry__factory,
  EvidenceRouter: EvidenceRouter__factory,
  ExternalProofEvidence: ExternalProofEvidence__factory,
  Groth16Evidence: Groth16Evidence__factory,
  InferenceRequests: InferenceRequests__factory,
  ModelRegistry: ModelRegistry__factory,
  NitroRegistrars: NitroRegistrars__factory,
  PanelArbiter: PanelArbiter__factory,
  PolicyQuotes: PolicyQuotes__factory,
  ProgramRegistry: ProgramRegistry__factory,
  Quorum: Quorum__factory,
  ReceiptLedger: ReceiptLedger__factory,
  RequestFunding: RequestFunding__factory,
  Scheduler: Scheduler__factory,
  SignatureEvidence: SignatureEvidence__factory,
  StakeVault: StakeVault__factory,
  WrappedNative: WrappedNative__factory,
} as const satisfies Readonly<Record<string, ContractArtifact>>;
