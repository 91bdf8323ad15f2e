import type { Hex, Receipt } from "@vouch/protocol";
import {
  serializeReceipt,
  statementBatch,
  statementBatchDigest,
  statementDigest,
  verifyReceipt,
} from "@vouch/protocol";
import { verifyReceiptIndependently } from "@vouch/prover";
import { expect } from "chai";
import { id } from "ethers";
import { OPERATOR_KEY, signedOnlyReceipt } from "../../helpers/trapdoorReceipt.ts";

const COUNT = 11;

/** A receipt whose statement the operator signed among others, at each place of a batch. */
function batchedReceipts(): Receipt[] {
  const receipt = signedOnlyReceipt();
  const { domain, statement } = receipt;
  return Array.from({ length: COUNT }, (_, place) => {
    const leaves = Array.from({ length: COUNT }, (_, index) => ({
      digest: index === place ? statementDigest(domain, statement) : (id(`other ${index}`) as Hex),
      salt: id(`salt ${index}`) as Hex,
    }));
    const { root, paths } = statementBatch(leaves);
    const signature = OPERATOR_KEY.sign(statementBatchDigest(domain, root)).serialized as Hex;
    return { ...receipt, evidence: [{ kind: "signature", signature, path: paths[place]! }] };
  });
}

describe("verifyReceiptIndependently, given a signature of a batch", () => {
  it("says what verifyReceipt says, at every place of it", async () => {
    for (const receipt of batchedReceipts()) {
      expect(verifyReceipt(receipt).assurance.kinds).to.deep.equal(["signature"]);
      const again = await verifyReceiptIndependently(serializeReceipt(receipt));
      expect(again).to.deep.equal({ input: true, output: true, signature: true });
    }
  });

  it("refuses another path", async () => {
    const [one, two] = batchedReceipts();
    const mixed = { ...one!, evidence: two!.evidence };
    const [piece] = one!.evidence;
    if (piece?.kind !== "signature") throw new TypeError("it is signed");
    const cut = { ...one!, evidence: [{ ...piece, path: piece.path.slice(1) }] };
    for (const receipt of [
      { ...mixed, statement: { ...mixed.statement, request: id("x") } },
      cut,
    ]) {
      const again = await verifyReceiptIndependently(serializeReceipt(receipt as Receipt));
      expect(again).to.include({ signature: false });
    }
  });
});
