import { expect } from "chai";
import { policySchema } from "@vouch/protocol";
import { AbiCoder, keccak256, solidityPackedKeccak256 } from "ethers";
import { channelId } from "../../../offchain/indexer/src/rows/channelId.ts";
import { clip } from "../../../offchain/indexer/src/rows/clip.ts";
import { isWeak } from "../../../offchain/indexer/src/rows/evidenceBits.ts";
import { modelId } from "../../../offchain/indexer/src/rows/modelId.ts";
import { dayOf, hourOf } from "../../../offchain/indexer/src/rows/periods.ts";
import { policyJson } from "../../../offchain/indexer/src/rows/policyJson.ts";
import { refundStatus } from "../../../offchain/indexer/src/rows/refundStatus.ts";
import { requestTerms, shownWords } from "../../../offchain/indexer/src/rows/requestTerms.ts";
import { slashedExit } from "../../../offchain/indexer/src/rows/slashedExit.ts";

const PUBLISHER = `0x${"a1".repeat(20)}` as const;
const OTHER = `0x${"b2".repeat(20)}` as const;
const PIN = `0x${"00".repeat(32)}`;
const policy = {
  allOf: [{ anyOf: [{ kind: 4, params: 2n, pin: PIN }] }],
  minStake: 10n ** 18n,
};

describe("rows of the indexer", () => {
  describe("clip", () => {
    it("leaves what a row can hold", () => {
      expect(clip("credit – 信用")).to.equal("credit – 信用");
    });
    it("takes out what PostgreSQL has no place for", () => {
      expect(clip("a\0b")).to.equal("ab");
    });
    it("cuts what is long, and no character in two", () => {
      const cut = clip("😀".repeat(5000));
      expect(cut.length).to.be.at.most(256);
      expect(cut).to.match(/^(😀)+…$/u);
    });
  });

  describe("modelId", () => {
    it("is the publisher and the name", () => {
      expect(modelId(PUBLISHER, "credit")).to.equal(`${PUBLISHER}:credit`);
    });
    it("tells long names apart that begin alike, in few characters", () => {
      const ids = ["a", "b"].map((end) => modelId(PUBLISHER, `${"x".repeat(5000)}${end}`));
      expect(ids[0]).not.to.equal(ids[1]);
      expect(Math.max(...ids.map((it) => it.length))).to.be.below(256);
    });
    it("tells a name from the same with a character that no row holds", () => {
      expect(modelId(PUBLISHER, "credit\0")).not.to.equal(modelId(PUBLISHER, "credit"));
    });
  });

  it("hourOf and dayOf begin a period", () => {
    expect([hourOf(7200), hourOf(10_799), dayOf(172_799)]).to.deep.equal([7200, 7200, 86_400]);
  });

  it("policyJson writes what the protocol reads", () => {
    expect(policySchema.parse(policyJson(policy))).to.deep.equal({
      allOf: [{ anyOf: [{ kind: "zk", params: 2n, pin: PIN }] }],
      minStake: 10n ** 18n,
    });
  });

  it("isWeak is true of development set-ups and simulated enclaves alone", () => {
    expect([0, 1, 2, 4, 8, 16, 32, 33].filter(isWeak)).to.deep.equal([1, 4, 33]);
  });

  it("channelId equals the ledger's", () => {
    const encoded = AbiCoder.defaultAbiCoder().encode(
      ["address", "address", "address"],
      [PUBLISHER, OTHER, PUBLISHER],
    );
    expect(channelId(PUBLISHER, OTHER, PUBLISHER)).to.equal(keccak256(encoded));
  });

  it("slashedExit keeps the part of an exit that the vault keeps", () => {
    expect(slashedExit(0n, 10n, 3n)).to.equal(0n);
    expect(slashedExit(5n, 10n, 3n)).to.equal(3n);
  });

  describe("refundStatus", () => {
    const open = { status: "open", lockDeadline: 100, at: 100, input: "0x" } as const;
    for (const [name, refund, expected] of [
      ["an open one that may still be locked was cancelled", open, "cancelled"],
      ["an open one after that expired", { ...open, at: 101 }, "expired"],
      ["a locked one expired", { ...open, status: "locked" }, "expired"],
      ["an overturned one stays so", { ...open, status: "overturned" }, "overturned"],
    ] as const) {
      it(name, () => {
        expect(refundStatus(refund)).to.equal(expected);
      });
    }
  });

  it("requestTerms are the escrow, the input's hash and what was agreed", () => {
    const params = {
      ...{
        input: [1n, 2n],
        policy,
        token: PUBLISHER,
        maxFee: 100n,
        stake: 5n,
        bond: 2n,
        cover: 1n,
      },
      ...{ maxGasPrice: 3n, verificationGas: 10, callbackGas: 20, provisionalGas: 30 },
      ...{ lockDeadline: 40, deadline: 50 },
    };
    expect(requestTerms(params)).to.deep.include({
      escrow: 280n,
      inputHash: solidityPackedKeccak256(["uint256[]"], [[1n, 2n]]),
      inputWords: 2,
      deadline: 50,
    });
  });

  it("shownWords are the first 64", () => {
    const words = shownWords(Array.from({ length: 100 }, (_, i) => BigInt(i)));
    expect(words).to.have.length(64);
    expect(words[63]).to.equal(`0x${"00".repeat(31)}3f`);
  });
});
