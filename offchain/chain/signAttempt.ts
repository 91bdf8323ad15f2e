import type { Hex } from "@vouch/protocol";
import type { Signer } from "ethers";
import { keccak256, Transaction } from "ethers";
import type { Fees } from "./fees.ts";
import type { Attempt, Entry } from "./journal.ts";

/** The gas of a transaction that does nothing. */
const TRANSFER_GAS = 21_000n;

/** Signs the entry's transaction, or one to the sender itself that takes its nonce and does nothing. */
export async function signAttempt(
  signer: Pick<Signer, "signTransaction">,
  chainId: number,
  { sender, nonce, intent }: Entry,
  fees: Fees,
  isCancel: boolean,
): Promise<Attempt> {
  const what = isCancel
    ? { to: sender, data: "0x", value: 0n, gasLimit: TRANSFER_GAS }
    : { to: intent.to, data: intent.data, value: intent.value, gasLimit: intent.gasLimit };
  const type = "gasPrice" in fees ? 0 : 2;
  const raw = (await signer.signTransaction({ ...what, ...fees, type, chainId, nonce })) as Hex;
  return { hash: keccak256(raw) as Hex, raw, fees };
}

/** Whether that attempt of the entry is not what was intended. */
export function isCancelled({ sender, intent }: Entry, { raw }: Pick<Attempt, "raw">): boolean {
  const isNothing = intent.to === sender && intent.data === "0x" && intent.value === 0n;
  const { to, data, value } = Transaction.from(raw);
  return !isNothing && to?.toLowerCase() === sender && data === "0x" && value === 0n;
}
