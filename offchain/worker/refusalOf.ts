import type { Hex, RequestParams } from "@vouch/protocol";
import { feeAt, NATIVE_TOKEN } from "@vouch/protocol";
import { WorkerError } from "./errors.ts";

/** What a request in a token other than the native one has to pay, in the token's smallest unit. */
export type TokenTerms = {
  readonly minFee: bigint;
  /** Least price of a unit of gas: there is none on the chain to compare with. */
  readonly minGasPrice: bigint;
};

/** What an operator takes on; amounts in wei, times in seconds. */
export type Acceptance = {
  readonly minFee: bigint;
  /** By address in lower case; requests in other tokens are refused. */
  readonly tokens: ReadonlyMap<Hex, TokenTerms>;
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
 * @throws {WorkerError} `GAS_PRICE_TOO_HIGH`, `FEE_TOO_LOW`: not now, perhaps later.
 */
export function refusalOf(
  params: RequestParams,
  acceptance: Acceptance,
  now: number,
  gasPrice: bigint,
): string | undefined {
  const { minVerificationGas, maxCallbackGas, minServeSeconds, maxHorizonSeconds } = acceptance;
  const isNative = params.token === NATIVE_TOKEN;
  const terms = isNative ? acceptance : acceptance.tokens.get(params.token);
  if (terms === undefined) return `it is paid in the token ${params.token}`;
  const { minFee } = terms;
  if (params.maxFee < minFee) {
    return `the fee of ${params.maxFee} ${isNative ? "wei" : `of ${params.token}`} is below ${minFee}`;
  }
  if (params.verificationGas < minVerificationGas) {
    return `it reimburses ${params.verificationGas} gas of verification, less than ${minVerificationGas}`;
  }
  const callbackGas = Math.max(params.callbackGas, params.provisionalGas);
  if (callbackGas > maxCallbackGas) {
    return `its callback takes ${callbackGas} gas, and settlement leaves ${Math.max(0, maxCallbackGas)} in one transaction`;
  }
  if (params.deadline - now < minServeSeconds) {
    return `${params.deadline - now} s are left until its deadline, less than ${minServeSeconds}`;
  }
  if (params.lockDeadline - now > maxHorizonSeconds) {
    return `it can be locked for more than ${maxHorizonSeconds} s`;
  }
  if ("minGasPrice" in terms && params.maxGasPrice < terms.minGasPrice) {
    return `it pays ${params.maxGasPrice} of ${params.token} for gas, less than ${terms.minGasPrice}`;
  }
  // What may change is looked at last: who waits for it is looked at again and again.
  const fee = feeAt(params, now);
  if (fee < minFee) throw new WorkerError({ code: "FEE_TOO_LOW", fee, limit: minFee });
  if (isNative && gasPrice > params.maxGasPrice) {
    throw new WorkerError({ code: "GAS_PRICE_TOO_HIGH", gasPrice, limit: params.maxGasPrice });
  }
  return undefined;
}
