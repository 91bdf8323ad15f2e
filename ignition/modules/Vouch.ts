import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** The whole protocol: the one module that tests, the demo and every deployment use. */
export default buildModule("Vouch", (m) => {
  const circuitRegistry = m.contract("CircuitRegistry");
  const modelRegistry = m.contract("ModelRegistry", [circuitRegistry]);
  const stakeVault = m.contract("StakeVault");
  const signatureEvidence = m.contract("SignatureEvidence", [stakeVault]);
  const groth16Evidence = m.contract("Groth16Evidence", [modelRegistry, circuitRegistry]);
  const evidenceRouter = m.contract("EvidenceRouter", [
    modelRegistry,
    circuitRegistry,
    [signatureEvidence, groth16Evidence],
  ]);
  const inferenceRequests = m.contract("InferenceRequests", [
    evidenceRouter,
    stakeVault,
    modelRegistry,
    circuitRegistry,
  ]);
  // Stands alone, and comes last so that it moves no other's address.
  const programRegistry = m.contract("ProgramRegistry", [], { after: [inferenceRequests] });

  return {
    circuitRegistry,
    modelRegistry,
    stakeVault,
    signatureEvidence,
    groth16Evidence,
    evidenceRouter,
    inferenceRequests,
    programRegistry,
  };
});
