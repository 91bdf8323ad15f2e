import type { TypedDataDomain, TypedDataField } from "ethers";
import type { Hex, RequestId } from "./hex.ts";

/** How a requester's escrow comes to its request, by the functions of `RequestFunding` (docs/funding.md). */
export const FUNDING_WAYS = ["authorization", "permit2", "permit", "allowance"] as const;

/** See `FUNDING_WAYS`. */
export type FundingWay = (typeof FUNDING_WAYS)[number];

/** Where Permit2 is on public chains. */
export const PERMIT2 = "0x000000000022d473030f116ddee9f6b43ac78ba3" as Hex;

/** A transfer that pays for one request; amounts in the token's smallest unit, times in seconds. */
export type FundingTransfer = {
  readonly chainId: bigint;
  readonly token: Hex;
  /** Of the EIP-712 domain of the token. */
  readonly name: string;
  readonly version: string;
  /** `RequestFunding`. */
  readonly funding: Hex;
  readonly requester: Hex;
  readonly request: RequestId;
  readonly amount: bigint;
  /** Last second of the request's lock deadline: behind it nothing can be asked. */
  readonly until: number;
};

/** What a holder of tokens signs, in the form that `signTypedData` takes. */
export type FundingTypedData = {
  readonly domain: TypedDataDomain;
  readonly types: Record<string, TypedDataField[]>;
  readonly value: Record<string, unknown>;
};

const field = (name: string, type: string): TypedDataField => ({ name, type });

const AUTHORIZATION = {
  ReceiveWithAuthorization: [
    ...[field("from", "address"), field("to", "address"), field("value", "uint256")],
    ...[field("validAfter", "uint256"), field("validBefore", "uint256"), field("nonce", "bytes32")],
  ],
};
const PERMIT = {
  Permit: [
    ...[field("owner", "address"), field("spender", "address"), field("value", "uint256")],
    ...[field("nonce", "uint256"), field("deadline", "uint256")],
  ],
};
const WITNESS_TRANSFER = {
  PermitWitnessTransferFrom: [
    ...[field("permitted", "TokenPermissions"), field("spender", "address")],
    ...[field("nonce", "uint256"), field("deadline", "uint256"), field("request", "bytes32")],
  ],
  TokenPermissions: [field("token", "address"), field("amount", "uint256")],
};

/** Returns the EIP-3009 receive that pays for a request and for nothing else: its nonce is the request's id. */
export function authorizationTypedData(transfer: FundingTransfer): FundingTypedData {
  const { requester: from, funding: to, amount: value, until, request: nonce } = transfer;
  return {
    domain: tokenDomain(transfer),
    types: AUTHORIZATION,
    value: { from, to, value, validAfter: 0n, validBefore: BigInt(until) + 1n, nonce },
  };
}

/** Returns the EIP-2612 permit over exactly the escrow; `nonce` is the token's for the requester. */
export function permitTypedData(transfer: FundingTransfer, nonce: bigint): FundingTypedData {
  const { requester: owner, funding: spender, amount: value, until } = transfer;
  return {
    domain: tokenDomain(transfer),
    types: PERMIT,
    value: { owner, spender, value, nonce, deadline: BigInt(until) },
  };
}

/** Returns the transfer by Permit2 whose witness is the request; `nonce` is Permit2's, in any order. */
export function permit2TypedData(
  { chainId, token, amount, funding: spender, request, until }: FundingTransfer,
  nonce: bigint,
  permit2: Hex = PERMIT2,
): FundingTypedData {
  return {
    domain: { name: "Permit2", chainId, verifyingContract: permit2 },
    types: WITNESS_TRANSFER,
    value: {
      ...{ permitted: { token, amount }, spender, nonce, deadline: BigInt(until), request },
    },
  };
}

function tokenDomain({ name, version, chainId, token }: FundingTransfer): TypedDataDomain {
  return { name, version, chainId, verifyingContract: token };
}
