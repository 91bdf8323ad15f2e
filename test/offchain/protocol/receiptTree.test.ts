import type { Assurance, BatchEntry, Hex, Voucher } from "@vouch/protocol";
import {
  NO_FLOOR,
  ProtocolError,
  batchId,
  channelId,
  encodeBatchItem,
  encodeTerms,
  encodeVoucher,
  packAssurance,
  policyHash,
  receiptLeaf,
  receiptProof,
  receiptRoot,
  receiptTree,
  termsHash,
  voucherDigest,
  voucherTypedData,
} from "@vouch/protocol";
import { expect } from "chai";
import { Wallet, ZeroHash, concat, id, keccak256, verifyTypedData } from "ethers";

const LEDGER = `0x${"1e".repeat(20)}` as const;
const DOMAIN = { chainId: 31_337n, ledger: LEDGER } as const;
const CLAIMED: Assurance = {
  kinds: ["signature", "zk"],
  developmentSetup: true,
  unattestedSetup: false,
  simulatedEnclave: true,
  vouchedEnclave: true,
  externalVerifier: false,
  quorumArbitration: false,
  quorumK: 2,
  quorumN: 3,
  minTcb: 4,
  tolerance: 7,
  window: 5,
  stakeAtRisk: 6n,
};
const VOUCHER: Voucher = {
  requester: `0x${"11".repeat(20)}`,
  operator: `0x${"22".repeat(20)}`,
  token: `0x${"00".repeat(20)}`,
  amount: 1000n,
  nonce: 7n,
  deadline: 1_800_000_000,
  terms: {
    release: id("release") as Voucher["terms"]["release"],
    request: id("request") as Voucher["terms"]["request"],
    inputHash: id("input") as Hex,
    policy: NO_FLOOR,
  },
};
const ENTRY: BatchEntry = {
  voucher: VOUCHER,
  outputHash: id("output") as Hex,
  amount: 900n,
  claimed: CLAIMED,
};
const leavesOf = (count: number) => Array.from({ length: count }, (_, i) => id(`${i}`) as Hex);

/** Follows a path as the contract does: bit by bit of the index. */
function follow(leaf: Hex, index: number, proof: readonly Hex[]): string {
  return proof.reduce<string>((node, it, height) => {
    return keccak256((index >> height) & 1 ? concat([it, node]) : concat([node, it]));
  }, leaf);
}

describe("receiptTree", () => {
  it("has a path of its exact depth for every leaf, from 1 to 33 leaves", () => {
    for (let count = 1; count <= 33; count++) {
      const leaves = leavesOf(count);
      const tree = receiptTree(leaves);
      leaves.forEach((leaf, i) => {
        const proof = receiptProof(tree, i);
        expect(proof).to.have.length(Math.ceil(Math.log2(count)));
        expect(follow(leaf, i, proof)).to.equal(receiptRoot(tree));
      });
    }
  });

  it("pads with zero", () => {
    const leaves = leavesOf(3);
    expect(receiptProof(receiptTree(leaves), 2)[0]).to.equal(ZeroHash);
    const padded = receiptTree([...leaves, ZeroHash as Hex]);
    expect(receiptRoot(receiptTree(leaves))).to.equal(receiptRoot(padded));
  });

  it("throws BATCH_COUNT for no leaves and BATCH_INDEX for a place without one", () => {
    const codeOf = (act: () => unknown): string | undefined => {
      try {
        act();
      } catch (error) {
        return error instanceof ProtocolError ? error.code : undefined;
      }
      return undefined;
    };
    expect(codeOf(() => receiptTree([]))).to.equal("BATCH_COUNT");
    const tree = receiptTree(leavesOf(3));
    for (const index of [-1, 3, 0.5]) {
      expect(codeOf(() => receiptProof(tree, index))).to.equal("BATCH_INDEX");
    }
  });
});

describe("receiptLeaf", () => {
  it("depends on chain, ledger, place and every part of the entry", () => {
    const seen = [
      receiptLeaf(DOMAIN, ENTRY, 0),
      receiptLeaf({ ...DOMAIN, chainId: 1n }, ENTRY, 0),
      receiptLeaf({ ...DOMAIN, ledger: VOUCHER.operator }, ENTRY, 0),
      receiptLeaf(DOMAIN, ENTRY, 1),
      receiptLeaf(DOMAIN, { ...ENTRY, amount: 901n }, 0),
      receiptLeaf(DOMAIN, { ...ENTRY, outputHash: id("other") as Hex }, 0),
      receiptLeaf(DOMAIN, { ...ENTRY, claimed: { ...CLAIMED, window: 6 } }, 0),
      receiptLeaf(DOMAIN, { ...ENTRY, voucher: { ...VOUCHER, nonce: 8n } }, 0),
    ];
    expect(new Set(seen).size).to.equal(seen.length);
  });
});

describe("packAssurance", () => {
  it("has each field in its place, the first lowest and the tolerance on top", () => {
    const fields = [0b10001n, 0b100101n, 2n, 3n, 4n].map((it, i) => it << BigInt(8 * i));
    const word = fields.reduce((sum, it) => sum | it, (5n << 40n) | (6n << 80n) | (7n << 208n));
    expect(BigInt(packAssurance(CLAIMED))).to.equal(word);
    expect(encodeBatchItem(ENTRY, 3)).to.include({ index: 3, claimed: packAssurance(CLAIMED) });
  });
});

describe("voucherTypedData", () => {
  it("is what a wallet signs, with the digest of voucherDigest", async () => {
    const wallet = new Wallet(id("requester"));
    const { domain, types, value } = voucherTypedData(DOMAIN, VOUCHER);
    const signature = await wallet.signTypedData(domain, types, value);
    expect(verifyTypedData(domain, types, value, signature)).to.equal(wallet.address);
    expect(wallet.signingKey.sign(voucherDigest(DOMAIN, VOUCHER)).serialized).to.equal(signature);
  });

  it("goes on-chain with its terms hashed, and they with their policy", () => {
    const { terms } = VOUCHER;
    expect(encodeVoucher(VOUCHER).terms).to.equal(termsHash(terms));
    expect(encodeTerms(terms).policy).to.equal(policyHash(terms.policy));
  });
});

describe("channelId and batchId", () => {
  it("tell operator from requester, and poster from number", () => {
    const { requester, operator } = VOUCHER;
    const turned = { ...VOUCHER, requester: operator, operator: requester };
    expect(channelId(VOUCHER)).to.not.equal(channelId(turned));
    expect(batchId(operator, 3n)).to.equal((BigInt(operator) << 96n) + 3n);
  });
});
