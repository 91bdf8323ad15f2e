import type { BatchLeaf, Domain, Hex } from "@vouch/protocol";
import {
  batchRootOf,
  parseAddress,
  statementBatch,
  statementBatchDigest,
  statementBatchTypedData,
  statementSigner,
} from "@vouch/protocol";
import { expect } from "chai";
import { TypedDataEncoder, Wallet, concat, id, keccak256 } from "ethers";
import fc from "fast-check";
import { codeOf } from "../../helpers/codeOf.ts";

const DOMAIN: Domain = { chainId: 31_337n, router: parseAddress(`0x${"c3".repeat(20)}`) };
const WALLET = new Wallet(id("operator"));
const OPERATOR = parseAddress(WALLET.address);

const leaf = (index: number): BatchLeaf => ({
  digest: id(`digest ${index}`) as Hex,
  salt: id(`salt ${index}`) as Hex,
});
const leaves = (count: number): BatchLeaf[] => Array.from({ length: count }, (_, i) => leaf(i));
/** A node by numbers, as the tree compares strings. */
const node = (a: string, b: string): string =>
  keccak256(BigInt(a) < BigInt(b) ? concat([a, b]) : concat([b, a]));
const salted = ({ digest, salt }: BatchLeaf): string => node(digest, salt);

describe("statementBatch", () => {
  it("is the tree of docs/statement.md, made by hand", () => {
    const [a, b, c, d, e] = leaves(5).map(salted) as [string, string, string, string, string];
    expect(statementBatch(leaves(1))).to.deep.equal({ root: a, paths: [[leaf(0).salt]] });
    expect(statementBatch(leaves(2)).root).to.equal(node(a, b));
    expect(statementBatch(leaves(3)).root).to.equal(node(node(a, b), c));
    const { root, paths } = statementBatch(leaves(5));
    expect(root).to.equal(node(node(node(a, b), node(c, d)), e));
    expect(paths).to.deep.equal([
      [leaf(0).salt, b, node(c, d), e],
      [leaf(1).salt, a, node(c, d), e],
      [leaf(2).salt, d, node(a, b), e],
      [leaf(3).salt, c, node(a, b), e],
      [leaf(4).salt, node(node(a, b), node(c, d))],
    ]);
  });

  it("leads from every leaf to the root by 1 + log2 siblings at most, whatever the number", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (count) => {
        const { root, paths } = statementBatch(leaves(count));
        expect(paths).to.have.length(count);
        for (const [index, path] of paths.entries()) {
          expect(batchRootOf(leaf(index).digest, path)).to.equal(root);
          expect(path.length).to.be.within(1, 1 + Math.ceil(Math.log2(count)));
        }
      }),
      { seed: 6, numRuns: 20 },
    );
  });

  it("shows of a neighbour nothing that its statement alone determines", () => {
    const { paths } = statementBatch(leaves(16));
    const shown = new Set(paths.flatMap((path, index) => (index === 0 ? [] : path)));
    expect(shown.has(leaf(0).digest)).to.be.false;
    expect(shown.has(salted(leaf(0)) as Hex)).to.be.true;
    const unsalted = statementBatch([{ ...leaf(0), salt: leaf(99).salt }, ...leaves(16).slice(1)]);
    expect(unsalted.paths[1]).to.not.deep.equal(paths[1]);
  });

  it("refuses no statements, more than 2^20, and what is no word", () => {
    expect(codeOf(() => statementBatch([]))).to.equal("BATCH_COUNT");
    const many = Array<BatchLeaf>(2 ** 20 + 1).fill(leaf(0));
    expect(codeOf(() => statementBatch(many))).to.equal("BATCH_COUNT");
    for (const change of [{ digest: "0x00" }, { salt: "0x" }, { salt: `${leaf(0).salt}00` }]) {
      const bad = { ...leaf(0), ...change } as BatchLeaf;
      expect(codeOf(() => statementBatch([leaf(1), bad]))).to.equal("HEX_INVALID");
    }
  });
});

describe("statementBatchDigest", () => {
  it("is what a wallet signs", () => {
    const root = id("root") as Hex;
    const { domain, types, value } = statementBatchTypedData(DOMAIN, root);
    const digest = statementBatchDigest(DOMAIN, root);
    expect(TypedDataEncoder.hash(domain, types, value)).to.equal(digest);
    expect(TypedDataEncoder.from(types).encodeType("StatementBatch")).to.equal(
      "StatementBatch(bytes32 root)",
    );
    const others = [
      statementBatchDigest({ ...DOMAIN, chainId: 1n }, root),
      statementBatchDigest({ ...DOMAIN, router: OPERATOR }, root),
      statementBatchDigest(DOMAIN, id("other") as Hex),
    ];
    expect(new Set([digest, ...others])).to.have.property("size", 4);
  });
});

describe("statementSigner", () => {
  it("is who signed the root, for each of its statements and no other", async () => {
    const { root, paths } = statementBatch(leaves(7));
    const { domain, types, value } = statementBatchTypedData(DOMAIN, root);
    const signature = (await WALLET.signTypedData(domain, types, value)) as Hex;
    for (const [index, path] of paths.entries()) {
      const signed = { signature, path };
      expect(statementSigner(DOMAIN, leaf(index).digest, signed)).to.equal(OPERATOR);
      expect(statementSigner(DOMAIN, leaf(index + 1).digest, signed)).to.not.equal(OPERATOR);
    }
  });

  it("takes no root for a statement, and no signature of one for one of the other", async () => {
    const { root, paths } = statementBatch(leaves(4));
    const { domain, types, value } = statementBatchTypedData(DOMAIN, root);
    const signature = (await WALLET.signTypedData(domain, types, value)) as Hex;
    expect(statementSigner(DOMAIN, root, { signature, path: [] })).to.not.equal(OPERATOR);
    const batchDigest = statementBatchDigest(DOMAIN, root);
    expect(statementSigner(DOMAIN, batchDigest, { signature, path: paths[0]! })).to.not.equal(
      OPERATOR,
    );
    expect(statementSigner(DOMAIN, leaf(0).digest, { signature, path: [] })).to.not.equal(OPERATOR);
  });

  it("is nobody where the signature is none, of whichever form", () => {
    for (const path of [[], [id("sibling") as Hex]]) {
      for (const signature of ["0x", `0x${"00".repeat(65)}`, `0x${"ff".repeat(64)}1b`] as Hex[]) {
        expect(statementSigner(DOMAIN, leaf(0).digest, { signature, path })).to.equal(undefined);
      }
    }
  });

  it("says the same of more batches than it remembers, also the second time", async () => {
    const { domain, types } = statementBatchTypedData(DOMAIN, id("") as Hex);
    const batches = await Promise.all(
      Array.from({ length: 70 }, async (_, index) => {
        const { root, paths } = statementBatch([leaf(index), leaf(index + 1)]);
        const signature = (await WALLET.signTypedData(domain, types, { root })) as Hex;
        return { digest: leaf(index).digest, signature, path: paths[0]! };
      }),
    );
    for (const { digest, ...signed } of [...batches, ...batches]) {
      expect(statementSigner(DOMAIN, digest, signed)).to.equal(OPERATOR);
    }
  });
});
