import type { Hex, ReleaseId } from "./hex.ts";
import type { EncodedPolicy, Policy } from "./policy.ts";
import { encodePolicy } from "./policy.ts";
import type { DecodedPolicy } from "./release.ts";
import { decodePolicy } from "./release.ts";

/** What a requester asks for; mirrors `contracts/types/Request.sol`. Amounts in wei, times in seconds. */
export type RequestParams = {
  readonly release: ReleaseId;
  readonly input: readonly bigint[];
  readonly policy: Policy;
  readonly fee: bigint;
  readonly stake: bigint;
  readonly maxGasPrice: bigint;
  readonly verificationGas: number;
  readonly callbackGas: number;
  readonly lockDeadline: number;
  readonly deadline: number;
};

/** Request parameters as contracts take them. */
export type EncodedRequestParams = Omit<RequestParams, "policy" | "input"> & {
  readonly input: bigint[];
  readonly policy: EncodedPolicy;
};

/** Request parameters as ethers decodes them from an event. */
export type DecodedRequestParams = {
  readonly release: string;
  readonly input: readonly bigint[];
  readonly policy: DecodedPolicy;
  readonly fee: bigint;
  readonly stake: bigint;
  readonly maxGasPrice: bigint;
  readonly verificationGas: bigint;
  readonly callbackGas: bigint;
  readonly lockDeadline: bigint;
  readonly deadline: bigint;
};

/** Where a request stands, in the order of `IInferenceRequests.Status`. */
export const REQUEST_STATUSES = ["none", "open", "locked", "fulfilled", "refunded"] as const;

/** See `contracts/interfaces/IInferenceRequests.sol`. */
export type RequestStatus = (typeof REQUEST_STATUSES)[number];

/** Returns the wei that a request escrows: fee, verification gas and callback gas at the highest price. */
export function escrowOf(
  params: Pick<RequestParams, "fee" | "verificationGas" | "callbackGas" | "maxGasPrice">,
): bigint {
  return params.fee + BigInt(params.verificationGas + params.callbackGas) * params.maxGasPrice;
}

/** Returns request parameters in their on-chain form. */
export function encodeRequestParams(params: RequestParams): EncodedRequestParams {
  return { ...params, input: [...params.input], policy: encodePolicy(params.policy) };
}

/** Returns request parameters from their on-chain form. */
export function decodeRequestParams(encoded: DecodedRequestParams): RequestParams {
  return {
    release: encoded.release as Hex as ReleaseId,
    input: [...encoded.input],
    policy: decodePolicy(encoded.policy),
    fee: encoded.fee,
    stake: encoded.stake,
    maxGasPrice: encoded.maxGasPrice,
    verificationGas: Number(encoded.verificationGas),
    callbackGas: Number(encoded.callbackGas),
    lockDeadline: Number(encoded.lockDeadline),
    deadline: Number(encoded.deadline),
  };
}
