import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type {
  Artifact,
  ContractAtFuture,
  ContractDeploymentFuture,
  IgnitionModule,
  NamedArtifactContractAtFuture,
  NamedArtifactContractDeploymentFuture,
  StaticCallFuture,
} from "@nomicfoundation/ignition-core";

/** Wei of stake that must answer for whatever an operator signs. */
const MIN_BOND = 10n ** 17n;
/** Where Permit2 is on every chain that has it. */
const PERMIT2 = "0x000000000022D473030F116dDEE9F6B43aC78BA3";

/** Every contract that the module deploys or finds, by its name in the sources. */
export type VouchContractName =
  | "CircuitRegistry"
  | "DcapVerifier"
  | "Disputes"
  | "EnclaveAuthorities"
  | "EnclaveCollateral"
  | "EnclaveRegistry"
  | "EvidenceRouter"
  | "ExternalProofEvidence"
  | "Groth16Evidence"
  | "InferenceRequests"
  | "ModelRegistry"
  | "NitroRegistrars"
  | "PanelArbiter"
  | "PolicyQuotes"
  | "ProgramRegistry"
  | "Quorum"
  | "ReceiptLedger"
  | "RequestFunding"
  | "Scheduler"
  | "SignatureEvidence"
  | "StakeVault"
  | "WrappedNative";

/** Compiled contracts to deploy. */
export type VouchArtifacts = Readonly<Record<VouchContractName, Artifact>>;

type Builder = Parameters<Parameters<typeof buildModule>[1]>[0];
type Deployed = NamedArtifactContractDeploymentFuture<string> | ContractDeploymentFuture;
type Found = NamedArtifactContractAtFuture<string> | ContractAtFuture;
type Options = NonNullable<Parameters<Builder["contract"]>[3]>;
type Arguments = NonNullable<Parameters<Builder["call"]>[2]>;
type Deploy = (name: VouchContractName, args?: Arguments, options?: Options) => Deployed;

/** Contracts of a deployment, by their part in it. */
export type VouchModule = IgnitionModule<"Vouch", string, ReturnType<typeof build>>;

/** What verifies quotes below one root. */
function vendor(
  deploy: Deploy,
  prefix: string,
  simulated: boolean,
): readonly [authorities: Deployed, collateral: Deployed, verifier: Deployed] {
  const authorities = deploy("EnclaveAuthorities", [simulated], {
    id: `${prefix}EnclaveAuthorities`,
  });
  const collateral = deploy("EnclaveCollateral", [authorities], {
    id: `${prefix}EnclaveCollateral`,
  });
  const verifier = deploy("DcapVerifier", [authorities, collateral], {
    id: `${prefix}DcapVerifier`,
  });
  return [authorities, collateral, verifier];
}

/**
 * Returns the whole protocol as one module: the one that tests, the demo and every deployment use. It takes the contracts from
 * `artifacts`, or, without them, from the project that runs it, by their names.
 */
export function vouchModule(artifacts?: VouchArtifacts): VouchModule {
  return buildModule("Vouch", (m) => build(m, artifacts));
}

function build(m: Builder, artifacts: VouchArtifacts | undefined) {
  const deploy: Deploy = (name, args = [], options = {}) =>
    artifacts === undefined
      ? m.contract(name, args, options)
      : m.contract(name, artifacts[name], args, options);
  const find = (name: VouchContractName, address: StaticCallFuture<string, string>): Found =>
    artifacts === undefined
      ? m.contractAt(name, address)
      : m.contractAt(name, artifacts[name], address);

  const circuitRegistry = deploy("CircuitRegistry");
  const modelRegistry = deploy("ModelRegistry", [circuitRegistry]);
  const wrappedNative = deploy("WrappedNative", ["Wrapped Ether", "WETH"]);
  const stakeVault = deploy("StakeVault", [wrappedNative]);
  const groth16Evidence = deploy("Groth16Evidence", [modelRegistry, circuitRegistry]);
  const signatureEvidence = deploy("SignatureEvidence", [
    stakeVault,
    modelRegistry,
    circuitRegistry,
    groth16Evidence,
    m.getParameter("minBond", MIN_BOND),
  ]);
  const externalProofEvidence = deploy("ExternalProofEvidence", [modelRegistry]);
  // It binds the requests, which are built after it, once and for all.
  const quorum = deploy("Quorum", [
    stakeVault,
    modelRegistry,
    circuitRegistry,
    m.getParameter("minPanelStake", MIN_BOND),
    m.getAccount(0),
  ]);
  const panelArbiter = deploy("PanelArbiter", [quorum]);
  const [enclaveAuthorities, enclaveCollateral, dcapVerifier] = vendor(deploy, "", false);
  // Quotes below the published root, for development: no policy takes them that does not say so.
  const [simulatedAuthorities, simulatedCollateral, simulatedVerifier] = vendor(
    deploy,
    "Simulated",
    true,
  );
  const enclaveRegistry = deploy("EnclaveRegistry", [
    modelRegistry,
    dcapVerifier,
    simulatedVerifier,
  ]);
  // The registry made them.
  const nitroRegistrars = find("NitroRegistrars", m.staticCall(enclaveRegistry, "registrars"));
  const evidenceRouter = deploy("EvidenceRouter", [
    modelRegistry,
    circuitRegistry,
    [signatureEvidence, groth16Evidence, externalProofEvidence, quorum, enclaveRegistry],
  ]);
  const disputes = deploy("Disputes", [evidenceRouter, panelArbiter]);
  const inferenceRequests = deploy("InferenceRequests", [
    evidenceRouter,
    stakeVault,
    modelRegistry,
    circuitRegistry,
    signatureEvidence,
    disputes,
  ]);
  m.call(quorum, "bind", [inferenceRequests]);
  // These come last so that they move no other's address.
  const programRegistry = deploy("ProgramRegistry", [], { after: [inferenceRequests] });
  const requestFunding = deploy(
    "RequestFunding",
    [inferenceRequests, m.getParameter("permit2", PERMIT2)],
    { after: [programRegistry] },
  );

  // Likewise. A dispute costs 0.01 ether: the proof that answers one, with its gas.
  const receiptLedger = deploy("ReceiptLedger", [evidenceRouter, 10n ** 16n], {
    after: [programRegistry],
  });
  const scheduler = deploy("Scheduler", [inferenceRequests], { after: [receiptLedger] });

  const policyQuotes = deploy("PolicyQuotes", [inferenceRequests], { after: [scheduler] });

  return {
    circuitRegistry,
    modelRegistry,
    wrappedNative,
    stakeVault,
    signatureEvidence,
    groth16Evidence,
    externalProofEvidence,
    quorum,
    panelArbiter,
    disputes,
    enclaveAuthorities,
    enclaveCollateral,
    dcapVerifier,
    simulatedAuthorities,
    simulatedCollateral,
    simulatedVerifier,
    enclaveRegistry,
    nitroRegistrars,
    evidenceRouter,
    inferenceRequests,
    programRegistry,
    receiptLedger,
    requestFunding,
    scheduler,
    policyQuotes,
  };
}

/** The module in a project that compiles the contracts itself. */
export default vouchModule();
