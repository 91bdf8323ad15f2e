import type { Hex, VoucherOffer } from "@vouch/protocol";
import {
  allOf,
  findVoucherFault,
  hashOfWords,
  httpRequestId,
  isVoucherSigned,
  parseReleaseId,
  parseVoucherPayment,
  policyHash,
  requireSignature,
  requireZk,
  voucherPaymentNonce,
  voucherPaymentToJson,
} from "@vouch/protocol";
import type { X402Offer, VoucherAsk } from "@vouch/sdk";
import { SdkError, voucherScheme } from "@vouch/sdk";
import { expect } from "chai";
import { Signature, Wallet, id, toBeHex } from "ethers";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";

const address = (byte: string): Hex => `0x${byte.repeat(20)}`;
const SIGNER = new Wallet(id("vouch.test.requester"));
const NOW = 1_700_000_000;
const ask: VoucherAsk = {
  ...{ chainId: 31_337n, router: address("a0"), ledger: address("a1"), operator: address("a2") },
  ...{ token: address("a3"), release: parseReleaseId(id("release")), input: [7n, 8n] },
  ...{ policy: allOf([requireSignature()]), resource: "/v1/infer/x", body: { words: ["0x07"] } },
  ...{ maxAmount: 1_000n, maxSeconds: 86_400 },
};
const own = { chainId: ask.chainId, ledger: ask.ledger };
const terms: VoucherOffer = {
  ...{ ledger: ask.ledger, operator: ask.operator, release: ask.release, seconds: 86_400 },
  ...{ inputHash: hashOfWords(ask.input), policyHash: policyHash(ask.policy) },
};

function offerOf(change: Partial<VoucherOffer> = {}, outer: Partial<X402Offer> = {}): X402Offer {
  return {
    ...{ scheme: "vouch-voucher", network: "eip155:31337", asset: ask.token },
    ...{ amount: "1000", payTo: ask.ledger, extra: { voucher: { ...terms, ...change } } },
    ...outer,
  };
}

const settledBy = (settlement: string): X402Offer =>
  offerOf({}, { extra: { voucher: terms, vouch: { settlement } } });
const deps = { signer: SIGNER, now: () => NOW };
const sign = async (offer: X402Offer, change: object = {}) => {
  const made = await voucherScheme(ask, { ...deps, ...change }).createPaymentPayload(2, offer);
  return parseVoucherPayment(JSON.parse(JSON.stringify(made.payload)));
};

describe("voucherScheme", () => {
  it("signs a voucher for the request of the ask, and nothing that the offer does not say", async () => {
    const { voucher, signature } = await sign(offerOf());
    expect(isVoucherSigned(own, { voucher, signature })).to.equal(true);
    const request = httpRequestId({
      domain: { chainId: ask.chainId, router: ask.router },
      ...{ payer: voucher.requester, paymentNonce: voucherPaymentNonce(own, voucher) },
      ...{ resource: ask.resource, body: ask.body, policyHash: policyHash(ask.policy) },
    });
    const purpose = { token: ask.token, amount: 1_000n, request };
    expect(findVoucherFault(terms, purpose, voucher)).to.equal(undefined);
    expect(voucher.deadline).to.equal(NOW + 86_400);
  });

  it("takes what is settled in a batch, and a public record only where the ask does", async () => {
    expect((await sign(settledBy("batch"))).voucher.amount).to.equal(1_000n);
    const open = voucherScheme({ ...ask, settlements: ["record"] }, deps);
    expect(await open.createPaymentPayload(2, settledBy("record"))).to.have.property("payload");
    const inBatch = open.createPaymentPayload(2, settledBy("batch"));
    expect(await codeOfPromise(inBatch)).to.equal("VOUCHER_REFUSED");
  });

  it("draws a nonce for each voucher, unless it is told one", async () => {
    const [a, b] = await Promise.all([sign(offerOf()), sign(offerOf())]);
    expect(a.voucher.nonce).to.not.equal(b.voucher.nonce);
    expect((await sign(offerOf(), { nextNonce: () => 5n })).voucher.nonce).to.equal(5n);
  });

  it("binds the request to nonce, resource and body", async () => {
    const of = async (change: Partial<VoucherAsk>, nonce = 1n) => {
      const scheme = voucherScheme({ ...ask, ...change }, { ...deps, nextNonce: () => nonce });
      const { payload } = await scheme.createPaymentPayload(2, offerOf());
      return parseVoucherPayment(payload).voucher.terms.request;
    };
    const ids = [
      ...[of({}), of({}, 2n), of({ resource: "/v1/infer/y" }), of({ body: {} })],
      of({ router: address("a9") }),
    ];
    expect(new Set(await Promise.all(ids)).size).to.equal(ids.length);
  });

  describe("given an offer that is not of the ask", () => {
    const other = address("ee");
    const offers: Readonly<Record<string, X402Offer>> = {
      scheme: offerOf({}, { scheme: "exact" }),
      network: offerOf({}, { network: "eip155:1" }),
      asset: offerOf({}, { asset: other }),
      payTo: offerOf({}, { payTo: other }),
      ledger: offerOf({ ledger: other }),
      operator: offerOf({ operator: other }),
      release: offerOf({ release: parseReleaseId(id("another")) }),
      inputHash: offerOf({ inputHash: hashOfWords([7n, 9n]) }),
      policyHash: offerOf({ policyHash: policyHash(allOf([requireZk("any")])) }),
      "amount above the limit": offerOf({}, { amount: "1001" }),
      "amount that is no number": offerOf({}, { amount: "0x1" }),
      seconds: offerOf({ seconds: 86_401 }),
      "settlement that is public": settledBy("record"),
      "settlement that nobody knows": settledBy("later"),
    };
    for (const [field, offer] of Object.entries(offers)) {
      it(`signs nothing: ${field}`, async () => {
        const signer = {
          getAddress: () => SIGNER.getAddress(),
          signTypedData: () => Promise.reject(new TypeError("it signed")),
        };
        const error: unknown = await sign(offer, { signer }).catch((it: unknown) => it);
        if (!(error instanceof SdkError) || error.data.code !== "VOUCHER_REFUSED") throw error;
        expect(error.data.field).to.equal(field.split(" ")[0]);
      });
    }

    it("names an offer that cannot be read", async () => {
      const offer = offerOf({}, { extra: { voucher: { seconds: -1 } } });
      expect(await codeOfPromise(sign(offer))).to.equal("VOUCHER_MALFORMED");
    });
  });
});

describe("parseVoucherPayment", () => {
  it("brings a signature into the one form that the ledger takes", async () => {
    const { voucher, signature } = await sign(offerOf());
    const { r, s, yParity } = Signature.from(signature);
    const other = `${r}${s.slice(2)}${toBeHex(yParity, 1).slice(2)}` as Hex; // v of 0 or 1
    const json = voucherPaymentToJson({ voucher, signature: other });
    expect(parseVoucherPayment(json).signature).to.equal(signature);
  });

  it("refuses the other s of a signature, which the ledger would not pay", async () => {
    const { voucher, signature } = await sign(offerOf());
    const { r, s, v } = Signature.from(signature);
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const high = toBeHex(order - BigInt(s), 32);
    const flipped = `${r}${high.slice(2)}${toBeHex(v === 27 ? 28 : 27, 1).slice(2)}` as Hex;
    const json = voucherPaymentToJson({ voucher, signature: flipped });
    expect(codeOf(() => parseVoucherPayment(json))).to.equal("VOUCHER_MALFORMED");
  });
});
