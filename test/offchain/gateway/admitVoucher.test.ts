import type { Hex, Voucher } from "@vouch/protocol";
import {
  allOf,
  hashOfWords,
  parseReleaseId,
  parseRequestId,
  policyHash,
  requireSignature,
  voucherPaymentToJson,
} from "@vouch/protocol";
import type { PaymentStore } from "@vouch/gateway";
import { voucherScheme } from "@vouch/sdk";
import { expect } from "chai";
import { SigningKey, Wallet, id } from "ethers";
import type { AdmitVoucher } from "../../../offchain/gateway/payment/voucher/admitVoucher.ts";
import { createAdmitVoucher } from "../../../offchain/gateway/payment/voucher/admitVoucher.ts";
import type { VoucherDoubt } from "../../../offchain/gateway/payment/voucher/voucherStanding.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { memoryPayments } from "../../helpers/memoryPayments.ts";
import { DOMAIN } from "../../helpers/trapdoorReceipt.ts";

const hash = (name: string): Hex => id(name) as Hex;
const addressOf = (name: string): Hex => `0x${hash(name).slice(26)}`;

describe("createAdmitVoucher", () => {
  const voucher: Voucher = {
    ...{
      requester: addressOf("payer"),
      operator: addressOf("operator"),
      token: addressOf("token"),
    },
    ...{ amount: 10n, nonce: 1n, deadline: 2_000_000_000 },
    terms: {
      ...{ release: parseReleaseId(hash("release")), request: parseRequestId(hash("request")) },
      ...{ inputHash: hashOfWords([1n]), policy: allOf([requireSignature()]) },
    },
  };
  const signature = new SigningKey(hash("key")).sign(hash("voucher")).serialized as Hex;

  /** What a store has that knows the payment's id by these terms. */
  const admitOver = (terms: object): AdmitVoucher =>
    createAdmitVoucher(
      { domain: DOMAIN, ledger: addressOf("ledger") },
      {
        payments: {
          get: () => Promise.resolve({ binding: { terms: JSON.stringify(terms) } } as never),
        } as never, // nothing else is reached
        ...{ chain: {} as never, standing: {} as never }, // not reached
      },
    );

  it("refuses a nonce that a payment of another scheme has already, which its payer can choose", async () => {
    const transfer = { payload: { signature: "0x12", authorization: {} } };
    const admit = admitOver({ payload: transfer, requirements: { scheme: "exact" } });
    const admitted = admit({
      ...{ price: { policyHash: hash("policy") }, requirements: { asset: voucher.token } },
      ...{ payload: { payload: voucherPaymentToJson({ voucher, signature }) } },
      ...{ terms: "{}", resource: "/v1/infer/x", body: {} },
    } as never);
    expect(await codeOfPromise(admitted)).to.equal("PAYMENT_BOUND_ELSEWHERE");
  });

  describe("given a deposit that one voucher takes whole", () => {
    const payer = new Wallet(hash("payer's key"));
    const policy = allOf([requireSignature()]);
    const { release, inputHash } = voucher.terms;
    const own = { ledger: addressOf("ledger"), operator: voucher.operator };
    const price = { name: "signature", policy, policyHash: policyHash(policy), amount: 10n };
    const resource = "/v1/infer/x";
    let payments: PaymentStore;
    /** What the chain says of the deposit, and what happens behind that. */
    let spendable: () => Promise<bigint>;
    let doubt: VoucherDoubt | null;

    beforeEach(() => {
      payments = memoryPayments();
      spendable = () => Promise.resolve(10n);
      doubt = null;
    });

    const admit = async (nonce: bigint) => {
      const offer = {
        ...{ scheme: "vouch-voucher", network: `eip155:${DOMAIN.chainId}`, asset: voucher.token },
        ...{ amount: "10", payTo: own.ledger, maxTimeoutSeconds: 86_400 },
        extra: {
          voucher: { ...own, release, inputHash, policyHash: price.policyHash, seconds: 86_400 },
        },
      };
      const { payload } = await voucherScheme(
        {
          ...{ ...DOMAIN, ...own, token: voucher.token, release, input: [1n], policy, resource },
          ...{ body: {}, maxAmount: 10n, maxSeconds: 86_400 },
        },
        { signer: payer, now: () => 1_000, nextNonce: () => nonce },
      ).createPaymentPayload(2, offer);
      const taken = { payload: { payload }, requirements: offer, price, resource, body: {} };
      return createAdmitVoucher(
        { domain: DOMAIN, ledger: own.ledger },
        {
          payments,
          chain: {
            head: () => Promise.resolve({ block: 7, time: 1_000 }),
            spendableOf: (_, block) => (block === 7 ? spendable() : Promise.resolve(0n)),
            isSpent: () => Promise.resolve(false),
          },
          standing: { doubtOf: () => Promise.resolve(doubt) },
        },
      )({
        ...taken,
        ...{
          terms: JSON.stringify({ payload: taken.payload, requirements: offer }),
          question: { release, circuit: null, input: [1n] },
        },
      } as never);
    };

    it("admits it, and no other beside it", async () => {
      const { payment } = await admit(1n);
      expect(payment?.state).to.equal("verified");
      expect(await codeOfPromise(admit(2n))).to.equal("PAYMENT_UNDERFUNDED");
    });

    it("admits no other where the first is claimed between the deposit's reading and the sum", async () => {
      const { payment } = await admit(1n);
      spendable = async () => {
        await payments.transition(payment!.id, ["verified"], "captured", {});
        return 10n; // as of the block before
      };
      expect(await codeOfPromise(admit(2n))).to.equal("PAYMENT_UNDERFUNDED");
    });

    it("admits none while what it promises could not be kept, and knows the one that it has", async () => {
      const first = await admit(1n);
      doubt = "SIGNATURE_BOND_LAPSES";
      expect(await codeOfPromise(admit(2n))).to.equal("SETTLEMENT_UNAVAILABLE");
      expect(await admit(1n)).to.deep.equal(first);
    });
  });
});
