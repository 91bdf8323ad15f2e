import { setTimeout as delay } from "node:timers/promises";
import type { Hex } from "@vouch/protocol";
import type { Signer, TransactionReceipt, TransactionResponse } from "ethers";
import { WorkerError } from "./errors.ts";
import { gasLimitOf } from "./gasLimitOf.ts";

/** A transaction that an operator wants mined once. */
export type Intent = {
  /** Names the effect, not the attempt: the same key never has it twice. */
  readonly key: string;
  readonly to: Hex;
  readonly data: Hex;
  /** Wei. */
  readonly value?: bigint;
  /** Estimated where absent. */
  readonly gasLimit?: bigint;
  /** Last second at which it makes sense. */
  readonly deadline?: number;
};

/** What became of an intent; `status` is 1 where it had its effect, 0 where it reverted. */
export type MinedTransaction = {
  readonly hash: Hex;
  readonly blockNumber: number;
  readonly gasUsed: bigint;
  readonly status: number;
};

/**
 * Has an intent mined, idempotent by its key. A contract's refusal at estimation is thrown as it comes, for
 * `findContractError` to read.
 */
export type Send = (intent: Intent) => Promise<MinedTransaction>;

/** Looks in a row at which a node does not know a transaction, before it counts as lost: nodes behind one name differ for a while. */
const LOST_AFTER_LOOKS = 10;

/**
 * Returns a `Send` that estimates, sends and looks every so many milliseconds for what became of it. It knows the keys of this
 * process only: what has to survive one needs a journal.
 *
 * @throws {WorkerError} from what it returns: `INTENT_EXPIRED`; `TRANSACTION_LOST` where the node forgot the transaction, as where
 * its block was taken back.
 */
export function directSend(signer: Signer, pollIntervalMs: number): Send {
  const sent = new Map<string, Promise<MinedTransaction>>();
  return (intent) => {
    const earlier = sent.get(intent.key);
    if (earlier !== undefined) return earlier;
    const mined = sendNow(signer, intent, pollIntervalMs);
    sent.set(intent.key, mined);
    // What was not mined may be tried again.
    mined.catch(() => sent.delete(intent.key));
    return mined;
  };
}

async function sendNow(
  signer: Signer,
  intent: Intent,
  pollIntervalMs: number,
): Promise<MinedTransaction> {
  const { key, to, data, value = 0n, deadline } = intent;
  const latest = await signer.provider?.getBlock("latest");
  if (latest == null) throw new WorkerError({ code: "NODE_WITHOUT_BLOCKS" });
  if (deadline !== undefined && latest.timestamp >= deadline)
    throw new WorkerError({ code: "INTENT_EXPIRED", key, deadline });
  const call = { to, data, value };
  const gasLimit = intent.gasLimit ?? gasLimitOf(await signer.estimateGas(call));
  const response = await signer.sendTransaction({ ...call, gasLimit });
  const { hash, blockNumber, gasUsed, status } = await untilMined(response, pollIntervalMs);
  return { hash: hash as Hex, blockNumber, gasUsed, status: status ?? 1 };
}

/** Not ethers' `wait`, which has no end for a transaction that the chain no longer knows. */
async function untilMined(
  { hash, provider }: TransactionResponse,
  pollIntervalMs: number,
): Promise<TransactionReceipt> {
  let unknown = 0;
  while (unknown < LOST_AFTER_LOOKS) {
    const receipt = await provider.getTransactionReceipt(hash);
    if (receipt !== null) return receipt;
    unknown = (await provider.getTransaction(hash)) === null ? unknown + 1 : 0;
    await delay(pollIntervalMs);
  }
  throw new WorkerError({ code: "TRANSACTION_LOST", txHash: hash });
}
