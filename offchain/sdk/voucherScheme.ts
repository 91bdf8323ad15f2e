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
import { hexlify, randomBytes } from "ethers";
import { SdkError } from "./errors.ts";
import type { EscrowOffer } from "./escrowScheme.ts";

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

/** A client of x402's, version 2: what its libraries register for a network. */
export type VoucherScheme = {
  readonly scheme: typeof VOUCHER_SCHEME;
  readonly createPaymentPayload: (
    x402Version: number,
    offer: EscrowOffer,
  ) => Promise<{ readonly x402Version: number; readonly payload: Record<string, unknown> }>;
};

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

/** Demands that an offer is of this request, at this ledger, and within what it may cost. */
function requireAsked(offer: EscrowOffer, terms: VoucherOffer, ask: VoucherAsk): void {
  const refuse = (field: string, offered: string, expected: string): never => {
    throw new SdkError({ code: "VOUCHER_REFUSED", field, offered, expected });
  };
  const same = (field: string, offered: string, expected: string): void => {
    if (offered.toLowerCase() !== expected.toLowerCase()) refuse(field, offered, expected);
  };
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
  if (BigInt(offer.amount) > ask.maxAmount)
    refuse("amount", offer.amount, `at most ${ask.maxAmount}`);
  if (terms.seconds > ask.maxSeconds)
    refuse("seconds", String(terms.seconds), `at most ${ask.maxSeconds}`);
}

async function signVoucher(
  { amount }: EscrowOffer,
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

function drawNonce(): bigint {
  return BigInt(hexlify(randomBytes(32)));
}

function systemTime(): number {
  return Math.floor(Date.now() / 1000);
}
