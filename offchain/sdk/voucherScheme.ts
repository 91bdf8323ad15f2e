import type { Hex, Policy, ReleaseId, Voucher, VoucherOffer } from "@vouch/protocol";
import {
  VOUCHER_SCHEME,
  hashOfWords,
  httpRequestId,
  parseVoucherOffer,
  parseVoucherPayment,
  policyHash,
  voucherPaymentNonce,
  voucherPaymentToJson,
  voucherTypedData,
} from "@vouch/protocol";
import type { Signer } from "ethers";
import type { OfferChecks, X402Client, X402Offer } from "./x402Client.ts";
import { drawNonce, offerChecks, systemTime } from "./x402Client.ts";

const CHECKS: OfferChecks = offerChecks("VOUCHER_REFUSED");

/** The one request that is to be paid for, and the most that it may cost. */
export type VoucherAsk = {
  readonly chainId: bigint;
  /** `EvidenceRouter` and `ReceiptLedger`, from a source that is trusted: the ledger holds the deposit. */
  readonly router: Hex;
  readonly ledger: Hex;
  /** Whom the deposit is reserved for. */
  readonly operator: Hex;
  readonly token: Hex;
  readonly release: ReleaseId;
  /** The words that are sent, or that the numbers that are sent are packed to. */
  readonly input: readonly bigint[];
  readonly policy: Policy;
  /** Path that the request goes to, as in `/v1/infer/0x…`: no host, no query. */
  readonly resource: string;
  /** The JSON document that is sent. */
  readonly body: unknown;
  /** Most that is paid, in the token's smallest unit. */
  readonly maxAmount: bigint;
  /** Longest that the operator may take to post the receipt. */
  readonly maxSeconds: number;
  /**
   * Ways to settle that are taken; `batch` alone where absent. By `record` input and output are public for ever. The voucher itself says
   * nothing of the way: that what was taken for `batch` stays private is the operator's word.
   */
  readonly settlements?: readonly ("batch" | "record")[];
};

export type VoucherSchemeDeps = {
  /** A key: what a contract signs (ERC-1271) is not taken. */
  readonly signer: Pick<Signer, "getAddress" | "signTypedData">;
  /** Seconds since 1970, as of the chain (`chainTime`); the system's clock where absent. */
  readonly now?: () => number | Promise<number>;
  /**
   * A nonce that was never used with this operator and token; drawn where absent. One that counts up is 17,000 gas cheaper to
   * claim, which some operators may ask for.
   */
  readonly nextNonce?: () => bigint | Promise<bigint>;
};

/** What x402's libraries register for a network. */
export type VoucherScheme = X402Client<typeof VOUCHER_SCHEME>;

/**
 * Pays for one request by x402 with a voucher on a deposit (`ReceiptLedger.deposit`): the operator is paid when its batch with the
 * receipt was not disputed, or the receipt was proven. Nothing is signed but for the request of `ask`.
 *
 * @example
 * const client = voucherScheme({ ...contracts, chainId, operator, token, release, input, policy, resource, body, ...limits }, { signer });
 * const pay = wrapFetchWithPaymentFromConfig(fetch, { schemes: [{ network: `eip155:${chainId}`, client }], spendControls });
 *
 * @throws {SdkError} of its function: `VOUCHER_REFUSED`; {ProtocolError} `VOUCHER_MALFORMED`.
 */
export function voucherScheme(ask: VoucherAsk, deps: VoucherSchemeDeps): VoucherScheme {
  return {
    scheme: VOUCHER_SCHEME,
    async createPaymentPayload(x402Version, offer) {
      const terms = parseVoucherOffer(offer.extra["voucher"]);
      requireAsked(offer, terms, ask);
      return { x402Version, payload: await signVoucher(offer, terms, ask, deps) };
    },
  };
}

/** Demands that an offer is of this request, at this ledger, within what it may cost, and as public as it may be. */
function requireAsked(offer: X402Offer, terms: VoucherOffer, ask: VoucherAsk): void {
  const { same, within, refuse } = CHECKS;
  same("scheme", offer.scheme, VOUCHER_SCHEME);
  same("network", offer.network, `eip155:${ask.chainId}`);
  same("asset", offer.asset, ask.token);
  same("payTo", offer.payTo, ask.ledger);
  same("ledger", terms.ledger, ask.ledger);
  same("operator", terms.operator, ask.operator);
  same("release", terms.release, ask.release);
  same("inputHash", terms.inputHash, hashOfWords(ask.input));
  same("policyHash", terms.policyHash, policyHash(ask.policy));
  if (!/^\d{1,39}$/.test(offer.amount)) refuse("amount", offer.amount, "a decimal number");
  within("amount", BigInt(offer.amount), ask.maxAmount);
  within("seconds", BigInt(terms.seconds), BigInt(ask.maxSeconds));
  const { settlements = ["batch"] } = ask;
  const settlement = settlementOf(offer);
  if (!settlements.some((it) => it === settlement))
    refuse("settlement", settlement, settlements.join(" or "));
}

/** Returns what an offer says of how the receipt is settled; one that says nothing promises no public record. */
function settlementOf({ extra: { vouch } }: X402Offer): string {
  if (typeof vouch !== "object" || vouch === null || !("settlement" in vouch)) return "batch";
  return String(vouch.settlement);
}

async function signVoucher(
  { amount }: X402Offer,
  { seconds }: VoucherOffer,
  ask: VoucherAsk,
  { signer, now = systemTime, nextNonce = drawNonce }: VoucherSchemeDeps,
): Promise<Record<string, unknown>> {
  const { chainId, router, ledger, release, policy, resource, body } = ask;
  const own = { chainId, ledger };
  const lower = (address: string): Hex => address.toLowerCase() as Hex;
  const parties = {
    requester: lower(await signer.getAddress()),
    ...{ operator: lower(ask.operator), token: lower(ask.token) },
  };
  const nonce = await nextNonce();
  const paymentNonce = voucherPaymentNonce(own, { ...parties, nonce });
  const voucher: Voucher = {
    ...{ ...parties, amount: BigInt(amount), nonce, deadline: (await now()) + seconds },
    terms: {
      release,
      request: httpRequestId({
        ...{ domain: { chainId, router }, payer: parties.requester, paymentNonce },
        ...{ resource, body, policyHash: policyHash(policy) },
      }),
      inputHash: hashOfWords(ask.input),
      policy,
    },
  };
  const typed = voucherTypedData(own, voucher);
  const signature = await signer.signTypedData(typed.domain, typed.types, typed.value);
  // In the form that the ledger takes, whatever the signer gave.
  return voucherPaymentToJson(
    parseVoucherPayment(voucherPaymentToJson({ voucher, signature: signature as Hex })),
  );
}
