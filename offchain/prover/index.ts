// The package's public surface.
export { buildCircuit } from "./buildCircuit.ts";
export type { BuildOptions, CircuitArtefacts } from "./buildCircuit.ts";
export { calculateWitness, witnessValues } from "./calculateWitness.ts";
export type { CircuitInputs } from "./calculateWitness.ts";
export { adoptCommittedCeremony } from "./committed/ceremony/adoptCommittedCeremony.ts";
export type {
  AdoptedCeremony,
  CommittedKeyOffer,
} from "./committed/ceremony/adoptCommittedCeremony.ts";
export {
  COMMITTED_CEREMONY_FORMAT,
  committedDocumentHash,
  encodeCommittedDocument,
} from "./committed/ceremony/committedDocument.ts";
export type {
  CommittedCeremonyDocument,
  DocumentedKey,
} from "./committed/ceremony/committedDocument.ts";
export { applyCommittedBeacon, contributeCommitted } from "./committed/ceremony/contribute.ts";
export {
  applyLinkBeacon,
  beginLink,
  contributeLink,
  readLinkCeremony,
} from "./committed/ceremony/linkCeremony.ts";
export type { LinkCeremony } from "./committed/ceremony/linkCeremony.ts";
export type { ListedContribution } from "./committed/ceremony/listedContribution.ts";
export { committedRecordBytes } from "./committed/ceremony/recordBytes.ts";
export { startCommittedCeremony } from "./committed/ceremony/startCeremony.ts";
export { verifyCommittedCeremony } from "./committed/ceremony/verifyCommittedCeremony.ts";
export type {
  CommittedCeremonyMaterial,
  CommittedKeyMaterial,
  VerifiedCommittedCeremony,
} from "./committed/ceremony/verifyCommittedCeremony.ts";
export {
  verifyCommittedUpdate,
  verifyNextCommitted,
} from "./committed/ceremony/verifyCommittedUpdate.ts";
export { verifyLink, verifyNextLink } from "./committed/ceremony/verifyLink.ts";
export { commitWeights, portableProver } from "./committed/portableProver.ts";
export { committedDevelopmentSetup } from "./committed/committedSetup.ts";
export type { CommittedSetup } from "./committed/committedSetup.ts";
export type { AdviceCommitment, CommittedProver } from "./committed/committedProver.ts";
export { readCommittedHeader, readCommittedVerifyingKey } from "./committed/keyFile.ts";
export type { CommittedGroups, CommittedHeader } from "./committed/keyFile.ts";
export { encodeLinkFile, linkKeyOf, readLinkFile } from "./committed/linkFile.ts";
export type { LinkFile } from "./committed/linkFile.ts";
export { developmentLink } from "./committed/linkSetup.ts";
export type { LinkedKeys, LinkedSetups, LinkSetup } from "./committed/linkSetup.ts";
export { proveCommitted } from "./committed/proveCommitted.ts";
export type {
  CommittedArtefacts,
  CommittedOptions,
  CommittedSignals,
  CommittedWork,
} from "./committed/proveCommitted.ts";
export { proveWeights } from "./committed/proveWeights.ts";
export type { RegistrationArtefacts, RegistrationWork } from "./committed/proveWeights.ts";
export { verifyCommittedSetup } from "./committed/verifyCommittedSetup.ts";
export type {
  ClaimedCommittedSetup,
  CommittedCircuitFiles,
  CommittedSetupFiles,
} from "./committed/verifyCommittedSetup.ts";
export { requireCommittedInputs } from "./committed/requireCommittedInputs.ts";
export { committedTranscript, linkTranscript } from "./committed/transcript.ts";
export { drawBlind, encodeValues } from "./committed/values.ts";
export type { CommittedValues } from "./committed/values.ts";
export { adoptCeremonyKey } from "./ceremony/adoptCeremonyKey.ts";
export { beginCeremonyKey } from "./ceremony/beginCeremonyKey.ts";
export {
  CEREMONY_FORMAT,
  ceremonyDocumentHash,
  encodeCeremonyDocument,
} from "./ceremony/ceremonyDocument.ts";
export type { CeremonyDocument, PowersOrigin } from "./ceremony/ceremonyDocument.ts";
export { applyBeacon, contribute } from "./ceremony/contribute.ts";
export type { BeaconOptions, ContributeOptions, Contributed } from "./ceremony/contribute.ts";
export { checkContributionName } from "./ceremony/contributionName.ts";
export type { BeaconValue } from "./ceremony/contributionRecords.ts";
export { checkBeacon } from "./ceremony/deltaKey.ts";
export { developmentPowers } from "./ceremony/developmentPowers.ts";
export { publicTranscripts } from "./ceremony/publicTranscripts.ts";
export { verifyCeremony } from "./ceremony/verifyCeremony.ts";
export type { CeremonyMaterial, VerifiedCeremony } from "./ceremony/verifyCeremony.ts";
export { verifyContributions } from "./ceremony/verifyContributions.ts";
export type { VerifiedContribution } from "./ceremony/verifyContributions.ts";
export { verifyNext } from "./ceremony/verifyNext.ts";
export { hashFile } from "./contentCache.ts";
export { ProverError } from "./errors.ts";
export type { ProverProblem } from "./errors.ts";
export type { OnProgress, StepOptions } from "./progress.ts";
export { prove, proveWitness } from "./prove.ts";
export type { ProveOptions, Proven, ProvingArtefacts } from "./prove.ts";
export { chooseProver, nativeProver } from "./provers/chooseProver.ts";
export type { ProverChoice } from "./provers/chooseProver.ts";
export { proverFaults } from "./provers/distrust.ts";
export type { ProverFault } from "./provers/distrust.ts";
export { createNativeProver } from "./provers/nativeProver.ts";
export type { NativeCommitment, NativeProver } from "./provers/nativeProver.ts";
export { PROVER_NAMES } from "./provers/prover.ts";
export type { Prover, ProverName, ProverOptions } from "./provers/prover.ts";
export { proverLine } from "./provers/proverLine.ts";
export { createRapidsnarkProver, findRapidsnark } from "./provers/rapidsnarkProver.ts";
export { SNARKJS_PROVER } from "./provers/snarkjsProver.ts";
export { proveSegments } from "./proveSegments.ts";
export type { ProveSegmentsOptions } from "./proveSegments.ts";
export { PTAU_PINS } from "./ptauPins.ts";
export type { PtauPin } from "./ptauPins.ts";
export { checkWitness } from "./r1cs/checkWitness.ts";
export { freeWires } from "./r1cs/freeWires.ts";
export { orientFactors } from "./r1cs/orientFactors.ts";
export { readR1cs } from "./r1cs/readR1cs.ts";
export type { Constraint, LinearCombination, R1cs } from "./r1cs/readR1cs.ts";
export { sealKey } from "./sealKey.ts";
export { ceremonySetup } from "./setup/ceremonySetup.ts";
export type { Beacon, CeremonyOptions, Contribution } from "./setup/ceremonySetup.ts";
export { domainPower } from "./setup/constraintTerms.ts";
export { developmentSetup } from "./setup/developmentSetup.ts";
export type { DevelopmentOptions } from "./setup/developmentSetup.ts";
export { obtainPtau } from "./setup/obtainPtau.ts";
export type { Ptau, PtauOptions } from "./setup/obtainPtau.ts";
export { ceremonyTranscript, checkKey, developmentTranscript } from "./setup/setup.ts";
export type { Setup } from "./setup/setup.ts";
export { verifySetup } from "./setup/verifySetup.ts";
export type { SetupVerification } from "./setup/verifySetup.ts";
export { keyFromSnarkjs, keyToSnarkjs, proofFromSnarkjs, proofToSnarkjs } from "./snarkjsFormat.ts";
export { terminate } from "./terminate.ts";
export { readVerifyingKey } from "./zkeyFile.ts";
export type { InputLayout } from "./witness/inputLayout.ts";
export { obtainWitness, witnessFrom } from "./witness/obtainWitness.ts";
export type { WitnessArtefacts } from "./witness/obtainWitness.ts";
export { passedTapes } from "./witness/tapes.ts";
export type { PassedTape } from "./witness/tapes.ts";
export { verifyReceiptIndependently } from "./verifyReceiptIndependently.ts";
