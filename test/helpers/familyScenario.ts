/** Test only: releases of a family of circuits whose keys' trapdoors prove anything, and proofs of many inferences at once. */
import { AbiCoder, concat, id, keccak256, toBeHex } from "ethers";
import { claimAt } from "./batchScenario.ts";
import type { TrapdoorKey } from "./trapdoorKey.ts";
import { trapdoorKey } from "./trapdoorKey.ts";
import type {
  Circuit,
  Claim,
  Domain,
  Evidence,
  Receipt,
  Release,
  Scenario,
} from "./vouchScenario.ts";
import { CIRCUIT, W, ZK, digestOf, release, signalsOf, zkEvidence } from "./vouchScenario.ts";

export type BatchCircuit = { readonly count: bigint; readonly circuit: string };

/** A release of a family, with the keys of its circuits by how many inferences they prove. */
export type Family = {
  readonly familyId: string;
  readonly single: string;
  readonly batches: readonly BatchCircuit[];
  readonly keys: ReadonlyMap<number, TrapdoorKey>;
  readonly weights: bigint | null;
  readonly releaseId: string;
};

type Deployed = Pick<Scenario, "circuits" | "models" | "publisher">;

const coder = AbiCoder.defaultAbiCoder();

/** Written out, so that the registry is not tested against itself. */
export const familyIdOf = (single: string, batches: readonly BatchCircuit[]): string =>
  keccak256(
    coder.encode(
      ["bytes32", "bytes32", "tuple(uint256 count, bytes32 circuit)[]"],
      [id("vouch.batches.v1"), single, batches],
    ),
  );

/** What the proof of statements with these digests is bound to, written out likewise. */
export const batchDigestOf = (digests: readonly string[]): string =>
  keccak256(
    coder.encode(
      ["bytes32", "uint256", "bytes32"],
      [id("Batch(uint256 count,bytes32 statements)"), digests.length, keccak256(concat(digests))],
    ),
  );

/** A circuit that proves so many inferences at once, of a key that the label derives. */
export const batchCircuit = (label: string, count: number, change: Partial<Circuit>): Circuit => ({
  ...CIRCUIT,
  ...change,
  r1cs: id(`${label} of ${String(count)}`),
  key: keyOf(label, count).key,
});

const keyOf = (label: string, count: number): TrapdoorKey =>
  trapdoorKey(`${label} of ${String(count)}`);

/** Registers circuits of one inference and of as many as `counts` say, and their family. */
export async function registerFamily(
  { circuits }: Pick<Deployed, "circuits">,
  label: string,
  { counts = [2, 4], change = {} }: { counts?: readonly number[]; change?: Partial<Circuit> } = {},
): Promise<Pick<Family, "familyId" | "single" | "batches" | "keys">> {
  const add = async (count: number): Promise<string> => {
    const circuit = batchCircuit(label, count, change);
    const circuitId = await circuits.register.staticCall(circuit);
    await circuits.register(circuit);
    return circuitId;
  };
  const single = await add(1);
  const batches: BatchCircuit[] = [];
  for (const count of counts) batches.push({ count: BigInt(count), circuit: await add(count) });
  await circuits.registerBatches(single, batches);
  return {
    ...{ familyId: familyIdOf(single, batches), single, batches },
    keys: new Map([1, ...counts].map((it) => [it, keyOf(label, it)])),
  };
}

/** Publishes a release of a family of its own, which the label derives. */
export async function publishFamily(
  deployed: Deployed,
  label: string,
  change: Partial<Circuit> = {},
  fields: Partial<Release> = {},
  counts?: readonly number[],
): Promise<Family> {
  const { models, publisher } = deployed;
  const family = await registerFamily(deployed, label, {
    ...{ change },
    ...(counts === undefined ? {} : { counts }),
  });
  const weights = change.weights === 1n ? null : (fields.weights ?? W);
  const fresh = release({
    ...{ publisher: publisher.address, circuit: family.familyId, version: label },
    ...{ weights: weights ?? 0n, ...fields },
  });
  const releaseId = await models.publish.staticCall(fresh, "");
  await models.publish(fresh, "");
  return { ...family, weights, releaseId };
}

/** Claims of so many requests, on different inputs. */
export const claimsOf = (
  scenario: Pick<Scenario, "operator">,
  of: Pick<Family, "releaseId">,
  count: number,
): Claim[] =>
  Array.from({ length: count }, (_, i) => {
    const claim = claimAt(scenario, of, i);
    return { ...claim, input: claim.input.map((it) => it + BigInt(i)) };
  });

/** All words of claims in order and 1 behind the last, as the words of one. */
export const joined = (claims: readonly Claim[]): Claim => ({
  ...claims[0]!, // of which only the words are read
  input: claims.flatMap(({ input, output }) => [...input, ...output]),
  output: [1n],
});

/** Public signals of one proof of all claims, bound to `digest`. */
export const batchSignals = (
  digest: string,
  claims: readonly Claim[],
  { weights }: Pick<Family, "weights">,
  commitment = 42n,
): [bigint, bigint, bigint] => signalsOf(digest, joined(claims), { weights, commitment });

export const digestsOf = (domain: Domain, claims: readonly Claim[]): string[] =>
  claims.map((it) => digestOf(domain, it));

/** Data of the proof that an honest prover of all claims would make, under the circuit of `count`. */
export function proveBatch(
  domain: Domain,
  claims: readonly Claim[],
  of: Pick<Family, "keys" | "weights">,
  count: number = claims.length,
): string {
  const key = of.keys.get(count);
  if (key === undefined) throw new Error(`no circuit of ${String(count)}`);
  const signals = batchSignals(batchDigestOf(digestsOf(domain, claims)), claims, of);
  return zkEvidence(signals[0], key.prove(signals)).data;
}

/** Receipts of claims, without evidence. */
export const bare = (claims: readonly Claim[]): Receipt[] =>
  claims.map((it) => ({ ...it, evidence: [] }));

/** Evidence of the statement at a place of a batch that was recorded. */
export const batchEvidence = (place: number, digests: readonly string[]): Evidence => ({
  kind: ZK,
  data: concat([toBeHex(place, 1), ...digests]),
});
