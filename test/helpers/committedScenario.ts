/** Test only: releases on commit-and-prove circuits whose secrets are known, and receipts proven by them. */
import type { CommittedCircuit, Hex } from "@vouch/protocol";
import {
  committedCircuitId,
  encodeCommittedCircuit,
  encodeWeightsRegistration,
} from "@vouch/protocol";
import { AbiCoder } from "ethers";
import type { TransactionReceipt } from "ethers";
import { claimAt } from "./batchScenario.ts";
import type { CommittedSecrets } from "./committedSecrets.ts";
import { committedSecrets, registrationOf, weightsSecretOf } from "./committedSecrets.ts";
import { mined } from "./gasScenario.ts";
import type { Claim, Evidence, Receipt, Scenario } from "./vouchScenario.ts";
import { GOOD, W, ZK, all, digestOf, release, zk } from "./vouchScenario.ts";

/** A release on such a circuit, and the logarithm of its `D_W`; none where the circuit holds the weights. */
export type CommittedRelease = CommittedSecrets & {
  readonly releaseId: string;
  readonly circuitId: string;
  readonly weightsSecret: bigint | undefined;
};

type Deployed = Pick<Scenario, "circuits" | "models" | "publisher">;

/** Registers a circuit and returns its id. */
export async function registerCommitted(
  { circuits }: Pick<Deployed, "circuits">,
  { circuit }: CommittedSecrets,
): Promise<string> {
  await circuits.registerCommitted(encodeCommittedCircuit(circuit));
  return committedCircuitId(circuit);
}

/** Publishes a release on a registered circuit, its weights registered unless the circuit holds them. */
export async function publishOn(
  deployed: Deployed,
  secrets: CommittedSecrets,
  circuitId: string,
  version: string,
  commitment: bigint = W,
): Promise<CommittedRelease> {
  const { circuits, models, publisher } = deployed;
  const isConstant = secrets.circuit.weights === "constant";
  const weightsSecret = isConstant ? undefined : weightsSecretOf(version);
  if (weightsSecret !== undefined) {
    const shown = registrationOf(secrets, circuitId, commitment, weightsSecret);
    await circuits.registerWeights(circuitId, commitment, encodeWeightsRegistration(shown));
  }
  const releaseId = await publishUnregistered(
    { models, publisher },
    circuitId,
    version,
    isConstant ? 0n : commitment,
  );
  return { ...secrets, releaseId, circuitId, weightsSecret };
}

/** Publishes a release whose weights nobody registered. */
export async function publishUnregistered(
  { models, publisher }: Omit<Deployed, "circuits">,
  circuit: string,
  version: string,
  weights: bigint = W,
): Promise<string> {
  const fresh = release({ publisher: publisher.address, circuit, version, weights });
  const releaseId = await models.publish.staticCall(fresh, "");
  await models.publish(fresh, "");
  return releaseId;
}

/** Publishes a release of a committed circuit of its own, which the label derives. */
export async function publishCommitted(
  deployed: Deployed,
  label: string,
  change: Partial<CommittedCircuit> = {},
): Promise<CommittedRelease> {
  const secrets = committedSecrets(label, change);
  return publishOn(deployed, secrets, await registerCommitted(deployed, secrets), label);
}

/** Twelve words as evidence. */
export const committedEvidence = (words: readonly bigint[]): Evidence => ({
  kind: ZK,
  data: AbiCoder.defaultAbiCoder().encode([`uint256[${String(words.length)}]`], [[...words]]),
});

/** The words of such evidence. */
export const committedWords = ({ evidence }: Receipt): bigint[] => [
  ...(AbiCoder.defaultAbiCoder().decode(["uint256[12]"], evidence[0]!.data)[0] as bigint[]), // one piece
];

/** The words that an honest prover would make for a claim. */
export function proveCommitted(
  { domain }: Pick<Scenario, "domain">,
  { inference, weightsSecret }: CommittedRelease,
  claim: Claim,
  nonce = "",
): readonly bigint[] {
  const digest = digestOf(domain, claim) as Hex;
  const v = [...claim.input, ...claim.output];
  const weights = weightsSecret === undefined ? {} : { weights: weightsSecret };
  return inference.prove({ ...weights, digest, v }, nonce);
}

/** A receipt of one committed proof, of request `index`. */
export function committedReceipt(
  scenario: Pick<Scenario, "operator" | "domain">,
  of: CommittedRelease,
  index: number,
): Receipt {
  const claim = claimAt(scenario, of, index);
  const words = proveCommitted(scenario, of, claim, String(index));
  return { ...claim, evidence: [committedEvidence(words)] };
}

/** Asks for an answer of a committed release, locks and fulfils with its proof; returns what the last one came to. */
export async function settleCommitted(
  scenario: Scenario,
  of: CommittedRelease,
): Promise<TransactionReceipt> {
  const { requests, operator, params, lock, claim } = scenario;
  const terms = await params({ release: of.releaseId, policy: all(zk()) });
  const request = await lock(terms);
  const evidence = [committedEvidence(proveCommitted(scenario, of, claim(request, terms)))];
  return mined(requests.connect(operator).fulfil(request, terms, GOOD, evidence));
}
