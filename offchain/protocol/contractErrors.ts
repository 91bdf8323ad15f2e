import type { ErrorDescription } from "ethers";
import { Interface } from "ethers";
import { CIRCUIT_REGISTRY_ABI } from "./abi/CircuitRegistry.ts";
import { DCAP_VERIFIER_ABI } from "./abi/DcapVerifier.ts";
import { ENCLAVE_AUTHORITIES_ABI } from "./abi/EnclaveAuthorities.ts";
import { ENCLAVE_COLLATERAL_ABI } from "./abi/EnclaveCollateral.ts";
import { ENCLAVE_REGISTRY_ABI } from "./abi/EnclaveRegistry.ts";
import { EVIDENCE_ROUTER_ABI } from "./abi/EvidenceRouter.ts";
import { GROTH16_EVIDENCE_ABI } from "./abi/Groth16Evidence.ts";
import { INFERENCE_REQUESTS_ABI } from "./abi/InferenceRequests.ts";
import { MODEL_REGISTRY_ABI } from "./abi/ModelRegistry.ts";
import { NITRO_REGISTRARS_ABI } from "./abi/NitroRegistrars.ts";
import { POLICY_QUOTES_ABI } from "./abi/PolicyQuotes.ts";
import { SIGNATURE_EVIDENCE_ABI } from "./abi/SignatureEvidence.ts";
import { STAKE_VAULT_ABI } from "./abi/StakeVault.ts";
import { OTHER_ERRORS } from "./abi/otherErrors.ts";

/** A custom error of the protocol's contracts, with what to do about it where that is known. */
export type ContractError = {
  /** The name in the form of the other packages' codes: `ProofInvalid` is `PROOF_INVALID`. */
  readonly code: string;
  readonly name: string;
  readonly args: readonly string[];
  /** Names of the arguments. */
  readonly parameters: readonly string[];
  readonly remedy: string | undefined;
};

/** Those that every client loads anyway, and the errors that these lack. */
const ABIS = [
  CIRCUIT_REGISTRY_ABI,
  DCAP_VERIFIER_ABI,
  ENCLAVE_AUTHORITIES_ABI,
  ENCLAVE_COLLATERAL_ABI,
  ENCLAVE_REGISTRY_ABI,
  EVIDENCE_ROUTER_ABI,
  GROTH16_EVIDENCE_ABI,
  INFERENCE_REQUESTS_ABI,
  MODEL_REGISTRY_ABI,
  NITRO_REGISTRARS_ABI,
  POLICY_QUOTES_ABI,
  SIGNATURE_EVIDENCE_ABI,
  STAKE_VAULT_ABI,
  OTHER_ERRORS,
] as const;

type ErrorItem = Extract<(typeof ABIS)[number][number], { readonly type: "error" }>;
type ErrorName = ErrorItem["name"];

let parsed: Interface | undefined;

/** Parsed when it is needed: most programs never see an error. */
function errorsOfContracts(): Interface {
  parsed ??= new Interface(ABIS.flat().filter(({ type }) => type === "error"));
  return parsed;
}

const REMEDIES: Readonly<Partial<Record<ErrorName, string>>> = {
  ReleaseNotPublished: "List the releases of this chain with `npx hardhat model:list`.",
  ReleaseAlreadyPublished:
    "Nothing to do: a release is immutable. A changed model is another release.",
  ReleasePublisherMismatch: "Publish from the account that the release names as its publisher.",
  ReleaseRoyaltyTooHigh: "Lower the royalty: it is in hundredths of a percent, at most 10,000.",
  ReleaseWeightsInvalid:
    "The release and its circuit disagree on whether the weights are committed.",
  ReleaseWithoutCircuit: "This release cannot be proven; ask for a signature instead.",
  CircuitNotRegistered: "Register the circuit first; `npx hardhat model:publish` does.",
  CircuitAlreadyRegistered: "Nothing to do: releases with this architecture share the circuit.",
  SetupIsDevelopment: "Only a ceremony's set-up can be attested.",
  SetupTranscriptMismatch: "Attest the transcript that the circuit was registered with.",
  KeyForgeable:
    "The key lacks a phase-2 contribution: run the ceremony's contribution, or a development set-up.",
  KeyGammaNotGenerator:
    "A key of commit-and-prove has the generator of G2 for gamma, as snarkjs's have.",
  CircuitSystemInvalid:
    "Register a plain circuit with `register`, one of commit-and-prove with `registerCommitted`.",
  WeightsCircuitUnexpected: "Leave the weights circuit out: this circuit holds its weights.",
  CircuitWithoutWeights:
    "Only a commit-and-prove circuit whose weights are committed has them registered.",
  WeightsAlreadyRegistered: "Nothing to do: prove with the blind of the point that is registered.",
  WeightsProofInvalid:
    "The registration is of other weights, another commitment or another circuit: make it anew.",
  WeightsNotRegistered:
    "Register the release's weights for its circuit first (`CircuitRegistry.registerWeights`).",
  FundingTokenNative: "Send it by `requestFor` of InferenceRequests, with the escrow as value.",
  FundingNotForwarded: "Ask in a token that moves what it is asked to: no fee, no rebasing.",
  PolicyNotMet:
    "Demand less, or have the missing evidence produced; a development set-up needs zk:any.",
  PolicyStakeTooLow: "Choose an operator with more stake, or lower the policy's minimum.",
  PolicyEmpty: "Demand at least one kind of evidence.",
  PolicyClauseEmpty: "Give the clause an alternative, or drop it.",
  PolicyUnsatisfiable:
    "The clause names a circuit or verifier that this release does not have, or an enclave whose measurement its publisher has not approved (`npx hardhat model:approve`).",
  EvidenceKindUnsupported: "This deployment has no verifier of that kind of evidence.",
  EvidenceDuplicated: "Bring one piece of evidence of each kind.",
  ProofInvalid: "The proof is of another statement or another circuit.",
  ProofLengthInvalid:
    "Bring one proof of each segment, in the order of the release's list; a proof of one circuit has nine words, of commit-and-prove twelve.",
  SegmentCountInvalid:
    "A list has 2 to 256 circuits; register a single one as a circuit, or cut with a larger budget.",
  SegmentWeightsInvalid: "Segments of one model all commit to their weights, or none does.",
  SegmentJoinInvalid:
    "List the circuits in the order of the model's segments: each takes in what the one before gives out.",
  SegmentSystemInvalid:
    "Segments are plain circuits: prove the model with one, or without commit-and-prove.",
  SegmentProofInvalid:
    "The segment's proof is of another place, statement or list, or belongs to other join commitments.",
  SegmentUnknown: "Count segments from 0, in the order of the release's list.",
  SegmentNotRecorded:
    "Record the proof of every segment first, all under the same join commitments.",
  SegmentWeightsMismatch:
    "Prove with the weights that the release commits to, one commitment a segment.",
  SegmentWeightsNotCanonical:
    "Give each weights commitment reduced, below the scalar field's order.",
  SignatureNotByOperator: "Only the operator that the statement names can sign it.",
  OperatorWithoutBond:
    "Post or renew the operator's bond with `npx hardhat stake --bond <wei>`: a signature weighs as much as what answers for it.",
  WordCountInvalid: "Give as many elements as the model's input has.",
  WordNotCanonical: "Pack the input with the encoding that the circuit declares.",
  RequestStatusInvalid: "The request has moved on; look at its status and try what comes next.",
  RequestParamsMismatch: "Bring the parameters exactly as InferenceRequested logged them.",
  RequestStakeBelowPolicy: "Raise the request's stake to the policy's minimum.",
  RequestNonceUsed: "Ask again with another nonce.",
  RequestBondInvalid:
    "The bond is part of the stake, and not zero where the policy leaves an answer open to challenge.",
  RequestFeeInvalid: "The highest fee is not below the lowest.",
  RequestDeadlineTooFar: "Choose a nearer deadline: stake is held for some days only.",
  RequestDeadlineInvalid: "Deadlines lie in the future, the lock's before the fulfilment's.",
  RequestDeadlinePassed: "The request has expired; anyone can refund it with `expire`.",
  RequestNotExpired: "Wait for the deadline, or cancel it as its requester while it is open.",
  RequestNotByRequester: "Cancel it from the account that asked.",
  RequestNotLockedBy: "Another operator holds the lock, or nobody does.",
  CallbackTargetWithoutCode: "Ask from a contract, or set the callback gas to 0.",
  CallbackGasTooHigh: "Lower the request's callback gas.",
  CreditEmpty: "There is nothing to withdraw.",
  ResponsePeriodClosed: "The time for a proof is over; anyone can end the dispute with `timeout`.",
  DisputeAnswerMismatch:
    "Bring parameters and output exactly as InferenceRequested and InferenceFulfilled logged them.",
  MemberNotAuthorised: "Authorise the quorum in the vault first.",
  MemberStakeTooLow:
    "Add own stake: every member of a pool has the least stake of this deployment.",
  QuorumPoolTooSmall: "Wait until more operators serve this release, or ask for a smaller panel.",
  StakeInsufficient: "Add stake with `npx hardhat stake --add <wei>`.",
  HolderNotAuthorised: "Authorise the contract in the vault; `npx hardhat stake --add` does.",
  ExitNotRequested: "Request the exit first; the stake leaves after the delay.",
  ExitNotAvailable: "Wait until the exit delay has passed.",
  EscrowMismatch:
    "Send exactly the escrow: fee + (verification + callback gas) · gas price; nothing beside a token.",
  BondTooLow: "Post at least the least bond of this deployment.",
  BondInsufficient: "Send the missing wei along, or fund the bond first.",
  BondNotReleasable: "Wait until the dispute period is over and every dispute is decided.",
  DepositInsufficient: "Deposit more, or announce less.",
  WithdrawalNotAvailable: "Wait until the withdrawal delay has passed.",
  ItemNotIncluded: "Bring the item, index and proof of the tree whose root the operator posted.",
  ItemNotPayable: "The refusal says why: an enum of IReceiptLedger.",
  AssuranceNotVerified:
    "Prove the item first: nothing but its poster's word is known of its evidence.",
  EnclaveBindingMismatch:
    "The enclave has to bind this chain, registry, operator, key, kind and the hash of the nonce's block.",
  NonceBlockUnknown:
    "Attest again with the hash of a recent block: a chain keeps the last 8,191 or 256.",
  EnclaveAlreadyRegistered: "Nothing to do, or attest again with the hash of a newer block.",
  EnclaveNotRegistered: "Register its quote first with `npx hardhat enclave:register <file>`.",
  EnclaveMeasurementMismatch: "Make another key: one that changes its enclave is not the same key.",
  EnclaveAlreadyRetired: "Make another key: its operator retired this one.",
  EnclaveOperatorMismatch: "Send it from the operator that the quote names.",
  EnclaveKeyCompromised: "Make another key: this one counts no more.",
  EnclaveLapsed:
    "Bring newer collateral with `npx hardhat enclave:refresh`, then `npx hardhat enclave:renew <id>`.",
  EnclaveInDebugMode:
    "Build and start the enclave without DEBUG: whoever runs it reads its memory.",
  EnclaveAttributesRefused:
    "Start a TD with SEPT_VE_DISABLE and nothing else, an enclave without reserved bits.",
  MeasurementKindMismatch: "A TD has the kind domain, an SGX enclave image or signer.",
  MeasurementNotApproved:
    "The release's publisher has to approve the measurement: `npx hardhat model:approve <release> <measurement>`.",
  MeasurementPublisherMismatch: "Send it from the account that published the release.",
  MeasurementAlreadyWithdrawn:
    "Build another image: what was withdrawn stays so, and another measurement can be approved.",
  SimulationNotTaken: "This deployment takes no simulated enclave.",
  PlatformUnknown: "Bring the platform's PCK certificate along.",
  PlatformExpired: "The platform needs a newer PCK certificate of its vendor.",
  PlatformRevoked: "The vendor revoked this platform: use another.",
  PlatformCollateralExpired: "Bring newer collateral with `npx hardhat enclave:refresh`.",
  TcbRevoked: "The vendor revoked this platform's versions: update its firmware.",
  TcbInfoMissing:
    "Bring the platform's collateral with `npx hardhat enclave:refresh --quote <file>`.",
  QeIdentityMissing:
    "Bring the identity of the quoting enclave with `npx hardhat enclave:refresh --quote <file>`.",
  RevocationsMissing: "Bring the lists of revoked certificates with `npx hardhat enclave:refresh`.",
  RevocationsExpired:
    "Bring newer lists of revoked certificates with `npx hardhat enclave:refresh`.",
  RevocationsStale: "Nothing to do: the chain has this list, or a newer one.",
  CollateralStale: "Nothing to do: the chain has this document, or a newer one.",
  AuthorityStale: "Nothing to do: the chain has this certificate, or a newer one.",
  CollateralExpired: "Get newer collateral: what is over counts no more.",
  AuthorityUnknown: "Bring the vendor's authorities first with `npx hardhat enclave:refresh`.",
  QuoteUnsupported:
    "Send SGX quotes of version 3 to 5, TDX quotes of version 4 or 5, with ECDSA on P-256.",
};

/** Returns the protocol's custom error inside an error of ethers or of a provider; undefined where there is none. */
export function findContractError(error: unknown): ContractError | undefined {
  const data = findRevertData(error, 0);
  if (data === undefined) return undefined;
  const found = parseError(data);
  if (found === undefined) return undefined;
  const { name, args, fragment } = found;
  return {
    code: name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase(),
    name,
    args: args.map(String),
    parameters: fragment.inputs.map((input) => input.name),
    remedy: remedyOf(name),
  };
}

function parseError(data: string): ErrorDescription | undefined {
  try {
    return errorsOfContracts().parseError(data) ?? undefined;
  } catch {
    return undefined; // data cut short: to fail on it would hide the error that is being looked into
  }
}

function remedyOf(name: string): string | undefined {
  return Object.hasOwn(REMEDIES, name) ? REMEDIES[name as ErrorName] : undefined;
}

/** Providers nest revert data differently; four levels cover ethers over HTTP and in-process. */
function findRevertData(value: unknown, depth: number): string | undefined {
  if (typeof value === "string") return /^0x([0-9a-f]{2}){4,}$/i.test(value) ? value : undefined;
  if (typeof value !== "object" || value === null || depth > 4) return undefined;
  const nested = value as Record<string, unknown>;
  for (const key of ["data", "error", "info", "cause"]) {
    const found = findRevertData(nested[key], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
