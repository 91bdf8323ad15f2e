import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** Wei of stake that must answer for whatever an operator signs. */
const MIN_BOND = 10n ** 17n;
/** Where Permit2 is on every chain that has it. */
const PERMIT2 = "0x000000000022D473030F116dDEE9F6B43aC78BA3";

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
  const evidenceRouter = m.contract("EvidenceRouter", [
    modelRegistry,
    circuitRegistry,
    [signatureEvidence, groth16Evidence, externalProofEvidence, quorum],
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
    evidenceRouter,
    inferenceRequests,
    programRegistry,
    receiptLedger,
    requestFunding,
    scheduler,
    policyQuotes,
  };
});
