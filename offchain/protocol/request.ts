import type { Hex, ReleaseId } from "./hex.ts";
import type { EncodedPolicy, Policy } from "./policy.ts";
import { encodePolicy } from "./policy.ts";
import type { DecodedPolicy } from "./release.ts";
import { decodePolicy } from "./release.ts";

/**
 * What a requester asks for; mirrors `contracts/types/Request.sol`. Fee and gas price in units of `token` (the zero address:
 * wei), stake, bond and cover in units of the vault's asset, times in seconds.
 */
export type RequestParams = {
  readonly nonce: bigint;
  readonly release: ReleaseId;
  readonly input: readonly bigint[];
  readonly policy: Policy;
  readonly token: Hex;
  readonly minFee: bigint;
  readonly maxFee: bigint;
  readonly rampStart: number;
  readonly stake: bigint;
  readonly bond: bigint;
  readonly cover: bigint;
  readonly maxGasPrice: bigint;
  readonly verificationGas: number;
  readonly callbackGas: number;
  readonly provisionalGas: number;
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
  readonly nonce: bigint;
  readonly release: string;
  readonly input: readonly bigint[];
  readonly policy: DecodedPolicy;
  readonly token: string;
  readonly minFee: bigint;
  readonly maxFee: bigint;
  readonly rampStart: bigint;
  readonly stake: bigint;
  readonly bond: bigint;
  readonly cover: bigint;
  readonly maxGasPrice: bigint;
  readonly verificationGas: bigint;
  readonly callbackGas: bigint;
  readonly provisionalGas: bigint;
  readonly lockDeadline: bigint;
  readonly deadline: bigint;
};

/** Stands for the chain's native token. */
export const NATIVE_TOKEN = "0x0000000000000000000000000000000000000000" as Hex;

/** Where a request stands, in the order of `IInferenceRequests.Status`. */
export const REQUEST_STATUSES = [
  "none",
  "open",
  "locked",
  "provisional",
  "challenged",
  "fulfilled",
  "overturned",
  "cancelled",
  "expired",
] as const;

/** See `contracts/interfaces/IInferenceRequests.sol`. */
export type RequestStatus = (typeof REQUEST_STATUSES)[number];

/** Returns what a request escrows, in its token: the highest fee, and all gas at the highest price. */
export function escrowOf(
  params: Pick<
    RequestParams,
    "maxFee" | "verificationGas" | "callbackGas" | "provisionalGas" | "maxGasPrice"
  >,
): bigint {
  const gas = params.verificationGas + params.callbackGas + params.provisionalGas;
  return params.maxFee + BigInt(gas) * params.maxGasPrice;
}

/** Returns the fee of a lock at `time`, in seconds, rounded down as the contract does. */
export function feeAt(
  params: Pick<RequestParams, "minFee" | "maxFee" | "rampStart" | "lockDeadline">,
  time: number,
): bigint {
  const { minFee, maxFee, rampStart, lockDeadline } = params;
  if (time <= rampStart) return minFee;
  if (time >= lockDeadline) return maxFee;
  return minFee + ((maxFee - minFee) * BigInt(time - rampStart)) / BigInt(lockDeadline - rampStart);
}

/** Returns request parameters in their on-chain form. */
export function encodeRequestParams(params: RequestParams): EncodedRequestParams {
  return { ...params, input: [...params.input], policy: encodePolicy(params.policy) };
}

/** Returns request parameters from their on-chain form. */
export function decodeRequestParams(encoded: DecodedRequestParams): RequestParams {
  return {
    nonce: encoded.nonce,
    release: encoded.release as Hex as ReleaseId,
    input: [...encoded.input],
    policy: decodePolicy(encoded.policy),
    token: encoded.token.toLowerCase() as Hex,
    minFee: encoded.minFee,
    maxFee: encoded.maxFee,
    rampStart: Number(encoded.rampStart),
    stake: encoded.stake,
    bond: encoded.bond,
    cover: encoded.cover,
    maxGasPrice: encoded.maxGasPrice,
    verificationGas: Number(encoded.verificationGas),
    callbackGas: Number(encoded.callbackGas),
    provisionalGas: Number(encoded.provisionalGas),
    lockDeadline: Number(encoded.lockDeadline),
    deadline: Number(encoded.deadline),
  };
}
