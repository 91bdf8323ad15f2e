import type { RequestParams } from "@vouch/protocol";
import { WorkerError } from "./errors.ts";

/** What an operator takes on; amounts in wei, times in seconds. */
export type Acceptance = {
  readonly minFee: bigint;
  /** Gas of verification that a request must reimburse. */
  readonly minVerificationGas: number;
  /** Gas that is left for a callback in the transaction that settles: more could be locked, but never fulfilled. */
  readonly maxCallbackGas: number;
  /** Time that must be left to run, prove and settle. */
  readonly minServeSeconds: number;
  /** How far ahead a lock's deadline may lie: a request is watched until then. */
  readonly maxHorizonSeconds: number;
};

/**
 * Returns why an open request is not worth a lock, or undefined where it is; `now` is the chain's time.
 *
 * @throws {WorkerError} `GAS_PRICE_TOO_HIGH`: not now, perhaps later.
 */
export function refusalOf(
  params: RequestParams,
  acceptance: Acceptance,
  now: number,
  gasPrice: bigint,
): string | undefined {
  const { minFee, minVerificationGas, maxCallbackGas } = acceptance;
  const { minServeSeconds, maxHorizonSeconds } = acceptance;
  if (params.fee < minFee) return `the fee of ${params.fee} wei is below ${minFee}`;
  if (params.verificationGas < minVerificationGas) {
    return `it reimburses ${params.verificationGas} gas of verification, less than ${minVerificationGas}`;
  }
  if (params.callbackGas > maxCallbackGas) {
    return `its callback takes ${params.callbackGas} gas, and settlement leaves ${Math.max(0, maxCallbackGas)} in one transaction`;
  }
  if (params.deadline - now < minServeSeconds) {
    return `${params.deadline - now} s are left until its deadline, less than ${minServeSeconds}`;
  }
  if (params.lockDeadline - now > maxHorizonSeconds) {
    return `it can be locked for more than ${maxHorizonSeconds} s`;
  }
  if (gasPrice > params.maxGasPrice) {
    throw new WorkerError({ code: "GAS_PRICE_TOO_HIGH", gasPrice, limit: params.maxGasPrice });
  }
  return undefined;
}
