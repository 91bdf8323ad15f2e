import { expect } from "chai";
import { Interface } from "ethers";
import { LEDGER_EVENTS, REQUEST_EVENTS } from "../../../../offchain/sdk/http/settlementEvents.ts";
import { INFERENCE_REQUESTS_ABI } from "../../../../offchain/protocol/abi/InferenceRequests.ts";
import { RECEIPT_LEDGER_ABI } from "../../../../offchain/protocol/abi/ReceiptLedger.ts";

describe("the events that a settlement is looked for by", () => {
  const cases: readonly (readonly [string, Interface, Interface])[] = [
    ["InferenceRequests", REQUEST_EVENTS, new Interface(INFERENCE_REQUESTS_ABI)],
    ["ReceiptLedger", LEDGER_EVENTS, new Interface(RECEIPT_LEDGER_ABI)],
  ];
  for (const [what, own, contract] of cases)
    it(`are those of ${what}, to the last type`, () => {
      let compared = 0;
      own.forEachEvent((event) => {
        expect(event.format("full").replace(/^event /, "")).to.equal(
          contract
            .getEvent(event.name)
            ?.format("full")
            .replace(/^event /, ""),
        );
        compared++;
      });
      expect(compared).to.be.greaterThan(0);
    });
});
