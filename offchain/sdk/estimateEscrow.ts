import type { RequestParams } from "@vouch/protocol";
import { escrowOf } from "@vouch/protocol";

/** What a request escrows, and for what; wei. */
export type EscrowEstimate = {
  /** The highest fee; an earlier lock takes less and the difference comes back. */
  readonly fee: bigint;
  /** Verification and settlement at the highest gas price; what is not used comes back. */
  readonly verification: bigint;
  /** The callbacks' gas at the highest gas price; bought whole, whatever they use. */
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
  params: Pick<
    RequestParams,
    "maxFee" | "verificationGas" | "callbackGas" | "provisionalGas" | "maxGasPrice"
  >,
): EscrowEstimate {
  const { verificationGas, callbackGas, provisionalGas, maxGasPrice } = params;
  return {
    fee: params.maxFee,
    verification: BigInt(verificationGas) * maxGasPrice,
    callback: BigInt(callbackGas + provisionalGas) * maxGasPrice,
    total: escrowOf(params),
  };
}
