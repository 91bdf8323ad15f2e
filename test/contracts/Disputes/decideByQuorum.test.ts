import { expect } from "chai";
import { ZeroAddress, toBeHex } from "ethers";
import {
  CONCLUSION_PERIOD,
  DISPUTE,
  FINALITY,
  ROUND_PERIOD,
  STATUS,
  at,
  byQuorum,
  deployDisputes,
} from "../../helpers/disputeScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { BAD, ETHER, GOOD, all, escrowOf, hashOfWords, sign } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployDisputes);
const round = (n: number): string => toBeHex(n, 32);

async function panelAsked(output = GOOD) {
  const scenario = await deployed();
  const answer = await scenario.answered({ policy: all(byQuorum()), output });
  const decideBy = await scenario.challenged(answer);
  return { ...scenario, ...answer, decideBy };
}

describe("Disputes.challenge, decided by a quorum", () => {
  it("asks a panel without the accused and prepays it with the bond", async () => {
    const { disputes, arbiter, requests, challenger, operator, answered } = await deployed();
    const { id, terms, output } = await answered({ policy: all(byQuorum()) });
    const tx = disputes
      .connect(challenger)
      .challenge(requests, id, terms, output, { value: terms.bond });
    await expect(tx).to.changeEtherBalances(
      ethers,
      [challenger, disputes, arbiter],
      [-terms.bond, 0n, terms.bond],
    );
    await expect(tx)
      .to.emit(disputes, "RoundOpened")
      .withArgs(requests, id, round(1), challenger, terms.bond);
    const dispute = await disputes.disputeOf(requests, id);
    expect([dispute.status, dispute.round]).to.deep.equal([DISPUTE.quorum, round(1)]);
    const question = await arbiter.questionOf(round(1));
    expect([...question]).to.deep.equal([
      terms.release,
      id,
      operator.address,
      2n,
      3n,
      challenger.address,
    ]);
  });
});

describe("Disputes.conclude", () => {
  describe("given a panel that gave the same output", () => {
    it("makes the answer final", async () => {
      const { disputes, arbiter, requests, vault, operator, challenger, id, terms, output } =
        await panelAsked();
      await arbiter.decide(round(1), hashOfWords(output));
      await disputes.conclude(requests, id, terms, output);
      expect(await requests.statusOf(id)).to.equal(STATUS.fulfilled);
      expect((await disputes.disputeOf(requests, id)).status).to.equal(DISPUTE.upheld);
      expect(await requests.creditOf(ZeroAddress, operator)).to.be.greaterThan(0n);
      expect((await vault.stakeOf(operator)).own).to.equal(11n * ETHER);
      expect(await disputes.creditOf(ZeroAddress, challenger)).to.equal(0n);
    });
  });

  describe("given a panel that gave another", () => {
    it("slashes the operator and rewards the challenger", async () => {
      const { disputes, arbiter, requests, vault, operator, challenger, id, terms, output } =
        await panelAsked(BAD);
      await arbiter.decide(round(1), hashOfWords(GOOD));
      await disputes.conclude(requests, id, terms, output);
      expect(await requests.statusOf(id)).to.equal(STATUS.overturned);
      expect((await disputes.disputeOf(requests, id)).status).to.equal(DISPUTE.overturned);
      expect((await vault.stakeOf(operator)).own).to.equal(10n * ETHER);
      expect(await vault.creditOf(challenger)).to.be.greaterThan(terms.bond);
    });
  });

  describe("given panels that fail until the time is over", () => {
    it("refunds the requester and frees the stake; nobody is slashed, rewarded or paid", async () => {
      const scenario = await panelAsked(BAD);
      const { disputes, arbiter, requests, vault, operator, requester, challenger } = scenario;
      const { id, terms, output, decideBy } = scenario;
      await arbiter.fail(round(1));
      await at(decideBy);
      await expect(disputes.conclude(requests, id, terms, output)).to.be.revertedWithCustomError(
        disputes,
        "ResponsePeriodOpen",
      );
      await at(decideBy + 1n);
      await disputes.conclude(requests, id, terms, output);
      expect((await disputes.disputeOf(requests, id)).status).to.equal(DISPUTE.undecided);
      expect(await requests.finalityOf(id)).to.equal(FINALITY.overturned);
      expect(await requests.creditOf(ZeroAddress, requester)).to.equal(escrowOf(terms));
      expect(await requests.creditOf(ZeroAddress, operator)).to.equal(0n);
      expect((await vault.stakeOf(operator)).own).to.equal(11n * ETHER);
      // The signature's bond is all that is still exposed.
      expect((await vault.exposureOf(operator)).own).to.equal(ETHER);
      expect(await vault.creditOf(challenger)).to.equal(0n);
      expect(await arbiter.refundOf(challenger)).to.equal(terms.bond);
    });

    it("costs the stake all the same where the operator is shown to have signed two answers", async () => {
      const scenario = await panelAsked(BAD);
      const { disputes, arbiter, requests, vault, router, signatures } = scenario;
      const { operator, requester, rival, domain, claim, id, terms, output, decideBy } = scenario;
      const [own, other] = [claim(id, terms, BAD), claim(id, terms, GOOD)];
      await signatures.connect(rival).showEquivocation(
        router,
        {
          ...{ release: own.release, request: own.request, operator: own.operator },
          ...{ inputHash: hashOfWords(own.input), outputHash: hashOfWords(own.output) },
        },
        (await sign(operator, domain, own)).data,
        hashOfWords(other.output),
        (await sign(operator, domain, other)).data,
      );
      const rewarded = await vault.creditOf(rival);
      await arbiter.fail(round(1));
      await at(decideBy + 1n);
      await disputes.conclude(requests, id, terms, output);
      expect((await disputes.disputeOf(requests, id)).status).to.equal(DISPUTE.undecided);
      expect(await requests.creditOf(ZeroAddress, requester)).to.equal(escrowOf(terms));
      // The bond of an ether, and the request's stake of another.
      expect((await vault.stakeOf(operator)).own).to.equal(9n * ETHER);
      expect(await vault.creditOf(requester)).to.equal(terms.maxFee);
      expect(await vault.creditOf(rival)).to.be.greaterThan(rewarded);
    });

    it("makes no answer final, neither a right nor a wrong one", async () => {
      for (const output of [GOOD, BAD]) {
        const { disputes, arbiter, requests, id, terms, decideBy } = await panelAsked(output);
        await arbiter.fail(round(1));
        await at(decideBy + 1n);
        await disputes.conclude(requests, id, terms, output);
        expect(await requests.finalityOf(id)).to.equal(FINALITY.overturned);
      }
    });
  });

  describe("given a round that is pending", () => {
    it("waits for it a period longer, and no longer", async () => {
      const { disputes, requests, id, terms, output, decideBy } = await panelAsked();
      await at(decideBy + CONCLUSION_PERIOD);
      await expect(disputes.conclude(requests, id, terms, output)).to.be.revertedWithCustomError(
        disputes,
        "ResponsePeriodOpen",
      );
      await at(decideBy + CONCLUSION_PERIOD + 1n);
      await disputes.conclude(requests, id, terms, output);
      expect((await disputes.disputeOf(requests, id)).status).to.equal(DISPUTE.undecided);
    });

    it("is decided by it after the time is over, too", async () => {
      const { disputes, arbiter, requests, id, terms, output, decideBy } = await panelAsked();
      await at(decideBy + CONCLUSION_PERIOD);
      await arbiter.decide(round(1), hashOfWords(output));
      await disputes.conclude(requests, id, terms, output);
      expect(await requests.finalityOf(id)).to.equal(FINALITY.final);
    });
  });

  describe("when there is nothing to conclude", () => {
    it("reverts with DisputeStatusInvalid: decided, or awaiting a proof", async () => {
      const { disputes, arbiter, requests, id, terms, output, answered, challenged } =
        await panelAsked();
      await arbiter.decide(round(1), hashOfWords(output));
      await disputes.conclude(requests, id, terms, output);
      const proofs = await answered();
      await challenged(proofs);
      for (const it of [{ id, terms, output }, proofs]) {
        await expect(
          disputes.conclude(requests, it.id, it.terms, it.output),
        ).to.be.revertedWithCustomError(disputes, "DisputeStatusInvalid");
      }
    });

    it("reverts with DisputeAnswerMismatch for another output than the answer's", async () => {
      const { disputes, arbiter, requests, id, terms } = await panelAsked(BAD);
      await arbiter.decide(round(1), hashOfWords(GOOD));
      await expect(disputes.conclude(requests, id, terms, GOOD)).to.be.revertedWithCustomError(
        disputes,
        "DisputeAnswerMismatch",
      );
    });
  });

  describe("when the operator would have a clock run out", () => {
    it("cannot be timed out: DisputeStatusInvalid", async () => {
      const { disputes, requests, id, terms, output, decideBy } = await panelAsked();
      await at(decideBy + 1n);
      await expect(disputes.timeout(requests, id, terms, output)).to.be.revertedWithCustomError(
        disputes,
        "DisputeStatusInvalid",
      );
    });
  });
});

describe("Disputes.rerun", () => {
  it("asks another panel, for whoever pays it", async () => {
    const { disputes, arbiter, requests, operator, id, terms, output } = await panelAsked();
    await arbiter.fail(round(1));
    const value = terms.bond * 5n;
    await expect(disputes.connect(operator).rerun(requests, id, terms, output, { value }))
      .to.emit(disputes, "RoundOpened")
      .withArgs(requests, id, round(2), operator, value);
    expect((await arbiter.questionOf(round(2))).payer).to.equal(operator.address);
    await arbiter.decide(round(2), hashOfWords(output));
    await disputes.conclude(requests, id, terms, output);
    expect(await requests.finalityOf(id)).to.equal(FINALITY.final);
  });

  it("does not move the end of the dispute", async () => {
    const { disputes, arbiter, requests, id, terms, output, decideBy } = await panelAsked();
    await arbiter.fail(round(1));
    await disputes.rerun(requests, id, terms, output, { value: terms.bond });
    expect((await disputes.disputeOf(requests, id)).decideBy).to.equal(decideBy);
  });

  describe("when the latest round has not failed", () => {
    it("reverts with RoundNotFailed: pending or decided", async () => {
      const { disputes, arbiter, requests, id, terms, output } = await panelAsked();
      const rerun = () => disputes.rerun(requests, id, terms, output, { value: terms.bond });
      await expect(rerun()).to.be.revertedWithCustomError(disputes, "RoundNotFailed");
      await arbiter.decide(round(1), hashOfWords(output));
      await expect(rerun()).to.be.revertedWithCustomError(disputes, "RoundNotFailed");
    });
  });

  describe("when it would end too late", () => {
    it("reverts with RoundTooLate, and not a second earlier", async () => {
      const { disputes, arbiter, requests, id, terms, output, decideBy } = await panelAsked();
      await arbiter.fail(round(1));
      const rerun = () => disputes.rerun(requests, id, terms, output, { value: terms.bond });
      const snapshot = await networkHelpers.takeSnapshot();
      await at(decideBy - ROUND_PERIOD + 1n);
      await expect(rerun()).to.be.revertedWithCustomError(disputes, "RoundTooLate");
      await snapshot.restore();
      await at(decideBy - ROUND_PERIOD);
      await rerun();
    });
  });

  describe("when it is paid less than the bond", () => {
    it("reverts with RoundPaymentTooLow", async () => {
      const { disputes, arbiter, requests, id, terms, output } = await panelAsked();
      await arbiter.fail(round(1));
      await expect(
        disputes.rerun(requests, id, terms, output, { value: terms.bond - 1n }),
      ).to.be.revertedWithCustomError(disputes, "RoundPaymentTooLow");
    });
  });

  describe("when a proof decides, or what is brought is not the answer", () => {
    it("reverts with DisputeStatusInvalid or DisputeAnswerMismatch", async () => {
      const { disputes, arbiter, requests, id, terms, answered, challenged } = await panelAsked();
      await arbiter.fail(round(1));
      await expect(
        disputes.rerun(requests, id, terms, BAD, { value: terms.bond }),
      ).to.be.revertedWithCustomError(disputes, "DisputeAnswerMismatch");
      const other = await answered();
      await challenged(other);
      await expect(
        disputes.rerun(requests, other.id, other.terms, other.output, { value: terms.bond }),
      ).to.be.revertedWithCustomError(disputes, "DisputeStatusInvalid");
    });
  });
});
