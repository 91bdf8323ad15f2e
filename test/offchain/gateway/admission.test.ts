import type { PaymentPayload, PaymentRequirements } from "@x402/core/types";
import type { Hex } from "@vouch/protocol";
import { allOf, policyHash, requireSignature } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { GatewayError } from "../../../offchain/gateway/errors.ts";
import type { Entry } from "../../../offchain/gateway/payment/admission.ts";
import { createAdmission } from "../../../offchain/gateway/payment/admission.ts";
import type { Paywall } from "../../../offchain/gateway/payment/paywall.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { memoryPayments } from "../../helpers/memoryPayments.ts";

const NOW = 1_700_000_000;
const AMOUNT = 10n;
const LIMIT = 3;
const PAYER: Hex = `0x${"a1".repeat(20)}`;
const OTHERS: Hex = `0x${"b2".repeat(20)}`;
const GOOD = `0x${"11".repeat(65)}`;
const FORGED = `0x${"22".repeat(65)}`;

const policy = allOf([requireSignature()]);
const price = { name: "signature", policy, amount: AMOUNT, policyHash: policyHash(policy) };
const requirements: PaymentRequirements = {
  ...{ scheme: "exact", network: "eip155:1", asset: OTHERS, amount: AMOUNT.toString() },
  ...{ payTo: OTHERS, maxTimeoutSeconds: 300, extra: {} },
};

function entryOf(nonce: string, signature: string): Entry {
  const authorization = {
    ...{ from: PAYER, to: OTHERS, value: AMOUNT.toString(), nonce: id(nonce) },
    ...{ validAfter: "0", validBefore: String(NOW + 300) },
  };
  const payload: PaymentPayload = {
    ...{ x402Version: 2, resource: { url: "http://a.example/v1/infer/a" } },
    ...{ accepted: requirements, payload: { signature, authorization } },
  };
  const payment = Buffer.from(JSON.stringify(payload)).toString("base64");
  return {
    resourceOf: () => "/v1/infer/a",
    body: { words: [nonce] },
    payment,
    prices: [price],
    question: null,
  };
}

/** Verifies good signatures alone; what `gate` returns is waited for before a forged one is refused. */
function admissionOver(balance: bigint, gate: () => Promise<void> = () => Promise.resolve()) {
  const paywall = {
    offersOf: () => Promise.resolve([{ price, requirements }]),
    match: () => ({ price, requirements }),
    async verify({ payload }: PaymentPayload) {
      if (payload["signature"] === GOOD) return;
      await gate();
      throw new GatewayError({ code: "PAYMENT_INVALID", reason: "forged" });
    },
  } as unknown as Paywall;
  return createAdmission(
    { domain: { chainId: 1n, router: OTHERS }, minValiditySeconds: 60 },
    {
      ...{ paywall, payments: memoryPayments(), maxUnsettledPerPayer: LIMIT },
      tokens: {
        head: () => Promise.resolve({ block: 1, time: NOW }),
        balanceOf: () => Promise.resolve(balance),
        find: () => Promise.resolve({ kind: "open" as const }),
      },
      admitEscrow: null,
      admitVoucher: null,
    },
  );
}

describe("createAdmission", () => {
  describe("given payments in a payer's name that others forge", () => {
    it("counts none of them against the payer", async () => {
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const admit = admissionOver(AMOUNT, () => gate);
      const forged = Array.from({ length: LIMIT }, (_, i) => admit(entryOf(`forged ${i}`, FORGED)));
      const refused = Promise.all(forged.map(codeOfPromise));

      expect((await admit(entryOf("own", GOOD))).payment).to.include({ state: "verified" });

      release();
      expect(await refused).to.deep.equal(forged.map(() => "PAYMENT_INVALID"));
    });
  });

  describe("given a payment that comes with two signatures at once, of which one does not hold", () => {
    it("counts the one that was bound", async () => {
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const admit = admissionOver(AMOUNT, () => gate);
      const forged = codeOfPromise(admit(entryOf("first", FORGED)));
      const first = admit(entryOf("first", GOOD));
      release();
      expect(await forged).to.equal("PAYMENT_INVALID");
      await first;
      expect(await codeOfPromise(admit(entryOf("second", GOOD)))).to.equal("PAYMENT_UNDERFUNDED");
    });
  });
});
