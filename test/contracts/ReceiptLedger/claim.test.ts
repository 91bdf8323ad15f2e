import type { Hex } from "@vouch/protocol";
import { encodeVoucher, voucherDigest } from "@vouch/protocol";
import { expect } from "chai";
import { ZeroHash, concat, id } from "ethers";
import { network } from "hardhat";
import { connection } from "../../helpers/deployVouch.ts";
import {
  ANSWER_PERIOD,
  CLAIM_PERIOD,
  DISPUTE_PERIOD,
  NATIVE,
  PRICE,
  REFUSAL,
  deployLedger,
  ledgerOn,
} from "../../helpers/ledgerScenario.ts";
import type { LedgerScenario, PostedBatch } from "../../helpers/ledgerScenario.ts";
import { ETHER } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployLedger);
const CLAIMABLE = DISPUTE_PERIOD + ANSWER_PERIOD + CLAIM_PERIOD;

/** A batch of five, whose dispute period has passed. */
async function settled() {
  const scenario = await deployed();
  const entries = Array.from({ length: 5 }, () => scenario.entry(scenario.voucher()));
  const batch = await scenario.post(entries);
  await networkHelpers.time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
  const approvals = await Promise.all(entries.map((it) => scenario.signVoucher(it.voucher)));
  return { ...scenario, batch, approvals };
}

const earnedOf = async ({ ledger, requester, operator }: LedgerScenario) =>
  (await ledger.channelOf(requester, operator, NATIVE)).earned;

async function expectRefusal(
  { ledger }: LedgerScenario,
  batch: PostedBatch,
  index: number,
  signature: string,
  why: bigint,
) {
  await expect(ledger.claim(batch.inclusion(index), signature))
    .to.be.revertedWithCustomError(ledger, "ItemNotPayable")
    .withArgs(batch.id, index, why);
}

describe("ReceiptLedger.claim", () => {
  it("pays every item of a batch whose length is no power of two, whoever sends it", async () => {
    const scenario = await settled();
    const { ledger, batch, approvals, stranger } = scenario;
    for (const [i, signature] of approvals.entries()) {
      const sent = ledger.connect(stranger).claim(batch.inclusion(i), signature);
      await expect(sent).to.emit(ledger, "ItemPaid");
      expect(await earnedOf(scenario)).to.equal(PRICE * BigInt(i + 1));
    }
  });

  it("pays from a batch of one, without a proof", async () => {
    const scenario = await deployed();
    const voucher = scenario.voucher();
    const batch = await scenario.post([scenario.entry(voucher)]);
    await networkHelpers.time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
    expect(batch.inclusion(0).proof).to.deep.equal([]);
    await scenario.ledger.claim(batch.inclusion(0), await scenario.signVoucher(voucher));
    expect(await earnedOf(scenario)).to.equal(PRICE);
  });

  it("pays nothing for nothing, the whole deposit at most, and more after a top-up", async () => {
    const scenario = await deployed();
    const entries = [0n, ETHER, ETHER + 1n].map((amount) =>
      scenario.entry(scenario.voucher({ amount })),
    );
    const batch = await scenario.post(entries);
    await networkHelpers.time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
    const approvals = await Promise.all(entries.map((it) => scenario.signVoucher(it.voucher)));
    await scenario.ledger.claim(batch.inclusion(0), approvals[0]!);
    expect(await earnedOf(scenario)).to.equal(0n);
    await expectRefusal(scenario, batch, 2, approvals[2]!, REFUSAL.depositInsufficient);
    await scenario.ledger.claim(batch.inclusion(1), approvals[1]!);
    expect(await earnedOf(scenario)).to.equal(ETHER);

    await scenario.deposit(NATIVE, ETHER + 1n);
    await scenario.ledger.claim(batch.inclusion(2), approvals[2]!);
    expect(await earnedOf(scenario)).to.equal(2n * ETHER + 1n);
  });

  describe("given a voucher that was paid", () => {
    it("refuses it again, from this batch and from any other (no double pay after a retry)", async () => {
      const scenario = await settled();
      const { ledger, batch, approvals } = scenario;
      const again = await scenario.post(batch.entries);
      await ledger.claim(batch.inclusion(1), approvals[1]!);
      await expectRefusal(scenario, batch, 1, approvals[1]!, REFUSAL.voucherSpent);
      await networkHelpers.time.increaseTo(again.postedAt + DISPUTE_PERIOD + 1);
      await expectRefusal(scenario, again, 1, approvals[1]!, REFUSAL.voucherSpent);
      expect(await earnedOf(scenario)).to.equal(PRICE);
    });

    it("refuses another voucher with its nonce", async () => {
      const scenario = await deployed();
      const first = scenario.voucher({ nonce: 7n });
      const second = scenario.voucher({ nonce: 7n });
      const batch = await scenario.post([first, second].map((it) => scenario.entry(it)));
      await networkHelpers.time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
      await scenario.ledger.claim(batch.inclusion(0), await scenario.signVoucher(first));
      const signature = await scenario.signVoucher(second);
      await expectRefusal(scenario, batch, 1, signature, REFUSAL.voucherSpent);
    });
  });

  describe("when the time is wrong", () => {
    it("is NotFinal to the last second of the dispute period and pays from the next", async () => {
      const scenario = await deployed();
      const voucher = scenario.voucher();
      const batch = await scenario.post([scenario.entry(voucher)]);
      const signature = await scenario.signVoucher(voucher);
      await networkHelpers.time.setNextBlockTimestamp(batch.postedAt + DISPUTE_PERIOD);
      await expectRefusal(scenario, batch, 0, signature, REFUSAL.notFinal);
      await networkHelpers.time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
      await scenario.ledger.claim(batch.inclusion(0), signature);
    });

    it("pays to the last second of the claim period and is ClaimPeriodOver from the next", async () => {
      const scenario = await settled();
      const { ledger, batch, approvals } = scenario;
      await networkHelpers.time.setNextBlockTimestamp(batch.postedAt + CLAIMABLE);
      await ledger.claim(batch.inclusion(0), approvals[0]!);
      await networkHelpers.time.increaseTo(batch.postedAt + CLAIMABLE + 1);
      await expectRefusal(scenario, batch, 1, approvals[1]!, REFUSAL.claimPeriodOver);
    });

    it("is VoucherExpired where the batch was posted a second after the deadline", async () => {
      const scenario = await deployed();
      const deadline = (await networkHelpers.time.latest()) + 100;
      const entries = [scenario.entry(scenario.voucher({ deadline }))];
      const signature = await scenario.signVoucher(entries[0]!.voucher);
      await networkHelpers.time.setNextBlockTimestamp(deadline);
      const inTime = await scenario.post(entries);
      await networkHelpers.time.setNextBlockTimestamp(deadline + 1);
      const late = await scenario.post(entries);
      await networkHelpers.time.increaseTo(late.postedAt + DISPUTE_PERIOD + 1);
      await expectRefusal(scenario, late, 0, signature, REFUSAL.voucherExpired);
      await scenario.ledger.claim(inTime.inclusion(0), signature);
    });
  });

  describe("when the item is not in the batch", () => {
    it("is NotIncluded for any part changed, a path of another length, or another batch", async () => {
      const scenario = await settled();
      const { ledger, batch, approvals, rival } = scenario;
      const good = batch.inclusion(1);
      const { item, proof } = good;
      const other = { ...item.voucher, amount: 1n };
      const stranger = { ...item.voucher, operator: rival.address as Hex };
      const wrong = [
        { ...good, item: { ...item, index: 0 } },
        { ...good, item: { ...item, index: 9 } },
        { ...good, item: { ...item, index: 2 ** 32 - 1 } },
        { ...good, item: { ...item, outputHash: id("other") as Hex } },
        { ...good, item: { ...item, amount: item.amount - 1n } },
        { ...good, item: { ...item, claimed: id("other") as Hex } },
        { ...good, item: { ...item, voucher: other } },
        { ...good, item: { ...item, voucher: stranger } },
        { ...good, proof: proof.slice(1) },
        { ...good, proof: [...proof, ZeroHash as Hex] },
        { ...good, proof: [] },
        { ...good, proof: Array<Hex>(300).fill(ZeroHash as Hex) },
        { ...good, proof: [proof[1]!, proof[0]!, proof[2]!] },
        { ...good, batch: good.batch + 1n },
        { ...good, batch: 0n },
      ];
      for (const inclusion of wrong) {
        await expect(ledger.claim(inclusion, approvals[1]!))
          .to.be.revertedWithCustomError(ledger, "ItemNotPayable")
          .withArgs(inclusion.batch, inclusion.item.index, REFUSAL.notIncluded);
      }
      await ledger.claim(good, approvals[1]!);
    });

    it("is NotIncluded under another operator's batch of the very same tree", async () => {
      const scenario = await settled();
      const { rival, approvals } = scenario;
      const copied = await scenario.post(scenario.batch.entries, rival);
      await networkHelpers.time.increaseTo(copied.postedAt + DISPUTE_PERIOD + 1);
      await expectRefusal(scenario, copied, 0, approvals[0]!, REFUSAL.notIncluded);
    });
  });

  describe("when the requester did not authorise it", () => {
    it("is SignatureInvalid for another's signature, a malleated one, another item's and none", async () => {
      const scenario = await settled();
      const { batch, approvals, stranger } = scenario;
      const { voucher } = batch.entries[0]!;
      const { r, s, v } = ethers.Signature.from(approvals[0]);
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
      const high = `0x${(order - BigInt(s)).toString(16).padStart(64, "0")}`;
      const foreign = await scenario.signVoucher(voucher, stranger);
      const malleated = concat([r, high, v === 27 ? "0x1c" : "0x1b"]);
      for (const signature of [foreign, malleated, "0x", approvals[1]!]) {
        await expectRefusal(scenario, batch, 0, signature, REFUSAL.signatureInvalid);
      }
    });

    it("is AmountTooHigh a unit above what was signed", async () => {
      const scenario = await deployed();
      const voucher = scenario.voucher();
      const batch = await scenario.post([scenario.entry(voucher, { amount: PRICE + 1n })]);
      await networkHelpers.time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
      const signature = await scenario.signVoucher(voucher);
      await expectRefusal(scenario, batch, 0, signature, REFUSAL.amountTooHigh);
    });

    it("refuses voucher and leaf of another chain with the same addresses", async () => {
      const here = await network.create();
      const there = await network.create({ override: { chainId: 31_338 } });
      const [own, other] = [await ledgerOn(here), await ledgerOn(there)];
      await own.deposit();
      const voucher = own.voucher();
      expect(await own.ledger.getAddress()).to.equal(await other.ledger.getAddress());
      const batch = await own.post([own.entry(voucher)]);
      await here.networkHelpers.time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
      const foreign = await other.signVoucher(voucher);
      await expectRefusal(own, batch, 0, foreign, REFUSAL.signatureInvalid);
      const theirs = await other.post([other.entry(voucher)]);
      expect((await own.ledger.batchOf(batch.id)).root).to.not.equal(
        (await other.ledger.batchOf(theirs.id)).root,
      );
      await there.close();
      await here.close();
    });
  });

  describe("given a requester that delegated to code after it was served (EIP-7702)", () => {
    it("pays: its key's signature stands", async () => {
      const scenario = await settled();
      const { ledger, batch, approvals, requester } = scenario;
      const wallet = await ethers.deployContract("WalletMock", [ethers.ZeroAddress]);
      const code = await ethers.provider.getCode(wallet);
      await networkHelpers.setCode(requester.address, code);
      await ledger.claim(batch.inclusion(0), approvals[0]!);
      expect(await earnedOf(scenario)).to.equal(PRICE);
    });
  });

  describe("given a requester that is a contract (ERC-1271)", () => {
    async function walletScenario() {
      const scenario = await deployed();
      const { ledger, operator, requester } = scenario;
      const wallet = await ethers.deployContract("WalletMock", [requester.address]);
      const parts = [operator.address, NATIVE, ETHER] as const;
      const data = ledger.interface.encodeFunctionData("deposit", [...parts]);
      await wallet.act(ledger, data, { value: ETHER });
      const pledge = scenario.voucher({ requester: (await wallet.getAddress()) as Hex });
      const own = scenario.voucher();
      const batch = await scenario.post([pledge, own].map((it) => scenario.entry(it)));
      await networkHelpers.time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
      const approvals = [await scenario.signVoucher(pledge), await scenario.signVoucher(own)];
      const earned = async () => (await ledger.channelOf(wallet, operator, NATIVE)).earned;
      return { ...scenario, wallet, pledge, batch, approvals, earned };
    }

    it("pays what the contract recognises", async () => {
      const { ledger, batch, approvals, earned } = await walletScenario();
      await ledger.claim(batch.inclusion(0), approvals[0]!);
      expect(await earned()).to.equal(PRICE);
    });

    it("refuses what it denies, unless the voucher was accepted before", async () => {
      const scenario = await walletScenario();
      const { ledger, wallet, pledge, batch, approvals, earned } = scenario;
      await wallet.feel(1n);
      await expectRefusal(scenario, batch, 0, approvals[0]!, REFUSAL.signatureInvalid);
      const encoded = encodeVoucher(pledge);
      await expect(ledger.acceptVoucher(encoded, approvals[0]!))
        .to.be.revertedWithCustomError(ledger, "VoucherSignatureInvalid")
        .withArgs(pledge.requester, await ledger.digestOf(encoded));

      await wallet.feel(0n);
      await ledger.acceptVoucher(encoded, approvals[0]!);
      await wallet.feel(1n);
      await ledger.claim(batch.inclusion(0), "0x");
      expect(await earned()).to.equal(PRICE);
    });

    it("refuses what it fails to judge, as what it denies", async () => {
      const scenario = await walletScenario();
      const { wallet, batch, approvals } = scenario;
      await wallet.feel(2n);
      await expectRefusal(scenario, batch, 0, approvals[0]!, REFUSAL.signatureInvalid);
    });

    it("refuses a signature that takes more gas to hand on than it may", async () => {
      const scenario = await walletScenario();
      const { batch } = scenario;
      await expectRefusal(
        scenario,
        batch,
        0,
        `0x${"00".repeat(400_000)}`,
        REFUSAL.signatureInvalid,
      );
    });

    it("is refused by claimMany where it burns all gas, and the next item is paid", async () => {
      const scenario = await walletScenario();
      const { ledger, wallet, batch, approvals } = scenario;
      await wallet.feel(2n);
      const claims = [batch.inclusion(0), batch.inclusion(1)];
      await expect(ledger.claimMany(claims, approvals, { gasLimit: 1_000_000n }))
        .to.emit(ledger, "ItemRefused")
        .withArgs(batch.id, 0n, REFUSAL.signatureInvalid);
      expect(await earnedOf(scenario)).to.equal(PRICE);
    });
  });
});

describe("ReceiptLedger.claimMany", () => {
  it("pays the good items and names each bad one", async () => {
    const scenario = await settled();
    const { ledger, batch, approvals } = scenario;
    const bad = batch.inclusion(1);
    const claims = [batch.inclusion(0), { ...bad, proof: [] }, batch.inclusion(2), bad, bad];
    const signed = [approvals[0]!, approvals[1]!, "0x", approvals[1]!, approvals[1]!];
    expect(await ledger.claimMany.staticCall(claims, signed)).to.equal(2n);
    const sent = await ledger.claimMany(claims, signed);
    for (const [index, why] of [
      [1n, REFUSAL.notIncluded],
      [2n, REFUSAL.signatureInvalid],
      [1n, REFUSAL.voucherSpent],
    ]) {
      await expect(sent).to.emit(ledger, "ItemRefused").withArgs(batch.id, index, why);
    }
    expect(await earnedOf(scenario)).to.equal(2n * PRICE);
  });

  it("reverts with ClaimCountMismatch for a signature too few", async () => {
    const { ledger, batch } = await settled();
    await expect(ledger.claimMany([batch.inclusion(0)], []))
      .to.be.revertedWithCustomError(ledger, "ClaimCountMismatch")
      .withArgs(1n, 0n);
  });
});

describe("ReceiptLedger.digestOf", () => {
  it("equals the digest that a wallet signs, policy and all", async () => {
    const { ledger, voucher } = await deployed();
    const wanted = voucher();
    const { chainId } = await ethers.provider.getNetwork();
    const domain = { chainId, ledger: (await ledger.getAddress()) as Hex };
    expect(await ledger.digestOf(encodeVoucher(wanted))).to.equal(voucherDigest(domain, wanted));
  });
});
