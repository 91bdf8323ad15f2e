import type { Requirement } from "@vouch/protocol";
import {
  allOf,
  requireOptimistic,
  requireQuorum,
  requireSignature,
  requireZk,
} from "@vouch/protocol";
import { expect } from "chai";
import type { PaymentRecord } from "../../../offchain/gateway/payment/paymentStore.ts";
import { verifyAnswer } from "../../../offchain/gateway/payment/verifyAnswer.ts";
import { DOMAIN, trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";

/** What a signed answer is worth that is paid for, of a release with this floor. */
async function judged(...floor: Requirement[]) {
  const receipt = trapdoorReceipt({ release: { floor: allOf(floor) }, kinds: ["signature"] });
  const record = { binding: { request: receipt.statement.request } } as PaymentRecord;
  return verifyAnswer(record, DOMAIN, {
    get: () => Promise.resolve({ receipt, generation: null, created: 0, payment: null }),
    put: () => Promise.resolve(),
  });
}

describe("verifyAnswer", () => {
  it("takes what meets the floor by itself", async () => {
    expect((await judged(requireSignature())).kind).to.equal("sound");
  });

  it("has nobody pay for what a window or a panel would have to meet: no request stands behind it", async () => {
    for (const requirement of [requireOptimistic(60, requireZk("any")), requireQuorum(2, 3)])
      expect(await judged(requireSignature(), requirement)).to.deep.equal({
        ...{ kind: "unsound", code: "FLOOR_UNDECIDED" },
      });
    expect(await judged(requireZk("any"))).to.include({ code: "FLOOR_NOT_MET" });
  });
});
