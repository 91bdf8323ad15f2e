import type { Hex } from "@vouch/protocol";
import type { Signer, TransactionReceipt } from "ethers";
import { isError } from "ethers";
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

/**
 * Returns a `Send` that estimates, sends and waits. It knows the keys of this process only: what has to survive one needs a
 * journal.
 *
 * @throws {WorkerError} from what it returns: `INTENT_EXPIRED`, `TRANSACTION_LOST`.
 */
export function directSend(signer: Signer): Send {
  const sent = new Map<string, Promise<MinedTransaction>>();
  return (intent) => {
    const earlier = sent.get(intent.key);
    if (earlier !== undefined) return earlier;
    const mined = sendNow(signer, intent);
    sent.set(intent.key, mined);
    // What was not mined may be tried again.
    mined.catch(() => sent.delete(intent.key));
    return mined;
  };
}

async function sendNow(signer: Signer, intent: Intent): Promise<MinedTransaction> {
  const { key, to, data, value = 0n, deadline } = intent;
  const latest = await signer.provider?.getBlock("latest");
  if (latest == null) throw new WorkerError({ code: "NODE_WITHOUT_BLOCKS" });
  if (deadline !== undefined && latest.timestamp >= deadline)
    throw new WorkerError({ code: "INTENT_EXPIRED", key, deadline });
  const call = { to, data, value };
  const gasLimit = intent.gasLimit ?? gasLimitOf(await signer.estimateGas(call));
  const response = await signer.sendTransaction({ ...call, gasLimit });
  const receipt = await response.wait().catch(revertedReceipt);
  if (receipt == null) throw new WorkerError({ code: "TRANSACTION_LOST", txHash: response.hash });
  const { hash, blockNumber, gasUsed, status } = receipt;
  return { hash: hash as Hex, blockNumber, gasUsed, status: status ?? 1 };
}

/** ethers throws where a mined transaction reverted, with its receipt. */
function revertedReceipt(error: unknown): TransactionReceipt | null {
  if (isError(error, "CALL_EXCEPTION") && error.receipt != null) return error.receipt;
  throw error;
}
