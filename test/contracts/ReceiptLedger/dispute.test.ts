import type { BatchEntry, Hex } from "@vouch/protocol";
import {
  allOf,
  encodeTerms,
  requireZk,
  receiptLeaf,
  receiptRoot,
  receiptTree,
} from "@vouch/protocol";
import { expect } from "chai";
import { ZeroHash, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  ANSWER_PERIOD,
  BOND,
  DISPUTE_PERIOD,
  NO_CLAIM,
  PRICE,
  REFUSAL,
  SIGNED,
  STATUS,
  deployLedger,
  encodePolicy,
  settledQuestion,
} from "../../helpers/ledgerScenario.ts";
import {
  BAD,
  NOTHING,
  SIGNATURE,
  all,
  hashOfWords,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const { time } = networkHelpers;
const deployed = () => networkHelpers.loadFixture(deployLedger);
const POLICY = encodePolicy(SIGNED);

/** A batch of three, item 1 of which a stranger disputes. */
async function disputed(change: Partial<BatchEntry> = {}) {
  const scenario = await deployed();
  const { ledger, stranger } = scenario;
  const entries = [{}, change, {}].map((it) => scenario.entry(scenario.voucher(), it));
  const batch = await scenario.post(entries);
  await ledger.connect(stranger).dispute(batch.id, 1, { value: BOND });
  const { voucher } = entries[1]!;
  const signed = await scenario.signVoucher(voucher);
  const answerBy = (await time.latest()) + ANSWER_PERIOD;
  return { ...scenario, batch, voucher, signed, answerBy };
}

describe("ReceiptLedger.post", () => {
  it("reverts for no root, no receipts, one too many, or a wei of bond too few", async () => {
    const { ledger, operator } = await deployed();
    const own = ledger.connect(operator);
    const limit = 2n ** 20n;
    for (const count of [0n, limit + 1n]) {
      await expect(own.post(id("root"), count, { value: 10n ** 18n }))
        .to.be.revertedWithCustomError(ledger, "BatchCountInvalid")
        .withArgs(count, limit);
    }
    await expect(own.post(ZeroHash, 1n)).to.be.revertedWithCustomError(ledger, "BatchRootZero");
    const needed = await ledger.bondFor(limit);
    expect(needed).to.equal(65n * BOND);
    await expect(own.post(id("root"), limit, { value: needed - 1n }))
      .to.be.revertedWithCustomError(ledger, "BondInsufficient")
      .withArgs(operator.address, needed - 1n, needed);
    await own.post(id("root"), limit, { value: needed });
  });

  it("binds a bond to each open batch, however many are open", async () => {
    const { ledger, operator, entry, voucher, post } = await deployed();
    await ledger.connect(operator).fundBond({ value: BOND });
    await ledger.connect(operator).post(id("root"), 1n);
    await expect(ledger.connect(operator).post(id("root"), 1n)).to.be.revertedWithCustomError(
      ledger,
      "BondInsufficient",
    );
    const second = await post([entry(voucher())]);
    expect((await ledger.batchOf(second.id)).bond).to.equal(BOND);
    expect(await ledger.bondOf(operator)).to.equal(0n);
  });
});

describe("ReceiptLedger.dispute", () => {
  it("reverts for an index beyond the batch, an unknown batch, without bond, and a second time", async () => {
    const { ledger, stranger, batch } = await disputed();
    const own = ledger.connect(stranger);
    for (const wrong of [batch.id, batch.id + 1n]) {
      await expect(own.dispute(wrong, 3, { value: BOND })).to.be.revertedWithCustomError(
        ledger,
        "ItemIndexInvalid",
      );
    }
    await expect(own.dispute(batch.id, 0, { value: BOND - 1n })).to.be.revertedWithCustomError(
      ledger,
      "BondInsufficient",
    );
    await expect(own.dispute(batch.id, 1, { value: BOND }))
      .to.be.revertedWithCustomError(ledger, "ItemStatusInvalid")
      .withArgs(batch.id, 1n, STATUS.disputed);
  });

  it("is possible to the last second of the dispute period only", async () => {
    const { ledger, batch } = await disputed();
    await time.setNextBlockTimestamp(batch.postedAt + DISPUTE_PERIOD);
    await ledger.dispute(batch.id, 0, { value: BOND });
    await expect(ledger.dispute(batch.id, 2, { value: BOND }))
      .to.be.revertedWithCustomError(ledger, "DisputePeriodOver")
      .withArgs(batch.id, batch.postedAt + DISPUTE_PERIOD);
  });

  it("stops the claim of its item and of no other", async () => {
    const scenario = await disputed();
    const { ledger, batch, signed } = scenario;
    await time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
    await expect(ledger.claim(batch.inclusion(1), signed))
      .to.be.revertedWithCustomError(ledger, "ItemNotPayable")
      .withArgs(batch.id, 1n, REFUSAL.notFinal);
    const other = await scenario.signVoucher(batch.entries[0]!.voucher);
    await ledger.claim(batch.inclusion(0), other);
  });
});

describe("ReceiptProver.prove", () => {
  it("answers the dispute: the operator has the disputer's bond and is paid at once", async () => {
    const scenario = await disputed();
    const { ledger, prover, batch, voucher, signed, operator, rival } = scenario;
    const sent = prover
      .connect(rival)
      .prove(batch.inclusion(1), signed, POLICY, await scenario.receipt(voucher));
    await expect(sent).to.emit(ledger, "ItemProven");
    expect(await ledger.statusOf(batch.id, 1)).to.equal(STATUS.proven);
    expect(await ledger.bondOf(operator)).to.equal(BOND);
    expect((await ledger.batchOf(batch.id)).openDisputes).to.equal(0n);
    expect(await ledger.isSettled(...settledQuestion(batch, 1))).to.be.true;
    await ledger.claim(batch.inclusion(1), "0x");
    const channel = await ledger.channelOf(voucher.requester, operator, voucher.token);
    expect(channel.earned).to.equal(PRICE);
  });

  it("is in time to the last second of the answer period and not after", async () => {
    for (const late of [0, 1]) {
      const scenario = await disputed();
      const { ledger, prover, batch, voucher, signed, answerBy } = scenario;
      const receipt = await scenario.receipt(voucher);
      await time.setNextBlockTimestamp(answerBy + late);
      const sent = prover.prove(batch.inclusion(1), signed, POLICY, receipt);
      if (late === 0) await sent;
      else
        await expect(sent)
          .to.be.revertedWithCustomError(ledger, "AnswerPeriodOver")
          .withArgs(batch.id, 1n, answerBy);
    }
  });

  it("refuses another output, operator, policy, request or input than were signed and posted", async () => {
    const scenario = await disputed();
    const { prover, batch, voucher, signed, rival } = scenario;
    const receipt = await scenario.receipt(voucher);
    const inclusion = batch.inclusion(1);
    for (const [error, brought, policy] of [
      ["ReceiptStatementMismatch", await scenario.receipt(voucher, BAD), POLICY],
      ["ReceiptStatementMismatch", { ...receipt, operator: rival.address }, POLICY],
      ["ReceiptTermsMismatch", { ...receipt, request: id("other") }, POLICY],
      ["ReceiptTermsMismatch", { ...receipt, release: id("other") }, POLICY],
      ["ReceiptTermsMismatch", { ...receipt, input: BAD }, POLICY],
      ["ReceiptTermsMismatch", receipt, NOTHING],
      ["ReceiptTermsMismatch", receipt, { ...POLICY, minStake: 1n }],
    ] as const) {
      const sent = prover.prove(inclusion, signed, policy, brought);
      await expect(sent, error).to.be.revertedWithCustomError(prover, error);
    }
  });

  it("refuses an item that the requester did not sign for, or not for this amount", async () => {
    const scenario = await disputed({ amount: PRICE + 1n });
    const { ledger, prover, batch, voucher, signed, stranger } = scenario;
    const receipt = await scenario.receipt(voucher);
    await expect(prover.prove(batch.inclusion(1), signed, POLICY, receipt))
      .to.be.revertedWithCustomError(ledger, "ItemNotPayable")
      .withArgs(batch.id, 1n, REFUSAL.amountTooHigh);
    const other = batch.entries[0]!.voucher;
    const forged = await scenario.signVoucher(other, stranger);
    const genuine = await scenario.receipt(other);
    await expect(prover.prove(batch.inclusion(0), forged, POLICY, genuine))
      .to.be.revertedWithCustomError(ledger, "ItemNotPayable")
      .withArgs(batch.id, 0n, REFUSAL.signatureInvalid);
  });

  it("refuses evidence that meets the policy but not what the poster claimed", async () => {
    const scenario = await disputed({ claimed: { ...NO_CLAIM, kinds: ["signature", "zk"] } });
    const { ledger, prover, batch, voucher, signed } = scenario;
    const weak = await scenario.receipt(voucher);
    await expect(
      prover.prove(batch.inclusion(1), signed, POLICY, weak),
    ).to.be.revertedWithCustomError(ledger, "AssuranceBelowClaim");
    const strong = await scenario.receipt(voucher, undefined, ["zk", "signature"]);
    await prover.prove(batch.inclusion(1), signed, POLICY, strong);
    expect((await ledger.assuranceOf(batch.id, 1)).kinds).to.equal(0b10001n);
  });

  it("refuses evidence with a weakness that the poster did not own up to", async () => {
    const claimed = { ...NO_CLAIM, developmentSetup: false };
    const scenario = await disputed({ claimed });
    const { ledger, prover, batch, voucher, signed } = scenario;
    const receipt = await scenario.receipt(voucher, undefined, ["zk", "signature"]);
    await expect(
      prover.prove(batch.inclusion(1), signed, POLICY, receipt),
    ).to.be.revertedWithCustomError(ledger, "AssuranceBelowClaim");
  });

  it("proves an item once, and only through the ledger's prover", async () => {
    const scenario = await disputed();
    const { ledger, prover, batch, voucher, signed } = scenario;
    const receipt = await scenario.receipt(voucher);
    await expect(
      ledger.recordProof(batch.inclusion(1), signed, ZeroHash),
    ).to.be.revertedWithCustomError(ledger, "ProofNotByProver");
    await prover.prove(batch.inclusion(1), signed, POLICY, receipt);
    await expect(
      prover.prove(batch.inclusion(1), signed, POLICY, receipt),
    ).to.be.revertedWithCustomError(ledger, "ItemStatusInvalid");
  });
});

describe("ReceiptLedger.skip", () => {
  it("reverts until the answer period is over, and for an item that is not disputed", async () => {
    const { ledger, batch, answerBy } = await disputed();
    await time.setNextBlockTimestamp(answerBy);
    await expect(ledger.skip(batch.id, 1))
      .to.be.revertedWithCustomError(ledger, "AnswerPeriodNotOver")
      .withArgs(answerBy);
    await expect(ledger.skip(batch.id, 0)).to.be.revertedWithCustomError(
      ledger,
      "ItemStatusInvalid",
    );
  });

  it("makes the disputer whole, burns half the penalty, and leaves the payment with the requester", async () => {
    const scenario = await disputed();
    const { ledger, batch, stranger, voucher, signed, answerBy, prover } = scenario;
    await time.increaseTo(answerBy + 1);
    await ledger.skip(batch.id, 1);
    expect(await ledger.bondOf(stranger)).to.equal(BOND + BOND / 2n);
    expect(await ledger.burned()).to.equal(BOND / 2n);
    expect((await ledger.batchOf(batch.id)).bond).to.equal(0n);
    expect(await ledger.skippedOf(batch.id, 0n)).to.equal(0b10n);
    expect(await ledger.isSettled(...settledQuestion(batch, 1))).to.be.false;

    await time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
    await expect(ledger.claim(batch.inclusion(1), signed))
      .to.be.revertedWithCustomError(ledger, "ItemNotPayable")
      .withArgs(batch.id, 1n, REFUSAL.skipped);
    const receipt = await scenario.receipt(voucher);
    await expect(
      prover.prove(batch.inclusion(1), signed, POLICY, receipt),
    ).to.be.revertedWithCustomError(ledger, "ItemStatusInvalid");
    expect(await ledger.isSettled(...settledQuestion(batch, 0))).to.be.true;
    expect(await ledger.isSettled(...settledQuestion(batch, 2))).to.be.true;
  });

  it("leaves one who disputed itself poorer by half a penalty", async () => {
    const { ledger, operator, entry, voucher, post } = await deployed();
    const batch = await post([entry(voucher())]);
    const own = ledger.connect(operator);
    await own.dispute(batch.id, 0, { value: BOND });
    await time.increase(ANSWER_PERIOD + 1);
    await own.skip(batch.id, 0);
    expect(await ledger.bondOf(operator)).to.equal(2n * BOND - BOND / 2n);
  });

  it("returns the disputer's bond, and no more, where the batch's is used up", async () => {
    const { ledger, batch, rival, answerBy } = await disputed();
    await ledger.connect(rival).dispute(batch.id, 2, { value: BOND });
    await time.increaseTo(answerBy + 100);
    await ledger.skip(batch.id, 1);
    await ledger.skip(batch.id, 2);
    expect(await ledger.bondOf(rival)).to.equal(BOND);
    expect(await ledger.skippedOf(batch.id, 0n)).to.equal(0b110n);
  });
});

describe("ReceiptLedger.releaseBond", () => {
  it("reverts in the dispute period and while a dispute is open, then returns the bond once", async () => {
    const { ledger, batch, answerBy } = await disputed();
    await ledger.dispute(batch.id, 0, { value: BOND });
    await expect(ledger.releaseBond(batch.id)).to.be.revertedWithCustomError(
      ledger,
      "BondNotReleasable",
    );
    await time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
    await expect(ledger.releaseBond(batch.id))
      .to.be.revertedWithCustomError(ledger, "BondNotReleasable")
      .withArgs(batch.id, batch.postedAt + DISPUTE_PERIOD, 2n);
    expect(answerBy).to.be.lessThan(await time.latest());
  });

  it("returns the bond once after silence", async () => {
    const { ledger, operator, entry, voucher, post } = await deployed();
    const batch = await post([entry(voucher())]);
    await time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
    await ledger.releaseBond(batch.id);
    expect(await ledger.bondOf(operator)).to.equal(BOND);
    await expect(ledger.releaseBond(batch.id)).to.be.revertedWithCustomError(
      ledger,
      "BondAmountZero",
    );
  });
});

describe("ReceiptLedger.reportEquivocation", () => {
  async function equivocated(change: Partial<BatchEntry> = {}, sameRequest = true) {
    const scenario = await deployed();
    const first = scenario.voucher();
    const terms = sameRequest ? first.terms : scenario.voucher().terms;
    const second = scenario.voucher({ terms });
    const a = await scenario.post([scenario.entry(first)]);
    const outputHash = hashOfWords(BAD) as Hex;
    const b = await scenario.post([scenario.entry(second, { outputHash, ...change })]);
    const parts = [a.inclusion(0), encodeTerms(first.terms)] as const;
    const others = [b.inclusion(0), encodeTerms(terms)] as const;
    return { ...scenario, a, b, report: [...parts, ...others] as const };
  }

  it("slashes both batches, skips both items, and burns at least half", async () => {
    const { ledger, stranger, report, a, b } = await equivocated();
    await ledger.connect(stranger).reportEquivocation(...report);
    expect(await ledger.bondOf(stranger)).to.equal(BOND);
    expect(await ledger.burned()).to.equal(BOND);
    for (const batch of [a, b]) {
      expect((await ledger.batchOf(batch.id)).bond).to.equal(0n);
      expect(await ledger.statusOf(batch.id, 0)).to.equal(STATUS.skipped);
    }
    await expect(ledger.reportEquivocation(...report)).to.be.revertedWithCustomError(
      ledger,
      "EquivocationWithoutEffect",
    );
  });

  it("leaves what is settled settled, and slashes the batch that is still open", async () => {
    const scenario = await equivocated();
    const { ledger, stranger, a, report } = scenario;
    await time.increaseTo(a.postedAt + DISPUTE_PERIOD + 1);
    await ledger.connect(stranger).reportEquivocation(...report);
    expect(await ledger.isSettled(...settledQuestion(a, 0))).to.be.true;
  });

  it("keeps what open disputes may need", async () => {
    const { ledger, a, rival, report } = await equivocated();
    await ledger.connect(rival).dispute(a.id, 0, { value: BOND });
    await ledger.reportEquivocation(...report);
    expect((await ledger.batchOf(a.id)).bond).to.equal(BOND);
    expect(await ledger.statusOf(a.id, 0)).to.equal(STATUS.disputed);
  });

  it("reverts with EquivocationInvalid for one output, or two requests", async () => {
    const outputHash = hashOfWords([1n]) as Hex;
    const agreeing = await equivocated();
    const [first, terms] = agreeing.report;
    await expect(
      agreeing.ledger.reportEquivocation(first, terms, first, terms),
    ).to.be.revertedWithCustomError(agreeing.ledger, "EquivocationInvalid");
    const { ledger, report } = await equivocated({ outputHash }, false);
    await expect(ledger.reportEquivocation(...report)).to.be.revertedWithCustomError(
      ledger,
      "EquivocationInvalid",
    );
  });

  it("reverts with EquivocationInvalid where another requester uses the same request id", async () => {
    const scenario = await deployed();
    const { ledger, stranger } = scenario;
    const honest = scenario.voucher();
    const copied = scenario.voucher({ terms: honest.terms, requester: stranger.address as Hex });
    const a = await scenario.post([scenario.entry(honest)]);
    const b = await scenario.post([
      scenario.entry(copied, { outputHash: hashOfWords(BAD) as Hex }),
    ]);
    const terms = encodeTerms(honest.terms);
    await expect(
      ledger.reportEquivocation(a.inclusion(0), terms, b.inclusion(0), terms),
    ).to.be.revertedWithCustomError(ledger, "EquivocationInvalid");
  });
});

describe("ReceiptLedger.isSettled", () => {
  it("is false to the last second of the dispute period and true from the next", async () => {
    const { ledger, entry, voucher, post } = await deployed();
    const batch = await post([entry(voucher()), entry(voucher())]);
    const question = settledQuestion(batch, 1);
    await time.increaseTo(batch.postedAt + DISPUTE_PERIOD);
    expect(await ledger.isSettled(...question)).to.be.false;
    await time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
    expect(await ledger.isSettled(...question)).to.be.true;
  });

  it("is false for another statement, other terms, another leaf, and a root that was never posted", async () => {
    const scenario = await deployed();
    const { ledger, domain, rival } = scenario;
    const batch = await scenario.post([0, 1].map(() => scenario.entry(scenario.voucher())));
    await time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
    const [statement, inclusion, terms] = settledQuestion(batch, 0);
    const other = settledQuestion(batch, 1);
    for (const asked of [
      [{ ...statement, outputHash: id("other") }, inclusion, terms],
      [{ ...statement, operator: rival.address }, inclusion, terms],
      [other[0], inclusion, terms],
      [statement, inclusion, other[2]],
      [statement, { ...inclusion, batch: inclusion.batch + 1n }, terms],
      [statement, other[1], terms],
    ] as const) {
      expect(await ledger.isSettled(...asked)).to.be.false;
    }
    // A whole tree of one's own is worth nothing until its root is posted by the operator that it names.
    const own = { chainId: domain.chainId, ledger: (await ledger.getAddress()) as Hex };
    const forged = scenario.entry(scenario.voucher(), { outputHash: id("forged") as Hex });
    const root = receiptRoot(receiptTree([receiptLeaf(own, forged, 0)]));
    const value = await ledger.bondFor(1);
    await ledger.connect(rival).post(root, 1, { value });
    const index = { ...batch, entries: [forged] };
    const [claim, , termsOf] = settledQuestion(index, 0);
    const proofless = { ...inclusion, item: { ...inclusion.item, index: 0 }, proof: [] };
    expect(await ledger.isSettled(claim, proofless, termsOf)).to.be.false;
  });
});

describe("ReceiptLedger.requireSettled", () => {
  it("reverts with VoucherTermsMismatch for terms that were not signed", async () => {
    const { ledger, entry, voucher, post } = await deployed();
    const batch = await post([entry(voucher()), entry(voucher())]);
    await time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
    const [statement, inclusion, terms] = settledQuestion(batch, 0);
    const [, other, otherTerms] = settledQuestion(batch, 1);
    await expect(ledger.requireSettled(statement, inclusion, otherTerms, all(signature)))
      .to.be.revertedWithCustomError(ledger, "VoucherTermsMismatch")
      .withArgs(other.item.voucher.terms, inclusion.item.voucher.terms);
    await expect(
      ledger.reportEquivocation(inclusion, otherTerms, other, terms),
    ).to.be.revertedWithCustomError(ledger, "VoucherTermsMismatch");
  });

  it("reverts with AssuranceNotVerified for an item that was undisputed but never proven", async () => {
    const claimed = { ...NO_CLAIM, kinds: ["zk" as const, "signature" as const] };
    const { ledger, entry, voucher, post } = await deployed();
    const batch = await post([entry(voucher(), { claimed })]);
    await time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
    await expect(ledger.requireSettled(...settledQuestion(batch, 0), all(signature)))
      .to.be.revertedWithCustomError(ledger, "AssuranceNotVerified")
      .withArgs(batch.id, 0n);
    await expect(ledger.assuranceOf(batch.id, 0)).to.be.revertedWithCustomError(
      ledger,
      "AssuranceNotVerified",
    );
  });

  it("reverts for what is not final, another statement, and a floor that the evidence does not reach", async () => {
    const scenario = await disputed();
    const { ledger, prover, router, batch, voucher, signed } = scenario;
    const question = settledQuestion(batch, 1);
    await expect(ledger.requireSettled(...question, all(signature)))
      .to.be.revertedWithCustomError(ledger, "ItemNotFinal")
      .withArgs(batch.id, 1n);
    await prover.prove(batch.inclusion(1), signed, POLICY, await scenario.receipt(voucher));
    const assurance = await ledger.requireSettled(...question, all(signature));
    expect(assurance.kinds).to.equal(1n << SIGNATURE);
    await expect(
      ledger.requireSettled(...question, all(signature, zk())),
    ).to.be.revertedWithCustomError(router, "PolicyNotMet");
    await expect(ledger.requireSettled(...question, NOTHING)).to.be.revertedWithCustomError(
      router,
      "PolicyEmpty",
    );
    const [statement, ...rest] = question;
    await expect(
      ledger.requireSettled({ ...statement, outputHash: id("other") }, ...rest, all(signature)),
    ).to.be.revertedWithCustomError(ledger, "ItemStatementMismatch");
    const [, inclusion, terms] = question;
    await expect(
      ledger.requireSettled(
        statement,
        { ...inclusion, proof: [] },
        {
          ...terms,
          policy: encodeTerms({ ...voucher.terms, policy: allOf([requireZk("any")]) }).policy,
        },
        all(signature),
      ),
    ).to.be.revertedWithCustomError(ledger, "ItemNotIncluded");
  });
});
