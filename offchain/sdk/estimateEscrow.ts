import type { RequestParams } from "@vouch/protocol";
import { escrowOf } from "@vouch/protocol";

/** What a request escrows, and for what; wei. */
export type EscrowEstimate = {
  readonly fee: bigint;
  /** Verification and settlement at the highest gas price; what is not used comes back. */
  readonly verification: bigint;
  /** The callback's gas at the highest gas price; bought whole, whatever it uses. */
  readonly callback: bigint;
  /** What `request` must be sent. */
  readonly total: bigint;
};

/**
 * Returns what a request escrows at worst, the value that the contract demands with it.
 *
 * @example
 * const { total } = estimateEscrow(completeAsk({ release, circuit, input, policy, fee }, now, gasPrice));
 */
export function estimateEscrow(
  params: Pick<RequestParams, "fee" | "verificationGas" | "callbackGas" | "maxGasPrice">,
): EscrowEstimate {
  const { fee, verificationGas, callbackGas, maxGasPrice } = params;
  return {
    fee,
    verification: BigInt(verificationGas) * maxGasPrice,
    callback: BigInt(callbackGas) * maxGasPrice,
    total: escrowOf(params),
  };
}
