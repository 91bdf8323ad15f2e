import type { TypedDataDomain, TypedDataField } from "ethers";
import { AbiCoder, TypedDataEncoder, keccak256 } from "ethers";
import type { Hex, ReleaseId, RequestId } from "./hex.ts";
import type { EncodedPolicy, Policy } from "./policy.ts";
import { encodePolicy, policyHash } from "./policy.ts";

/** What a voucher pays for; the requester signs all of it. */
export type VoucherTerms = {
  readonly release: ReleaseId;
  readonly request: RequestId;
  /** keccak256 of the input's words. */
  readonly inputHash: Hex;
  readonly policy: Policy;
};

/** A requester's authorisation to pay for one request; mirrors `contracts/types/Voucher.sol`. */
export type Voucher = {
  readonly requester: Hex;
  readonly operator: Hex;
  /** ERC-20 token; zero for the chain's own currency. */
  readonly token: Hex;
  /** Most that may be paid, in the token's smallest unit. */
  readonly amount: bigint;
  /** Unique within the channel of requester, operator and token, in any order. */
  readonly nonce: bigint;
  /** Last second at which the batch that holds the receipt may be posted. */
  readonly deadline: number;
  readonly terms: VoucherTerms;
};

/** A voucher as contracts take it: its terms as their hash. */
export type EncodedVoucher = Omit<Voucher, "terms"> & { readonly terms: Hex };

/** Terms as contracts take them: the policy as its hash. */
export type EncodedTerms = Omit<VoucherTerms, "policy"> & { readonly policy: Hex };

/** Where a voucher is made: chain and receipt ledger. */
export type LedgerDomain = { readonly chainId: bigint; readonly ledger: Hex };

/** A voucher in the form that `signTypedData` takes: a wallet shows amount, release and policy. */
export type VoucherTypedData = {
  readonly domain: TypedDataDomain;
  readonly types: Record<string, TypedDataField[]>;
  readonly value: Omit<Voucher, "terms"> & {
    readonly terms: Omit<VoucherTerms, "policy"> & { readonly policy: EncodedPolicy };
  };
};

const TERMS_TYPES: Record<string, TypedDataField[]> = {
  Terms: [
    { name: "release", type: "bytes32" },
    { name: "request", type: "bytes32" },
    { name: "inputHash", type: "bytes32" },
    { name: "policy", type: "Policy" },
  ],
  Policy: [
    { name: "allOf", type: "Clause[]" },
    { name: "minStake", type: "uint128" },
  ],
  Clause: [{ name: "anyOf", type: "Requirement[]" }],
  Requirement: [
    { name: "kind", type: "uint8" },
    { name: "params", type: "uint64" },
    { name: "pin", type: "bytes32" },
  ],
};

const VOUCHER_TYPES: Record<string, TypedDataField[]> = {
  Voucher: [
    { name: "requester", type: "address" },
    { name: "operator", type: "address" },
    { name: "token", type: "address" },
    { name: "amount", type: "uint128" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint40" },
    { name: "terms", type: "Terms" },
  ],
  ...TERMS_TYPES,
};

/** Returns a voucher ready for a wallet to sign. */
export function voucherTypedData(domain: LedgerDomain, voucher: Voucher): VoucherTypedData {
  const { terms, ...rest } = voucher;
  return {
    domain: {
      name: "Vouch Receipt Ledger",
      version: "1",
      chainId: domain.chainId,
      verifyingContract: domain.ledger,
    },
    types: VOUCHER_TYPES,
    value: { ...rest, terms: { ...terms, policy: encodePolicy(terms.policy) } },
  };
}

/** Returns the EIP-712 digest of a voucher. */
export function voucherDigest(domain: LedgerDomain, voucher: Voucher): Hex {
  const data = voucherTypedData(domain, voucher);
  return TypedDataEncoder.hash(data.domain, data.types, data.value) as Hex;
}

/** Returns the struct hash of a voucher's terms. */
export function termsHash(terms: VoucherTerms): Hex {
  const value = { ...terms, policy: encodePolicy(terms.policy) };
  return TypedDataEncoder.hashStruct("Terms", TERMS_TYPES, value) as Hex;
}

/** Returns a voucher in its on-chain form. */
export function encodeVoucher(voucher: Voucher): EncodedVoucher {
  return { ...voucher, terms: termsHash(voucher.terms) };
}

/** Returns a voucher's terms in their on-chain form. */
export function encodeTerms(terms: VoucherTerms): EncodedTerms {
  return { ...terms, policy: policyHash(terms.policy) };
}

/** Returns the id of the channel that a voucher draws on. */
export function channelId(voucher: Pick<Voucher, "requester" | "operator" | "token">): Hex {
  const { requester, operator, token } = voucher;
  const parts = AbiCoder.defaultAbiCoder().encode(
    ["address", "address", "address"],
    [requester, operator, token],
  );
  return keccak256(parts) as Hex;
}
