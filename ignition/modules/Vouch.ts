import type { NamedArtifactContractDeploymentFuture } from "@nomicfoundation/ignition-core";
import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** Wei of stake that must answer for whatever an operator signs. */
const MIN_BOND = 10n ** 17n;
/** Where Permit2 is on every chain that has it. */
const PERMIT2 = "0x000000000022D473030F116dDEE9F6B43aC78BA3";

type Builder = Parameters<Parameters<typeof buildModule>[1]>[0];
type Vendor = readonly [
  authorities: NamedArtifactContractDeploymentFuture<"EnclaveAuthorities">,
  collateral: NamedArtifactContractDeploymentFuture<"EnclaveCollateral">,
  verifier: NamedArtifactContractDeploymentFuture<"DcapVerifier">,
];

/** What verifies quotes below one root. */
function vendor(m: Builder, prefix: string, simulated: boolean): Vendor {
  const authorities = m.contract("EnclaveAuthorities", [simulated], {
    id: `${prefix}EnclaveAuthorities`,
  });
  const collateral = m.contract("EnclaveCollateral", [authorities], {
    id: `${prefix}EnclaveCollateral`,
  });
  const verifier = m.contract("DcapVerifier", [authorities, collateral], {
    id: `${prefix}DcapVerifier`,
  });
  return [authorities, collateral, verifier];
}

/** The whole protocol: the one module that tests, the demo and every deployment use. */
export default buildModule("Vouch", (m) => {
  const circuitRegistry = m.contract("CircuitRegistry");
  const modelRegistry = m.contract("ModelRegistry", [circuitRegistry]);
  const wrappedNative = m.contract("WrappedNative", ["Wrapped Ether", "WETH"]);
  const stakeVault = m.contract("StakeVault", [wrappedNative]);
  const groth16Evidence = m.contract("Groth16Evidence", [modelRegistry, circuitRegistry]);
  const signatureEvidence = m.contract("SignatureEvidence", [
    stakeVault,
    modelRegistry,
    circuitRegistry,
    groth16Evidence,
    m.getParameter("minBond", MIN_BOND),
  ]);
  const externalProofEvidence = m.contract("ExternalProofEvidence", [modelRegistry]);
  // It binds the requests, which are built after it, once and for all.
  const quorum = m.contract("Quorum", [
    stakeVault,
    modelRegistry,
    circuitRegistry,
    m.getParameter("minPanelStake", MIN_BOND),
    m.getAccount(0),
  ]);
  const panelArbiter = m.contract("PanelArbiter", [quorum]);
  const [enclaveAuthorities, enclaveCollateral, dcapVerifier] = vendor(m, "", false);
  // Quotes below the published root, for development: no policy takes them that does not say so.
  const [simulatedAuthorities, simulatedCollateral, simulatedVerifier] = vendor(
    m,
    "Simulated",
    true,
  );
  const enclaveRegistry = m.contract("EnclaveRegistry", [
    modelRegistry,
    dcapVerifier,
    simulatedVerifier,
  ]);
  // The registry made them.
  const nitroRegistrars = m.contractAt(
    "NitroRegistrars",
    m.staticCall(enclaveRegistry, "registrars"),
  );
  const evidenceRouter = m.contract("EvidenceRouter", [
    modelRegistry,
    circuitRegistry,
    [signatureEvidence, groth16Evidence, externalProofEvidence, quorum, enclaveRegistry],
  ]);
  const disputes = m.contract("Disputes", [evidenceRouter, panelArbiter]);
  const inferenceRequests = m.contract("InferenceRequests", [
    evidenceRouter,
    stakeVault,
    modelRegistry,
    circuitRegistry,
    signatureEvidence,
    disputes,
  ]);
  m.call(quorum, "bind", [inferenceRequests]);
  // These come last so that they move no other's address.
  const programRegistry = m.contract("ProgramRegistry", [], { after: [inferenceRequests] });
  const requestFunding = m.contract(
    "RequestFunding",
    [inferenceRequests, m.getParameter("permit2", PERMIT2)],
    { after: [programRegistry] },
  );

  // Likewise. A dispute costs 0.01 ether: the proof that answers one, with its gas.
  const receiptLedger = m.contract("ReceiptLedger", [evidenceRouter, 10n ** 16n], {
    after: [programRegistry],
  });
  const scheduler = m.contract("Scheduler", [inferenceRequests], { after: [receiptLedger] });

  const policyQuotes = m.contract("PolicyQuotes", [inferenceRequests], { after: [scheduler] });

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
});
