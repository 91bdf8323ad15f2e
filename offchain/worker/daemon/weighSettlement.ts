import type { PendingSettlement } from "@vouch/chain";
import { settlementGas } from "@vouch/compiler";
import type { RequestParams } from "@vouch/protocol";
import { SEGMENT_VERIFICATION_GAS } from "@vouch/protocol";
import type { Releases } from "../releases.ts";
import type { Answered } from "../steps/step.ts";

/** What an answer takes of a transaction, and what one with such answers takes whatever it holds. */
export type SettlementWeight = Pick<PendingSettlement, "singleGas" | "batchedGas" | "bytes"> & {
  readonly baseGas: bigint;
};

/**
 * From `test/snapshots/gas.json`: `fulfil` by a signature beside one by a proof (129,903 and 346,939), and `fulfilMany` of 16 and
 * of 64 proofs (133,860 and 123,843 each), that is 213,696 and 120,504 for each.
 */
const PROOF_GAS = 217_036n;
const PROVEN = { base: 213_696n, saved: 346_939n - 120_504n };
/** From `REQUESTS=16 npm run bench:daemon`: 130,231 singly, 91,825 each in one transaction, 94,245 each in two. */
const SIGNED = { base: 39_000n, saved: 40_000n };
/** Of a request's fixed members and its evidence. */
const FIXED_BYTES = 1_500;

/**
 * Estimates what settling an answer takes; good enough to choose by, since the sender estimates what it sends.
 *
 * @throws {WorkerError} `RELEASE_NOT_SERVED`; what loading it throws.
 */
export async function weighSettlement(
  { params, plan }: Answered,
  releases: Releases,
): Promise<SettlementWeight> {
  const { compiled, models } = await releases.get(params.release);
  const { fulfil, outputWords } = settlementGas(compiled.input, compiled.output);
  const isProven = plan.evidence.includes("zk");
  const more = BigInt(isProven ? (models.length - 1) * SEGMENT_VERIFICATION_GAS : 0);
  const proof = isProven ? 0n : PROOF_GAS;
  const singleGas = BigInt(fulfil + params.callbackGas) + more - proof;
  const { base, saved } = isProven ? PROVEN : SIGNED;
  // What stays open to challenge is settled by a transaction of its own, whoever it is chosen with.
  const batchedGas = plan.judge === undefined ? singleGas - saved : singleGas;
  return { singleGas, batchedGas, bytes: bytesOf(params, outputWords), baseGas: base };
}

function bytesOf({ input }: RequestParams, outputWords: number): number {
  return FIXED_BYTES + 32 * (input.length + outputWords);
}
