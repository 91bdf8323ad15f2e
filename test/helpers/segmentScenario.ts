import { id } from "ethers";
import type { Hex, SegmentedProof } from "../../offchain/protocol/index.ts";
import {
  encodeSegmentedProof,
  joinTensor,
  segmentDigest,
  segmentedWeights,
} from "../../offchain/protocol/index.ts";
import type { Deployment } from "./deployVouch.ts";
import type { TrapdoorKey } from "./trapdoorKey.ts";
import { trapdoorKey } from "./trapdoorKey.ts";
import type { Circuit, Claim, Domain, Encoding, Evidence, Release } from "./vouchScenario.ts";
import { CIRCUIT, ZK, digestOf, release, signalsOf } from "./vouchScenario.ts";

/** A release of segments, three by default, whose keys' trapdoors prove anything. */
export type Segmented = {
  readonly listId: string;
  readonly circuitIds: readonly string[];
  readonly keys: readonly TrapdoorKey[];
  readonly weights: readonly bigint[];
  readonly releaseId: string;
};

export const WEIGHTS: readonly bigint[] = [111n, 222n, 333n];
export const JOINS: readonly bigint[] = [777n, 888n];

const JOIN: Encoding = {
  mode: 1n,
  elements: BigInt(joinTensor(5).elements),
  bits: BigInt(joinTensor(5).bits),
  isSigned: joinTensor(5).signed,
};

/** How many segments, and what label derives the phase 1 that their keys have in common, if any. */
export type SegmentKeys = { readonly count?: number; readonly phase1?: string };

const keysOf = (label: string, { count = 3, phase1 }: SegmentKeys): readonly TrapdoorKey[] =>
  Array.from({ length: count }, (_, index) => trapdoorKey(`${label} ${index}`, phase1));

/** Circuits of segments, of keys that the label derives. */
export function segmentCircuits(
  label: string,
  change: Partial<Circuit> = {},
  of: SegmentKeys = {},
): readonly Circuit[] {
  return keysOf(label, of).map(({ key }, index, { length }) => {
    const input = index === 0 ? CIRCUIT.input : JOIN;
    const output = index === length - 1 ? CIRCUIT.output : JOIN;
    return { ...CIRCUIT, r1cs: id(`${label} ${index}`), ...change, input, output, key };
  });
}

/** Registers the circuits and their list, and publishes a release of it. */
export async function publishSegments(
  { circuits, models }: Pick<Deployment, "circuits" | "models">,
  publisher: { readonly address: string },
  label: string,
  {
    change = {},
    weights = WEIGHTS,
    fields = {},
    of = {},
  }: {
    readonly change?: Partial<Circuit>;
    readonly weights?: readonly bigint[];
    readonly fields?: Partial<Release>;
    readonly of?: SegmentKeys;
  } = {},
): Promise<Segmented> {
  const circuitIds: string[] = [];
  for (const circuit of segmentCircuits(label, change, of)) {
    circuitIds.push(await circuits.register.staticCall(circuit));
    await circuits.register(circuit);
  }
  const listId = await circuits.registerSegments.staticCall(circuitIds);
  await circuits.registerSegments(circuitIds);
  const published = release({
    publisher: publisher.address,
    circuit: listId,
    weights: segmentedWeights(weights),
    version: label,
    ...fields,
  });
  const releaseId = await models.publish.staticCall(published, "");
  await models.publish(published, "");
  return { listId, circuitIds, weights, releaseId, keys: keysOf(label, of) };
}

/** The proof that honest provers of all segments would make, by the trapdoors. */
export function proveSegments(
  domain: Domain,
  claim: Claim,
  { keys, weights }: Pick<Segmented, "keys" | "weights">,
  joins: readonly bigint[] = JOINS,
): SegmentedProof {
  const digest = digestOf(domain, claim) as Hex;
  const proofs = keys.map((key, index) => {
    const place = { index, count: keys.length, joins };
    const input = index === 0 ? claim.input : joins.slice(index - 1, index);
    const output = index === keys.length - 1 ? claim.output : joins.slice(index, index + 1);
    const signals = signalsOf(
      segmentDigest(digest, place),
      { ...claim, input: [...input], output: [...output] },
      { weights: weights[index] ?? null, commitment: 42n + BigInt(index) },
    );
    return { commitment: signals[0], proof: key.prove(signals) };
  });
  return { weights, joins, proofs };
}

export const segmentEvidence = (proof: SegmentedProof): Evidence => ({
  kind: ZK,
  data: encodeSegmentedProof(proof),
});
