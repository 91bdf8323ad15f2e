import type { Sender } from "@vouch/chain";
import type { Hex } from "@vouch/protocol";
import type { Provider } from "ethers";
import { gasLimitOf } from "../gasLimitOf.ts";
import type { Send } from "../send.ts";

/**
 * Returns a `Send` whose transactions outlive the process: a step that is done again after a crash goes on with what was sent. One
 * that was cancelled, for its deadline passed before a block took it, counts as reverted.
 */
export function journaledSend(sender: Pick<Sender, "send" | "address">, provider: Provider): Send {
  return async (intent) => {
    const { to, data, value = 0n } = intent;
    const gasLimit =
      intent.gasLimit ??
      gasLimitOf(await provider.estimateGas({ from: sender.address, to, data, value }));
    const mined = await sender.send({ ...intent, value, gasLimit });
    return {
      hash: mined.hash,
      blockNumber: mined.blockNumber,
      gasUsed: mined.receipt?.gasUsed ?? 0n,
      status: mined.outcome === "succeeded" ? 1 : 0,
    };
  };
}

/** An enclave tries again no earlier, and a renewal is the same call each time. */
const CALL_PERIOD_MS = 600_000;

/** Names a contract's call by what it does, where nothing else names it: within ten minutes the same call is the same transaction. */
export function callKey(to: Hex, data: Hex, now: number = Date.now()): string {
  return `call:${to}:${data}:${Math.floor(now / CALL_PERIOD_MS)}`;
}
