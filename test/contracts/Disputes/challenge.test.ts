import { expect } from "chai";
import { ZeroAddress, id, zeroPadValue } from "ethers";
import {
  CONCLUSION_PERIOD,
  DAY,
  DISPUTE,
  RESPONSE_PERIOD,
  STATUS,
  at,
  byQuorum,
  deployDisputes,
  optimistic,
} from "../../helpers/disputeScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { BAD, CIRCUIT, TRUST, all, prove, release, zk } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployDisputes);

describe("Disputes.constructor", () => {
  it("reverts with ArbiterMismatch without an arbiter where quorums are evidence", async () => {
    const { disputes, router } = await deployed();
    await expect(
      ethers.deployContract("Disputes", [router, ZeroAddress]),
    ).to.be.revertedWithCustomError(disputes, "ArbiterMismatch");
  });

  it("reverts with ArbiterMismatch with an arbiter where they are not", async () => {
    const { disputes, arbiter, models, circuits, groth16 } = await deployed();
    const router = await ethers.deployContract("EvidenceRouter", [models, circuits, [groth16]]);
    await expect(
      ethers.deployContract("Disputes", [router, arbiter]),
    ).to.be.revertedWithCustomError(disputes, "ArbiterMismatch");
    await ethers.deployContract("Disputes", [router, ZeroAddress]);
  });

  it("reverts with ArbiterTooSlow where no round fits a dispute", async () => {
    const { disputes, models, circuits } = await deployed();
    const deploy = async (period: bigint) => {
      const arbiter = await ethers.deployContract("ArbiterMock", [period]);
      const router = await ethers.deployContract("EvidenceRouter", [models, circuits, [arbiter]]);
      return ethers.deployContract("Disputes", [router, arbiter]);
    };
    await deploy(RESPONSE_PERIOD);
    await expect(deploy(RESPONSE_PERIOD + 1n)).to.be.revertedWithCustomError(
      disputes,
      "ArbiterTooSlow",
    );
  });

  it("leaves a day to send what the clocks decided before the stake lapses", async () => {
    const { disputes, router, requests, vault } = await deployed();
    const clocks =
      (await router.MAX_WINDOW()) +
      (await disputes.RESPONSE_PERIOD()) +
      (await disputes.CONCLUSION_PERIOD());
    expect(await disputes.CONCLUSION_PERIOD()).to.equal(CONCLUSION_PERIOD);
    expect(clocks + DAY).to.be.at.most(await requests.DISPUTE_PERIOD());
    expect(await requests.DISPUTE_PERIOD()).to.be.lessThan(await vault.MAX_LIABILITY());
  });
});

describe("Disputes.challenge", () => {
  it("takes the bond, stops the answer's clock and starts the operator's", async () => {
    const { disputes, requests, challenger, operator, answered } = await deployed();
    const { id, terms, output } = await answered();
    const tx = disputes
      .connect(challenger)
      .challenge(requests, id, terms, output, { value: terms.bond });
    await expect(tx).to.changeEtherBalances(
      ethers,
      [challenger, disputes],
      [-terms.bond, terms.bond],
    );
    const decideBy = BigInt(await networkHelpers.time.latest()) + RESPONSE_PERIOD;
    await expect(tx)
      .to.emit(disputes, "AnswerChallenged")
      .withArgs(requests, id, challenger, operator, terms.bond, decideBy);
    await expect(tx).to.emit(requests, "AnswerContested").withArgs(id);
    expect(await requests.statusOf(id)).to.equal(STATUS.challenged);
    const dispute = await disputes.disputeOf(requests, id);
    expect(dispute.status).to.equal(DISPUTE.proof);
    expect(dispute.challenger).to.equal(challenger.address);
    expect(dispute.operator).to.equal(operator.address);
    expect(dispute.decideBy).to.equal(decideBy);
    expect(dispute.n).to.equal(0n);
  });

  describe("given the last second of the window", () => {
    it("is in time, and has the operator's whole clock", async () => {
      const { disputes, requests, challenged, answered } = await deployed();
      const answer = await answered();
      await at(answer.windowEnd);
      expect(await challenged(answer)).to.equal(answer.windowEnd + RESPONSE_PERIOD);
      await expect(
        requests.finalize(answer.id, answer.terms, answer.output),
      ).to.be.revertedWithCustomError(requests, "RequestStatusInvalid");
      expect((await disputes.disputeOf(requests, answer.id)).status).to.equal(DISPUTE.proof);
    });

    it("reverts with ChallengeWindowClosed a second later", async () => {
      const { disputes, requests, challenger, answered } = await deployed();
      const { id, terms, output, windowEnd } = await answered();
      await at(windowEnd + 1n);
      await expect(
        disputes.connect(challenger).challenge(requests, id, terms, output, { value: terms.bond }),
      ).to.be.revertedWithCustomError(requests, "ChallengeWindowClosed");
    });
  });

  describe("given an answer that nobody challenges", () => {
    it("is final from the second after its window", async () => {
      const { requests, answered } = await deployed();
      const { id, terms, output, windowEnd } = await answered();
      await at(windowEnd);
      await expect(requests.finalize(id, terms, output)).to.be.revertedWithCustomError(
        requests,
        "ChallengeWindowOpen",
      );
      await at(windowEnd + 1n);
      await requests.finalize(id, terms, output);
      expect(await requests.statusOf(id)).to.equal(STATUS.fulfilled);
    });
  });

  describe("when the bond is not exact", () => {
    for (const [name, by] of [
      ["less", -1n],
      ["more", 1n],
    ] as const) {
      it(`reverts with EscrowMismatch for a wei ${name}`, async () => {
        const { disputes, requests, challenger, answered } = await deployed();
        const { id, terms, output } = await answered();
        await expect(
          disputes
            .connect(challenger)
            .challenge(requests, id, terms, output, { value: terms.bond + by }),
        ).to.be.revertedWithCustomError(disputes, "EscrowMismatch");
      });
    }
  });

  describe("when what is brought is not the answer", () => {
    it("reverts with DisputeAnswerMismatch for another output, bond or request", async () => {
      const { disputes, requests, challenger, answered } = await deployed();
      const { id, terms, output } = await answered();
      const other = await answered();
      for (const [request, brought, words] of [
        [id, terms, BAD],
        [id, { ...terms, bond: 1n }, output],
        [id, { ...terms, policy: all(byQuorum()) }, output],
        [other.id, terms, output],
      ] as const) {
        await expect(
          disputes
            .connect(challenger)
            .challenge(requests, request, brought, [...words], { value: brought.bond }),
        ).to.be.revertedWithCustomError(disputes, "DisputeAnswerMismatch");
      }
    });
  });

  describe("given a dispute", () => {
    it("reverts with DisputeStatusInvalid for a second challenger", async () => {
      const { disputes, requests, stranger, answered, challenged } = await deployed();
      const answer = await answered();
      await challenged(answer);
      const { id, terms, output } = answer;
      await expect(
        disputes.connect(stranger).challenge(requests, id, terms, output, { value: terms.bond }),
      ).to.be.revertedWithCustomError(disputes, "DisputeStatusInvalid");
    });

    it("leaves another answer to be challenged beside it", async () => {
      const { disputes, requests, answered, challenged } = await deployed();
      const answers = [await answered(), await answered()];
      for (const answer of answers) await challenged(answer);
      for (const { id } of answers) {
        expect((await disputes.disputeOf(requests, id)).status).to.equal(DISPUTE.proof);
      }
    });
  });

  describe("given a policy of several clauses", () => {
    it("is decided by the clause with the longest window", async () => {
      const { disputes, requests, answered, challenged } = await deployed();
      const policy = all(byQuorum(DAY, 3n, 5n), byQuorum(2n * DAY, 4n, 5n));
      const answer = await answered({ policy });
      await challenged(answer);
      const dispute = await disputes.disputeOf(requests, answer.id);
      expect([dispute.status, dispute.k, dispute.n]).to.deep.equal([DISPUTE.quorum, 4n, 5n]);
    });

    it("is refused when it is asked for where its clauses name different judges", async () => {
      const { router, answered } = await deployed();
      for (const policy of [
        all(byQuorum(DAY), optimistic(2n * DAY)),
        all(optimistic(DAY), byQuorum(2n * DAY)),
        all(byQuorum(DAY, 5n, 5n), byQuorum(2n * DAY, 1n, 1n)),
      ])
        await expect(answered({ policy })).to.be.revertedWithCustomError(
          router,
          "PolicyJudgesConflict",
        );
    });

    it("is decided as its policy had it when it was proposed, whoever withdraws an attestation since", async () => {
      const scenario = await deployed();
      const { disputes, requests, circuits, models, publisher, stranger } = scenario;
      const { answered, challenged } = scenario;
      const circuit = { ...CIRCUIT, setup: 0n, r1cs: id("ceremony") };
      const circuitId = await circuits.register.staticCall(circuit);
      await circuits.register(circuit);
      const fresh = release({
        publisher: publisher.address,
        circuit: circuitId,
        version: "set up",
      });
      const releaseId = await models.publish.staticCall(fresh, "");
      await models.publish(fresh, "");
      await circuits.connect(stranger).attest(circuitId, circuit.transcript);
      const attested = optimistic(DAY, TRUST.attested, zeroPadValue(stranger.address, 32));
      const answer = await answered({ policy: all(attested), overrides: { release: releaseId } });
      await circuits.connect(stranger).withdrawAttestation(circuitId);
      await challenged(answer);
      const dispute = await disputes.disputeOf(requests, answer.id);
      expect([dispute.status, dispute.n]).to.deep.equal([DISPUTE.proof, 0n]);
      await disputes.answer(requests, answer.id, answer.terms, answer.output, answer.proof);
      expect(await requests.statusOf(answer.id)).to.equal(STATUS.fulfilled);
    });

    it("is decided by the judge that meets all of them, not by that of a shorter window", async () => {
      const { disputes, requests, answered, challenged } = await deployed();
      const policy = {
        allOf: [
          { anyOf: [optimistic(DAY / 2n), byQuorum(2n * DAY)] },
          { anyOf: [byQuorum(DAY), zk(TRUST.any)] },
        ],
        minStake: 0n,
      };
      const answer = await answered({ policy });
      const { movedAt } = await requests.resultOf(answer.id);
      expect(answer.windowEnd).to.equal(movedAt + 2n * DAY);
      await challenged(answer);
      const dispute = await disputes.disputeOf(requests, answer.id);
      expect([dispute.status, dispute.k, dispute.n]).to.deep.equal([DISPUTE.quorum, 2n, 3n]);
    });

    it("is challenged as long as one of them is not final, the proof notwithstanding", async () => {
      const { disputes, requests, domain, claim, answered, challenged } = await deployed();
      const policy = all(zk(), optimistic(DAY), optimistic(2n * DAY));
      const evidence = (id: string, terms: Parameters<typeof claim>[1]) => [
        prove(domain, claim(id, terms)),
      ];
      const answer = await answered({ policy, evidence });
      const { movedAt } = await requests.resultOf(answer.id);
      expect(answer.windowEnd).to.equal(movedAt + 2n * DAY);
      await at(answer.windowEnd);
      await challenged(answer);
      expect((await disputes.disputeOf(requests, answer.id)).status).to.equal(DISPUTE.proof);
    });

    it("is never decided by an alternative that nothing could meet", async () => {
      const { disputes, requests, circuitId, answered, challenged } = await deployed();
      for (const impossible of [
        optimistic(DAY, TRUST.pinned, circuitId), // a development set-up
        byQuorum(DAY, 3n, 2n),
      ]) {
        const policy = { allOf: [{ anyOf: [impossible, optimistic(2n * DAY)] }], minStake: 0n };
        const answer = await answered({ policy });
        await challenged(answer);
        const dispute = await disputes.disputeOf(requests, answer.id);
        expect([dispute.status, dispute.n]).to.deep.equal([DISPUTE.proof, 0n]);
      }
    });
  });
});
