import type { TypedDataDomain, TypedDataField } from "ethers";
import { AbiCoder, TypedDataEncoder, keccak256 } from "ethers";
import type { Hex, RequestId } from "./hex.ts";
import type { EncodedPolicy } from "./policy.ts";
import { POLICY_TYPES, encodePolicy } from "./policy.ts";
import type { RequestParams } from "./request.ts";
import { hashOfWords } from "./statement.ts";

/** Where a request is made: chain and `InferenceRequests`. */
export type RequestDomain = { readonly chainId: bigint; readonly requests: Hex };

/** The EIP-712 message `Request`: parameters with their requester, and the hash of the input in its place. */
export type RequestMessage = Omit<RequestParams, "input" | "policy"> & {
  readonly requester: Hex;
  readonly inputHash: Hex;
  readonly policy: EncodedPolicy;
};

/** A request in the form that `signTypedData` takes. */
export type RequestTypedData = {
  readonly domain: TypedDataDomain;
  readonly types: Record<string, TypedDataField[]>;
  readonly value: RequestMessage;
};

const REQUEST_TYPES: Record<string, TypedDataField[]> = {
  Request: [
    { name: "requester", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "release", type: "bytes32" },
    { name: "inputHash", type: "bytes32" },
    { name: "policy", type: "Policy" },
    { name: "token", type: "address" },
    { name: "minFee", type: "uint96" },
    { name: "maxFee", type: "uint96" },
    { name: "rampStart", type: "uint40" },
    { name: "stake", type: "uint80" },
    { name: "bond", type: "uint80" },
    { name: "cover", type: "uint80" },
    { name: "maxGasPrice", type: "uint64" },
    { name: "verificationGas", type: "uint32" },
    { name: "callbackGas", type: "uint32" },
    { name: "provisionalGas", type: "uint32" },
    { name: "lockDeadline", type: "uint40" },
    { name: "deadline", type: "uint40" },
  ],
  ...POLICY_TYPES,
};

/** Returns a request ready for `requester`'s wallet to sign, for `InferenceRequests.requestFor`. */
export function requestTypedData(
  domain: RequestDomain,
  requester: Hex,
  params: RequestParams,
): RequestTypedData {
  const { input, policy, ...rest } = params;
  return {
    domain: {
      name: "Vouch Requests",
      version: "1",
      chainId: domain.chainId,
      verifyingContract: domain.requests,
    },
    types: REQUEST_TYPES,
    value: {
      ...rest,
      requester,
      inputHash: hashOfWords(input),
      policy: encodePolicy(policy),
    },
  };
}

/** Returns the EIP-712 digest of a request. */
export function requestDigest(domain: RequestDomain, requester: Hex, params: RequestParams): Hex {
  const data = requestTypedData(domain, requester, params);
  return TypedDataEncoder.hash(data.domain, data.types, data.value) as Hex;
}

/** Returns the id of a requester's request by its nonce, as `InferenceRequests.requestIdOf` does. */
export function requestIdOf(
  { chainId, requests }: RequestDomain,
  requester: Hex,
  nonce: bigint,
): RequestId {
  const fields = [chainId, requests, requester, nonce];
  const types = ["uint256", "address", "address", "uint256"];
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, fields)) as RequestId;
}
