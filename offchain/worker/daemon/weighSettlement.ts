import type { PendingSettlement } from "@vouch/chain";
import { settlementGas } from "@vouch/compiler";
import type { BatchPlace, Hex, RequestId, RequestParams } from "@vouch/protocol";
import { decodeBatchEvidence, isBatchEvidence, singleOf } from "@vouch/protocol";
import { furtherGas } from "../furtherGas.ts";
import type { Answered, StepDeps } from "../steps/step.ts";

/** What an answer takes of a transaction, and what one with such answers takes whatever it holds. */
export type SettlementWeight = Omit<PendingSettlement, "key" | "deadline"> & {
  readonly baseGas: bigint;
};

/** From `test/snapshots/gas.json`: `fulfil` by a signature beside one by a proof, 129,903 and 346,939. */
const PROOF_GAS = 217_036n;
/**
 * From `npm run bench:gathering`: `fulfilMany` of n proofs takes 265,483 and 116,459 for each, and 51 n^2 for memory. Of what is paid
 * once, a circuit takes 170,000: `npm run bench:batch`, 16 receipts of four circuits beside 16 of one.
 */
const PROVEN = { base: 95_483n, circuit: 170_000n, saved: 346_939n - 116_459n };
/** 51 n^2 by the bytes of such a request and answer, as `bytesOf` has them. */
export const BYTES_SQUARED_PER_GAS = 48_300n;
/** From `REQUESTS=16 npm run bench:daemon`: 130,231 singly, 91,825 each in one transaction, 94,245 each in two. */
const SIGNED = { base: 39_000n, saved: 40_000n };
/**
 * Commit-and-prove beside plain: 63,000 alone (`furtherGas`), of 16 together 19,600 and of 64 17,400 (`test/snapshots/committedGas.json`
 * beside `npm run bench:batch`).
 */
const COMMITTED_SAVED = 43_000n;
/**
 * From `npm run bench:inference-batch-gas`: `fulfilMany` of places in a batch of B takes 114,234, and 61,593 and 862 B for each, as a
 * digest is calldata that is hashed. So one alone takes some 46,000 more than one by a signature.
 */
const PLACED = { base: 114_234n, digest: 862n, gas: 46_000n };
/** Of a request's fixed members and its evidence. */
const FIXED_BYTES = 1_500;
/** Words that evidence has of each segment: weights, join, commitment, proof. */
const SEGMENT_WORDS = 11;

/**
 * Estimates what settling an answer takes; good enough to choose by, since the sender estimates what it sends.
 *
 * @throws {WorkerError} `RELEASE_NOT_SERVED`; what loading it throws.
 */
export async function weighSettlement(
  { id, params, plan }: Answered,
  { releases, answers }: Pick<StepDeps, "releases" | "answers">,
): Promise<SettlementWeight> {
  const served = await releases.get(params.release);
  const { compiled, models, release } = served;
  const place = await placeOf(id, answers);
  const { fulfil, outputWords } = settlementGas(compiled.input, compiled.output);
  const isProven = plan.evidence.includes("zk");
  const more = BigInt(isProven ? furtherGas(served) : 0);
  const proof = isProven ? 0n : PROOF_GAS;
  const singleGas = BigInt(fulfil + params.callbackGas) + more - proof;
  if (place !== undefined) {
    const placedGas = BigInt(fulfil + params.callbackGas) - PROOF_GAS + PLACED.gas;
    const gas = placedGas + PLACED.digest * BigInt(place.digests.length);
    const batchedGas = plan.judge === undefined ? gas - PLACED.base : gas;
    const bytes = bytesOf(params, outputWords, 1) + 32 * place.digests.length;
    return { singleGas: gas, batchedGas, bytes, baseGas: PLACED.base };
  }
  // Proofs in segments are verified one by one wherever they are: they share a transaction, and no pairing.
  const isShared = isProven && models.length === 1;
  const { base, saved } = isShared ? PROVEN : SIGNED;
  const bytes = bytesOf(params, outputWords, isProven ? models.length : 1);
  const weight = { singleGas, bytes, baseGas: base };
  // What stays open to challenge is settled by a transaction of its own, whoever it is chosen with.
  if (plan.judge !== undefined) return { ...weight, batchedGas: singleGas };
  const shared = { key: release.circuit, gas: PROVEN.circuit };
  const alike = isShared && singleOf(served.circuit).system === "committedGroth16";
  const batchedGas = singleGas - saved - (alike ? COMMITTED_SAVED : 0n);
  return { ...weight, batchedGas, ...(isShared ? { shared } : {}) };
}

/** The place of an answer in a batch that was recorded; undefined where it has a proof of its own, or none. */
async function placeOf(
  request: RequestId,
  answers: StepDeps["answers"],
): Promise<BatchPlace | undefined> {
  const data = (await answers.get(request))?.evidence.get("zk") as Hex | undefined;
  return data === undefined || !isBatchEvidence(data) ? undefined : decodeBatchEvidence(data);
}

function bytesOf({ input }: RequestParams, outputWords: number, segments: number): number {
  const more = segments === 1 ? 0 : SEGMENT_WORDS * segments;
  return FIXED_BYTES + 32 * (input.length + outputWords + more);
}
