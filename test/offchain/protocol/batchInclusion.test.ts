import type { BatchInclusion, Hex, Voucher } from "@vouch/protocol";
import {
  NO_FLOOR,
  ProtocolError,
  batchId,
  batchInclusionToJson,
  itemLeaf,
  packAssurance,
  parseBatchInclusion,
  parseReleaseId,
  parseRequestId,
  receiptProof,
  receiptRoot,
  receiptTree,
  verifyInclusion,
  verifyReceipt,
} from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { codeOf } from "../../helpers/codeOf.ts";
import { DOMAIN, OPERATOR, trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";

const RECEIPT = trapdoorReceipt({ kinds: ["signature"] });
const { release, request, inputHash, outputHash } = RECEIPT.statement;
const LEDGER: Hex = `0x${"1e".repeat(20)}`;
const domain = { chainId: DOMAIN.chainId, ledger: LEDGER };
const voucher: Voucher = {
  ...{ requester: `0x${"11".repeat(20)}`, operator: OPERATOR, token: `0x${"22".repeat(20)}` },
  ...{ amount: 1_000n, nonce: 7n, deadline: 1_800_000_000 },
  terms: { release, request, inputHash, policy: NO_FLOOR },
};
const claimed = packAssurance(verifyReceipt(RECEIPT).assurance);

/** The receipt as one of several items. */
function inclusionAt(index: number, count: number): BatchInclusion {
  const item = { outputHash, amount: 1_000n, claimed };
  const leaves = Array.from({ length: count }, (_, i) =>
    i === index ? itemLeaf(domain, voucher, { index, ...item }) : (id(`leaf ${i}`) as Hex),
  );
  const tree = receiptTree(leaves);
  const batch = batchId(OPERATOR, 3n);
  const proof = receiptProof(tree, index);
  return { domain, batch, root: receiptRoot(tree), count, index, voucher, ...item, proof };
}

describe("verifyInclusion", () => {
  for (const [index, count] of [
    [0, 1],
    [1, 2],
    [4, 5],
    [6, 8],
  ] as const) {
    it(`takes item ${index} of ${count}, through JSON too, and verifyReceipt says so`, () => {
      const inclusion = inclusionAt(index, count);
      const read = parseBatchInclusion(JSON.parse(JSON.stringify(batchInclusionToJson(inclusion))));
      expect(read).to.deep.equal(inclusion);
      const { checks, notChecked } = verifyReceipt(RECEIPT, { inclusion: read });
      expect(checks.map(({ name }) => name)).to.include("batch");
      expect(notChecked.some((it) => it.includes(LEDGER))).to.equal(true);
    });
  }

  const whole = inclusionAt(4, 5);
  const { terms } = whole.voucher;
  const wrong: Readonly<Record<string, readonly [field: string, BatchInclusion]>> = {
    "another chain": ["chainId", { ...whole, domain: { ...domain, chainId: 1n } }],
    "another ledger": ["root", { ...whole, domain: { ...domain, ledger: OPERATOR } }],
    "a batch of somebody else": ["poster", { ...whole, batch: batchId(LEDGER, 3n) }],
    "another operator's voucher": [
      "operator",
      { ...whole, batch: batchId(LEDGER, 3n), voucher: { ...voucher, operator: LEDGER } },
    ],
    "another release": [
      "release",
      {
        ...whole,
        voucher: { ...voucher, terms: { ...terms, release: parseReleaseId(id("other")) } },
      },
    ],
    "another request": [
      "request",
      {
        ...whole,
        voucher: { ...voucher, terms: { ...terms, request: parseRequestId(id("other")) } },
      },
    ],
    "another input": [
      "inputHash",
      { ...whole, voucher: { ...voucher, terms: { ...terms, inputHash: outputHash } } },
    ],
    "another output": ["outputHash", { ...whole, outputHash: inputHash }],
    "a nonce that was not signed": ["root", { ...whole, voucher: { ...voucher, nonce: 8n } }],
    "a higher amount": ["root", { ...whole, amount: 1_001n }],
    "another claim": ["root", { ...whole, claimed: inputHash }],
    "another index": ["root", { ...whole, index: 3 }],
    "an index behind the last": ["root", { ...whole, index: 5 }],
    "a longer path": ["root", { ...whole, proof: [...whole.proof, inputHash] }],
    "a shorter path": ["root", { ...whole, proof: whole.proof.slice(1) }],
    "another count": ["root", { ...whole, count: 9 }],
  };
  for (const [what, [field, inclusion]] of Object.entries(wrong)) {
    it(`refuses ${what}`, () => {
      try {
        verifyInclusion(RECEIPT, inclusion);
      } catch (error) {
        if (!(error instanceof ProtocolError) || error.data.code !== "INCLUSION_INVALID")
          throw error;
        expect(error.data.field).to.equal(field);
        return;
      }
      throw new TypeError("it was taken");
    });
  }

  it("names a field that cannot be read", () => {
    const json = { ...batchInclusionToJson(whole), count: 0 };
    expect(codeOf(() => parseBatchInclusion(json))).to.equal("INCLUSION_MALFORMED");
  });
});
