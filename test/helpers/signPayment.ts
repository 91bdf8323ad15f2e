import { decodePaymentRequiredHeader, encodePaymentSignatureHeader } from "@x402/core/http";
import type { PaymentRequirements } from "@x402/core/types";
import type { Hex } from "@vouch/protocol";
import { Wallet, hexlify, randomBytes } from "ethers";
import { DOMAIN } from "./trapdoorReceipt.ts";

const AUTHORIZATION = {
  TransferWithAuthorization: [
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "validAfter", type: "uint256" },
    { name: "validBefore", type: "uint256" },
    { name: "nonce", type: "bytes32" },
  ],
};

/** What is signed otherwise than a stock client would. */
export type PaymentChange = {
  readonly chainId?: bigint;
  readonly value?: bigint;
  readonly to?: Hex;
  /** Seconds since 1970. */
  readonly validBefore?: number;
  readonly nonce?: string;
};

/** Returns what a resource asks for under its first policy. */
export async function requirementsOf(url: string, init: RequestInit): Promise<PaymentRequirements> {
  const response = await fetch(url, init);
  const required = decodePaymentRequiredHeader(response.headers.get("payment-required") ?? "");
  return required.accepts[0]!; // it refuses to ask for nothing
}

/** Returns a header PAYMENT-SIGNATURE, signed by hand. */
export async function signPayment(
  accepted: PaymentRequirements,
  key: Hex,
  change: PaymentChange = {},
): Promise<string> {
  const wallet = new Wallet(key);
  const authorization = {
    from: wallet.address,
    to: change.to ?? accepted.payTo,
    value: String(change.value ?? accepted.amount),
    validAfter: "0",
    validBefore: String(change.validBefore ?? Math.floor(Date.now() / 1000) + 300),
    nonce: change.nonce ?? hexlify(randomBytes(32)),
  };
  const { name, version } = accepted.extra as { name: string; version: string };
  const chainId = change.chainId ?? DOMAIN.chainId;
  const domain = { name, version, chainId, verifyingContract: accepted.asset };
  const signature = await wallet.signTypedData(domain, AUTHORIZATION, authorization);
  return encodePaymentSignatureHeader({
    ...{ x402Version: 2, accepted, payload: { signature, authorization } },
  });
}
