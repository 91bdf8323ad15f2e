import type { Hex } from "@vouch/protocol";
import { wordToHex } from "@vouch/protocol";
import type { Signer, TypedDataField } from "ethers";
import { isAddress } from "ethers";
import type { OfferChecks } from "../x402Client.ts";
import { drawNonce, offerChecks, systemTime } from "../x402Client.ts";
import type { GatewayOffer } from "./offers.ts";

const CHECKS: OfferChecks = offerChecks("PAYMENT_REFUSED");
export const EXACT_SCHEME = "exact";

const field = (name: string, type: string): TypedDataField => ({ name, type });
const AUTHORIZATION: Record<string, TypedDataField[]> = {
  TransferWithAuthorization: [
    ...[field("from", "address"), field("to", "address"), field("value", "uint256")],
    ...[field("validAfter", "uint256"), field("validBefore", "uint256"), field("nonce", "bytes32")],
  ],
};

/** The most that one request may cost, and whom it pays. */
export type ExactAsk = {
  readonly chainId: bigint;
  readonly token: Hex;
  readonly policyHash: Hex;
  readonly maxAmount: bigint;
  /** Longest that the transfer may be taken after it was signed. */
  readonly maxSeconds: number;
  /** Anybody where absent. */
  readonly payTo?: Hex | undefined;
};

export type ExactSchemeDeps = {
  readonly signer: Pick<Signer, "getAddress" | "signTypedData">;
  /** Seconds since 1970, as of the chain; the system's clock where absent. */
  readonly now?: (() => number | Promise<number>) | undefined;
};

/**
 * Returns the payload that pays for one request by x402's `exact` over EIP-3009: a transfer that the gateway may take once, whatever it
 * answers. Nothing is signed but within `ask`.
 *
 * @throws {SdkError} `PAYMENT_REFUSED`.
 */
export async function signExact(
  offer: GatewayOffer,
  ask: ExactAsk,
  { signer, now = systemTime }: ExactSchemeDeps,
): Promise<Record<string, unknown>> {
  requireAsked(offer, ask);
  const time = await now();
  const authorization = {
    from: await signer.getAddress(),
    to: offer.payTo,
    value: offer.amount,
    validAfter: "0",
    validBefore: String(time + offer.maxTimeoutSeconds),
    nonce: wordToHex(drawNonce()),
  };
  const { name, version } = offer.extra;
  const domain = {
    ...{ name: String(name), version: String(version) },
    ...{ chainId: ask.chainId, verifyingContract: ask.token },
  };
  const signature = await signer.signTypedData(domain, AUTHORIZATION, authorization);
  return { signature, authorization };
}

function requireAsked(offer: GatewayOffer, ask: ExactAsk): void {
  const { refuse, same, within } = CHECKS;
  same("scheme", offer.scheme, EXACT_SCHEME);
  same("network", offer.network, `eip155:${ask.chainId}`);
  same("asset", offer.asset, ask.token);
  same("policyHash", offer.policyHash, ask.policyHash);
  // A name would be looked up by the signer's chain, and pay whoever owns it.
  if (!/^0x/i.test(offer.payTo) || !isAddress(offer.payTo))
    refuse("payTo", offer.payTo, "an address");
  if (ask.payTo !== undefined) same("payTo", offer.payTo, ask.payTo);
  within("amount", BigInt(offer.amount), ask.maxAmount);
  within("seconds", BigInt(offer.maxTimeoutSeconds), BigInt(ask.maxSeconds));
}
