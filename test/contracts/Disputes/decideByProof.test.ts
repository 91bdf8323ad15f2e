import { expect } from "chai";
import { ZeroAddress } from "ethers";
import {
  DAY,
  DISPUTE,
  FINALITY,
  STATUS,
  at,
  byQuorum,
  deployDisputes,
  optimistic,
} from "../../helpers/disputeScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import {
  BAD,
  ETHER,
  FEE,
  GOOD,
  INPUT,
  all,
  escrowOf,
  prove,
  release,
  sign,
  signature,
} from "../../helpers/vouchScenario.ts";
import { trapdoorKey } from "../../helpers/trapdoorKey.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployDisputes);

async function challengedAnswer() {
  const scenario = await deployed();
  const answer = await scenario.answered();
  const decideBy = await scenario.challenged(answer);
  return { ...scenario, ...answer, decideBy };
}

describe("Disputes.answer", () => {
  it("makes the answer final and owes the bond to the operator", async () => {
    const { disputes, requests, vault, operator, id, terms, output, proof } =
      await challengedAnswer();
    const tx = disputes.connect(operator).answer(requests, id, terms, output, proof);
    await expect(tx).to.emit(disputes, "DisputeDecided").withArgs(requests, id, DISPUTE.upheld);
    await expect(tx).to.emit(requests, "AnswerFinalized").withArgs(id);
    expect(await requests.statusOf(id)).to.equal(STATUS.fulfilled);
    expect(await disputes.creditOf(ZeroAddress, operator)).to.equal(terms.bond);
    expect(await requests.creditOf(ZeroAddress, operator)).to.be.greaterThan(0n);
    expect((await vault.stakeOf(operator)).own).to.equal(11n * ETHER);
    await expect(disputes.connect(operator).withdraw(ZeroAddress, operator)).to.changeEtherBalance(
      ethers,
      operator,
      terms.bond,
    );
  });

  describe("given the last second of the response", () => {
    it("is in time", async () => {
      const { disputes, requests, id, terms, output, proof, decideBy } = await challengedAnswer();
      await at(decideBy);
      await disputes.answer(requests, id, terms, output, proof);
      expect(await requests.finalityOf(id)).to.equal(FINALITY.final);
    });

    it("reverts with ResponsePeriodClosed a second later", async () => {
      const { disputes, requests, id, terms, output, proof, decideBy } = await challengedAnswer();
      await at(decideBy + 1n);
      await expect(
        disputes.answer(requests, id, terms, output, proof),
      ).to.be.revertedWithCustomError(disputes, "ResponsePeriodClosed");
    });
  });

  describe("when somebody copies the proof from the mempool", () => {
    it("owes the bond to the operator all the same", async () => {
      const { disputes, requests, operator, stranger, id, terms, output, proof } =
        await challengedAnswer();
      await disputes.connect(stranger).answer(requests, id, terms, output, proof);
      expect(await disputes.creditOf(ZeroAddress, operator)).to.equal(terms.bond);
      expect(await disputes.creditOf(ZeroAddress, stranger)).to.equal(0n);
    });
  });

  describe("when the proof is of another statement", () => {
    it("reverts with ProofInvalid: other request, operator, input, output, key or chain", async () => {
      const { disputes, requests, groth16, rival, domain, claim, id, terms, output, answered } =
        await challengedAnswer();
      const other = await answered();
      const own = claim(id, terms);
      const input = [INPUT[0]! ^ 1n];
      for (const proof of [
        other.proof,
        prove(domain, { ...own, operator: rival.address }).data,
        prove(domain, { ...own, input }).data,
        prove(domain, { ...own, output: BAD }).data,
        prove(domain, own, trapdoorKey("vouch.other")).data,
        prove({ ...domain, chainId: domain.chainId + 1n }, own).data,
      ]) {
        await expect(
          disputes.answer(requests, id, terms, output, proof),
        ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
      }
      expect(await requests.statusOf(id)).to.equal(STATUS.challenged);
    });

    it("reverts with DisputeAnswerMismatch where its own words are brought", async () => {
      const { disputes, requests, domain, claim, id, terms } = await challengedAnswer();
      const proof = prove(domain, claim(id, terms, BAD)).data;
      await expect(disputes.answer(requests, id, terms, BAD, proof)).to.be.revertedWithCustomError(
        disputes,
        "DisputeAnswerMismatch",
      );
    });
  });

  describe("given a floor that a proof alone does not meet", () => {
    it("is upheld by it: the answer met the rest", async () => {
      const scenario = await deployed();
      const { disputes, requests, models, publisher, operator, circuitId, domain } = scenario;
      const floor = { ...all(signature), minStake: ETHER };
      const floored = release({
        publisher: publisher.address,
        circuit: circuitId,
        version: "2",
        floor,
      });
      const releaseId = await models.connect(publisher).publish.staticCall(floored, "");
      await models.connect(publisher).publish(floored, "");
      const answer = await scenario.answered({
        overrides: { release: releaseId },
        evidence: async (id, terms) => {
          return [await sign(operator, domain, scenario.claim(id, terms))];
        },
      });
      await scenario.challenged(answer);
      await disputes.answer(requests, answer.id, answer.terms, answer.output, answer.proof);
      expect(await requests.finalityOf(answer.id)).to.equal(FINALITY.final);
    });
  });

  describe("when there is nothing to answer", () => {
    it("reverts with DisputeStatusInvalid: not challenged, decided, or a panel's", async () => {
      const { disputes, requests, id, terms, output, proof, answered, challenged } =
        await challengedAnswer();
      await disputes.answer(requests, id, terms, output, proof);
      const unchallenged = await answered();
      const panels = await answered({ policy: all(byQuorum()) });
      await challenged(panels);
      for (const it of [{ id, terms, output, proof }, unchallenged, panels]) {
        await expect(
          disputes.answer(requests, it.id, it.terms, it.output, it.proof),
        ).to.be.revertedWithCustomError(disputes, "DisputeStatusInvalid");
      }
    });
  });
});

describe("Disputes.timeout", () => {
  it("slashes the operator, makes the requester whole and rewards the challenger", async () => {
    const scenario = await deployed();
    const { disputes, requests, vault, operator, requester, challenger, stranger } = scenario;
    const answer = await scenario.answered({
      output: BAD,
      overrides: { cover: ETHER / 5n },
    });
    const { id, terms, output } = answer;
    const decideBy = await scenario.challenged(answer);
    await at(decideBy + 1n);
    const tx = disputes.connect(stranger).timeout(requests, id, terms, output);
    await expect(tx).to.emit(disputes, "DisputeDecided").withArgs(requests, id, DISPUTE.overturned);
    await expect(tx).to.emit(requests, "AnswerOverturned").withArgs(id, operator);

    expect(await requests.statusOf(id)).to.equal(STATUS.overturned);
    const compensation = FEE + terms.cover;
    expect((await vault.stakeOf(operator)).own).to.equal(10n * ETHER);
    expect(await vault.creditOf(requester)).to.equal(compensation);
    expect(await vault.creditOf(challenger)).to.equal((ETHER - compensation) / 2n);
    expect(await disputes.creditOf(ZeroAddress, challenger)).to.equal(terms.bond);
    expect(await disputes.creditOf(ZeroAddress, operator)).to.equal(0n);
    expect(await requests.creditOf(ZeroAddress, operator)).to.equal(0n);
  });

  describe("given the last second of the response", () => {
    it("reverts with ResponsePeriodOpen, and not a second later", async () => {
      const { disputes, requests, id, terms, output, decideBy } = await challengedAnswer();
      await at(decideBy);
      await expect(disputes.timeout(requests, id, terms, output)).to.be.revertedWithCustomError(
        disputes,
        "ResponsePeriodOpen",
      );
      await at(decideBy + 1n);
      await disputes.timeout(requests, id, terms, output);
      expect(await requests.finalityOf(id)).to.equal(FINALITY.overturned);
    });
  });

  describe("when what is brought is not the answer", () => {
    it("reverts with DisputeAnswerMismatch", async () => {
      const { disputes, requests, id, terms, decideBy } = await challengedAnswer();
      await at(decideBy + 1n);
      for (const brought of [{ ...terms, bond: terms.bond * 2n }, terms]) {
        await expect(
          disputes.timeout(requests, id, brought, brought === terms ? BAD : GOOD),
        ).to.be.revertedWithCustomError(disputes, "DisputeAnswerMismatch");
      }
    });
  });

  describe("given an answer at its deadline, in the longest window, challenged in its last second", () => {
    it("still slashes when the clocks have run out", async () => {
      const { disputes, requests, vault, operator, params, requester, challenger } =
        await deployed();
      const terms = await params({ policy: all(optimistic(5n * DAY)) });
      await requests.connect(requester).request(terms, { value: escrowOf(terms) });
      const id = await requests.requestIdOf(requester, terms.nonce);
      await requests.connect(operator).lock(id, terms);
      await at(terms.deadline);
      await requests.connect(operator).fulfil(id, terms, BAD, []);
      await at(terms.deadline + 5n * DAY);
      await disputes.connect(challenger).challenge(requests, id, terms, BAD, { value: terms.bond });
      await at(terms.deadline + 9n * DAY + 1n);
      await disputes.timeout(requests, id, terms, BAD);
      expect((await vault.stakeOf(operator)).own).to.equal(10n * ETHER);
    });
  });

  describe("given stake that lapsed", () => {
    it("refunds the requester and returns the bond all the same", async () => {
      const { disputes, requests, vault, operator, requester, challenger, id, terms, output } =
        await challengedAnswer();
      await vault.connect(operator).requestExit(10n * ETHER);
      await at(terms.deadline + 22n * DAY);
      await vault.lapse(operator, requests, id);
      await vault.connect(operator).withdrawExit(operator);
      await disputes.timeout(requests, id, terms, output);
      expect(await requests.creditOf(ZeroAddress, requester)).to.be.greaterThan(0n);
      expect(await disputes.creditOf(ZeroAddress, challenger)).to.equal(terms.bond);
      expect(await vault.creditOf(challenger)).to.equal(0n);
    });
  });
});
