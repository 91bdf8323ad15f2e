// The package's public surface.
export {
  beginCeremony,
  beginCommittedCeremony,
  contributeToFolder,
  endCeremony,
} from "./ceremonyFolder.ts";
export type { CeremonyPowers, CommittedCircuits } from "./ceremonyFolder.ts";
export { ceremonyId, ceremonyPaths, readCeremonyFacts } from "./ceremonyFacts.ts";
export type { CeremonyFacts, CeremonyPaths, CommittedFacts } from "./ceremonyFacts.ts";
export { readCeremonyState } from "./ceremonyState.ts";
export type { CeremonyState } from "./ceremonyState.ts";
export { CeremonyError } from "./errors.ts";
export type { CeremonyProblem } from "./errors.ts";
export { fetchCeremony } from "./fetchCeremony.ts";
export { joinMessage } from "./joinMessage.ts";
export { openCoordinator } from "./openCoordinator.ts";
export type { Coordinator, CoordinatorDeps, CoordinatorOptions } from "./openCoordinator.ts";
export { printable } from "./printable.ts";
export { receiptHash } from "./receipt.ts";
export type { Receipt } from "./receipt.ts";
export { committedFiles, verifyCeremonyFolder } from "./verifyCeremonyFolder.ts";
export type { CommittedFiles, VerifiedCommitted, VerifiedFolder } from "./verifyCeremonyFolder.ts";
export { takePart } from "./takePart.ts";
export type { TakenPart, TakePartOptions } from "./takePart.ts";
