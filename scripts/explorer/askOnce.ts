import type { RequestId, RequestParams } from "@vouch/protocol";
import { connectContracts, packWords, parseBranches, quantizeTensor } from "@vouch/protocol";
import type { Step } from "@vouch/sdk";
import { completeAsk, requestInference } from "@vouch/sdk";
import type { Chain } from "../../offchain/hardhat/tasks/openChain.ts";
import type { Listed } from "./publishCatalog.ts";
import type { Requester, Town } from "./town.ts";

/** A question of the seed: everything in it is fixed, so that its id is the same in every run. */
export type Question = {
  readonly listed: Listed;
  readonly row: number;
  readonly policy: string;
  readonly fee: bigint;
  readonly nonce: bigint;
  /** 300 where absent. */
  readonly lockSeconds?: number;
};

const GWEI = 10n ** 9n;
/** Wall milliseconds; a proof takes a second or two. */
const PATIENCE_MS = 120_000;
/** Where nothing comes any more unless time passes. */
const RESTS = new Set<Step["status"]>(["provisional", "final", "overturned", "refunded"]);

/**
 * Completes a question as the SDK does, with deadlines that count from the chain's last block: the SDK counts from this machine's time where that is later,
 * and this chain's days are past ones.
 */
export async function paramsOf(
  { connection }: Pick<Chain, "connection">,
  { listed, row, policy, ...terms }: Question,
): Promise<RequestParams> {
  const { bundle, samples, id: release } = listed;
  const { circuit, release: described } = bundle;
  if (!("input" in circuit)) throw new TypeError("the release is of one circuit");
  const { floor, inputFractionBits: fractionBits } = described;
  const encoding = { ...circuit.input, fractionBits };
  const elements = quantizeTensor(samples[row % samples.length]?.x ?? [], encoding);
  const head = await connection.ethers.provider.getBlock("latest");
  const ask = { ...terms, release, circuit, floor, input: packWords(elements, encoding) };
  return completeAsk({ ...ask, policy: parseBranches(policy) }, head?.timestamp ?? 0, GWEI);
}

/** Sends a question, and does not wait for its answer. */
export async function sendQuestion(
  { chain }: Pick<Town, "chain">,
  { signer }: Requester,
  question: Question,
): Promise<RequestId> {
  const contracts = connectContracts(chain.deployment, signer);
  return (await requestInference(contracts, await paramsOf(chain, question))).id;
}

/** Asks, and returns when the answer is there; one that stays open to challenge becomes final when its window is over. */
export async function askOnce(
  town: Pick<Town, "chain">,
  requester: Requester,
  question: Question,
): Promise<RequestId> {
  const id = await sendQuestion(town, requester, question);
  await untilAnswered(requester, id);
  return id;
}

/** Waits until nothing more comes of a request without time passing. */
export async function untilAnswered({ sdk }: Requester, id: RequestId): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for await (const { status } of sdk.watch(id, { signal })) if (RESTS.has(status)) break;
}
