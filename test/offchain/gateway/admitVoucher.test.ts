import type { Hex, Voucher } from "@vouch/protocol";
import {
  allOf,
  parseReleaseId,
  parseRequestId,
  requireSignature,
  voucherPaymentToJson,
} from "@vouch/protocol";
import { expect } from "chai";
import { SigningKey, id } from "ethers";
import type { AdmitVoucher } from "../../../offchain/gateway/payment/voucher/admitVoucher.ts";
import { createAdmitVoucher } from "../../../offchain/gateway/payment/voucher/admitVoucher.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";
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
      ...{ inputHash: hash("input"), policy: allOf([requireSignature()]) },
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
        chain: {} as never, // not reached
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
});
