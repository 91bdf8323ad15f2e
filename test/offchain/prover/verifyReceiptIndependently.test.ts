import type { BatchEvidence, BatchedStatement, Hex, Receipt } from "@vouch/protocol";
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
import { batchReceipt, batchStatements, plainFamily } from "../../helpers/batchReceipts.ts";
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

describe("verifyReceiptIndependently, given a circuit with batches", () => {
  const family = plainFamily();
  const statements = batchStatements(4);
  const zkOf = async (receipt: Receipt): Promise<boolean | undefined> =>
    (await verifyReceiptIndependently(serializeReceipt(receipt)))["zk"];

  it("says what verifyReceipt says of one proof of several statements, at every place of it", async () => {
    for (const place of statements.keys()) {
      const receipt = batchReceipt(family, { statements, place });
      expect(verifyReceipt(receipt).assurance.kinds).to.deep.equal(["zk"]);
      expect(await zkOf(receipt)).to.equal(true);
    }
  });

  it("takes a proof of one statement by the circuit of one", async () => {
    const receipt = batchReceipt(family);
    const { domain, statement, input, output } = receipt;
    const proof = family.prove(1, [...input, ...output], statementDigest(domain, statement));
    expect(await zkOf({ ...receipt, evidence: [proof] })).to.equal(true);
    expect(await zkOf({ ...receipt, evidence: [family.prove(1, [...input], statementDigest(domain, statement))] })).to.equal(false); // prettier-ignore
  });

  it("refuses another place, another order, fewer statements, and the words of others changed", async () => {
    const receipt = batchReceipt(family, { statements, place: 1 });
    const [piece] = receipt.evidence as [BatchEvidence];
    const [first, second, ...rest] = statements as [BatchedStatement, BatchedStatement, BatchedStatement]; // prettier-ignore
    const wrong: readonly BatchEvidence["batch"][] = [
      { place: 0, statements },
      { place: 9, statements },
      { place: 0, statements: [second, first, ...rest] },
      { place: 1, statements: [first, second] },
      { place: 1, statements: [{ ...first, output: second.output }, second, ...rest] },
    ];
    for (const batch of wrong)
      expect(await zkOf({ ...receipt, evidence: [{ ...piece, batch }] })).to.equal(false);
  });
});
