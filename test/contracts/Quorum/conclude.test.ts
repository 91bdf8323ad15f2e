import { expect } from "chai";
import { AbiCoder, ZeroAddress, ZeroHash, id, keccak256 } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  FEE,
  QUORUM,
  STAKE,
  STATUS,
  deployQuorum,
  output,
  quorumOf,
  saltOf,
  scenarioWith,
} from "../../helpers/quorumScenario.ts";
import type { Panellist, QuorumScenario } from "../../helpers/quorumScenario.ts";
import { CIRCUIT, ETHER, all, hashOfWords, release } from "../../helpers/vouchScenario.ts";
import type { Params } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const withCommittedOutput = () =>
  scenarioWith({ ...CIRCUIT, output: { mode: 1n, elements: 1n, bits: 32n, isSigned: true } });
const withoutCircuit = () => scenarioWith(null);
const NET = (FEE * 95n) / 100n;
const EVIDENCE = [{ kind: QUORUM, data: "0x" }];

type Drawn = QuorumScenario & {
  readonly wanted: Params;
  readonly request: string;
  readonly round: string;
  readonly panel: readonly Panellist[];
};

async function drawn(
  requirement = quorumOf(2n, 3n),
  overrides: Partial<Params> = {},
  fixture: () => Promise<QuorumScenario> = deployQuorum,
): Promise<Drawn> {
  const scenario = await networkHelpers.loadFixture(fixture);
  const wanted = await scenario.params(requirement, overrides);
  const { request, round } = await scenario.open(wanted);
  return { ...scenario, wanted, request, round, panel: await scenario.draw(round) };
}

const member = (it: Drawn, seat: number): Panellist => it.panel[seat] as Panellist;

/** Commits and reveals; `null` neither commits nor reveals. */
async function play(it: Drawn, outputs: readonly (bigint[] | null)[]): Promise<void> {
  await it.commitAll(it.round, it.panel, outputs);
  if (outputs.some((words) => words === null)) await toReveal(it);
  for (const [i, words] of outputs.entries()) {
    if (words !== null) await it.reveal(it.round, member(it, i), words);
  }
}

async function toReveal({ quorum, round }: Drawn): Promise<void> {
  const { commitDeadline } = await quorum.deadlinesOf(round);
  await networkHelpers.time.increaseTo(commitDeadline + 1n);
}

async function toConclude({ quorum, round }: Drawn): Promise<void> {
  const { revealDeadline } = await quorum.deadlinesOf(round);
  await networkHelpers.time.increaseTo(revealDeadline + 1n);
}

async function settled(it: Drawn, words: bigint[]): Promise<void> {
  await it.requests.fulfil(it.request, it.wanted, words, EVIDENCE);
  await it.quorum.settle(it.round);
}

const creditsOf = (it: Drawn): Promise<bigint[]> =>
  Promise.all(it.panel.map(({ signer }) => it.quorum.creditOf(ZeroAddress, signer)));

async function expectFreed(it: Drawn): Promise<void> {
  for (const { signer } of it.panel) {
    expect(await it.vault.exposureOf(signer)).to.deep.equal([0n, 0n]);
    expect((await it.pools.termsOf(it.requests, it.releaseId, signer)).rounds).to.equal(0n);
  }
}

describe("Quorum.commit", () => {
  it("reverts with SeatNotOf for another's seat, and for one that there is not", async () => {
    const it = await drawn();
    const { quorum, round } = it;
    for (const seat of [1n, 3n]) {
      await expect(quorum.connect(member(it, 0).signer).commit(round, seat, id("c")))
        .to.be.revertedWithCustomError(quorum, "SeatNotOf")
        .withArgs(round, seat, member(it, 0).signer.address);
    }
  });

  it("reverts with SeatStatusInvalid a second time", async () => {
    const it = await drawn();
    const { quorum, round } = it;
    await quorum.connect(member(it, 0).signer).commit(round, 0n, id("c"));
    await expect(
      quorum.connect(member(it, 0).signer).commit(round, 0n, id("d")),
    ).to.be.revertedWithCustomError(quorum, "SeatStatusInvalid");
  });

  it("reverts with RoundPhaseOver one second after its deadline", async () => {
    const it = await drawn();
    const { quorum, round } = it;
    const { commitDeadline } = await quorum.deadlinesOf(round);
    await networkHelpers.time.setNextBlockTimestamp(commitDeadline);
    await quorum.connect(member(it, 0).signer).commit(round, 0n, id("c"));
    await expect(
      quorum.connect(member(it, 1).signer).commit(round, 1n, id("c")),
    ).to.be.revertedWithCustomError(quorum, "RoundPhaseOver");
  });
});

describe("Quorum.reveal", () => {
  it("refuses a copied commitment: it holds the operator", async () => {
    const it = await drawn();
    const { quorum, round } = it;
    const words = output(5n);
    const salt = saltOf(member(it, 0));
    const copied = await quorum.commitmentOf(round, member(it, 0).signer, hashOfWords(words), salt);
    for (const { signer, seat } of it.panel)
      await quorum.connect(signer).commit(round, seat, copied);
    await quorum.connect(member(it, 0).signer).reveal(round, 0n, words, salt);
    await expect(quorum.connect(member(it, 1).signer).reveal(round, 1n, words, salt))
      .to.be.revertedWithCustomError(quorum, "CommitmentMismatch")
      .withArgs(round, 1n);
  });

  it("binds the commitment to chain, contract and round", async () => {
    const { quorum, round, panel } = await drawn();
    const { signer } = panel[0] as Panellist;
    const { chainId } = await ethers.provider.getNetwork();
    const encoded = AbiCoder.defaultAbiCoder().encode(
      ["uint256", "address", "bytes32", "address", "bytes32", "bytes32"],
      [chainId, await quorum.getAddress(), round, signer.address, id("o"), id("s")],
    );
    expect(await quorum.commitmentOf(round, signer, id("o"), id("s"))).to.equal(keccak256(encoded));
  });

  it("reverts with RoundPhaseNotOver while a member may still commit", async () => {
    const it = await drawn();
    await it.commitAll(it.round, it.panel, [output(1n), output(1n), null]);
    await expect(it.reveal(it.round, member(it, 0), output(1n))).to.be.revertedWithCustomError(
      it.quorum,
      "RoundPhaseNotOver",
    );
    await toReveal(it);
    await it.reveal(it.round, member(it, 0), output(1n));
  });

  it("reverts with RoundPhaseOver one second after its deadline", async () => {
    const it = await drawn();
    await it.commitAll(it.round, it.panel, [output(1n), output(1n), output(1n)]);
    const { revealDeadline } = await it.quorum.deadlinesOf(it.round);
    await networkHelpers.time.setNextBlockTimestamp(revealDeadline);
    await it.reveal(it.round, member(it, 0), output(1n));
    await expect(it.reveal(it.round, member(it, 1), output(1n))).to.be.revertedWithCustomError(
      it.quorum,
      "RoundPhaseOver",
    );
  });

  it("reverts with WordNotCanonical for words that no run gives", async () => {
    const it = await drawn();
    const words = [1n << 32n];
    await it.commitAll(it.round, it.panel, [words, words, words]);
    await expect(it.reveal(it.round, member(it, 0), words)).to.be.revertedWithCustomError(
      it.quorum,
      "WordNotCanonical",
    );
  });

  it("takes any words of a release without a circuit", async () => {
    const it = await drawn(quorumOf(2n, 3n), { input: [1n, 2n] }, withoutCircuit);
    const words = [2n ** 256n - 1n, 0n];
    await play(it, [words, words, words]);
    await it.quorum.conclude(it.round, []);
    expect((await it.quorum.resultOf(it.round)).outputHash).to.equal(hashOfWords(words));
  });

  it("reverts with SeatStatusInvalid for a seat without a commitment, or that has revealed", async () => {
    const it = await drawn();
    await it.commitAll(it.round, it.panel, [output(1n), null, null]);
    await toReveal(it);
    await it.reveal(it.round, member(it, 0), output(1n));
    for (const seat of [0, 1]) {
      await expect(it.reveal(it.round, member(it, seat), output(1n))).to.be.revertedWithCustomError(
        it.quorum,
        "SeatStatusInvalid",
      );
    }
  });
});

describe("Quorum.conclude", () => {
  describe("given outputs that are compared word by word", () => {
    it("concludes with what k members gave, pays them, and not the minority", async () => {
      const it = await drawn();
      await play(it, [output(5n), output(6n), output(5n)]);
      await expect(it.quorum.conclude(it.round, []))
        .to.emit(it.quorum, "RoundConcluded")
        .withArgs(it.round, hashOfWords(output(5n)), 2n, []);
      expect(await it.quorum.resultOf(it.round)).to.deep.equal([
        STATUS.concluded,
        hashOfWords(output(5n)),
        2n,
      ]);
      await settled(it, output(5n));
      expect(await creditsOf(it)).to.deep.equal([NET / 2n, 0n, NET / 2n]);
      await expectFreed(it);
      for (const { signer } of it.panel) {
        // The minority is not paid, and not slashed either.
        expect((await it.vault.stakeOf(signer)).own).to.equal(2n * ETHER);
      }
      const assurance = await it.requests.assuranceOf(it.request);
      expect([assurance.kinds, assurance.quorumK, assurance.quorumN]).to.deep.equal([2n, 2n, 3n]);
      expect(assurance.stakeAtRisk).to.equal(STAKE);
    });

    it("fails where fewer than k gave the same, pays nobody, and frees the lock", async () => {
      const it = await drawn();
      await play(it, [output(5n), output(6n), output(7n)]);
      await expect(it.quorum.conclude(it.round, [])).to.emit(it.quorum, "RoundFailed");
      await expectFreed(it);
      await expect(it.quorum.settle(it.round)).to.be.revertedWithCustomError(
        it.quorum,
        "RoundNotPaid",
      );
      await it.quorum.unlock(it.request, it.wanted);
      expect(await it.requests.statusOf(it.request)).to.equal(1n);
      await it.requests.connect(it.requester).cancel(it.request, it.wanted);
      expect(await it.requests.creditOf(ZeroAddress, it.requester)).to.equal(FEE);
    });

    it("opens another round for a request whose round failed, and only the later one counts", async () => {
      const it = await drawn();
      await play(it, [output(5n), output(6n), output(7n)]);
      await it.quorum.conclude(it.round, []);
      await it.quorum.unlock(it.request, it.wanted);
      await it.quorum.openFor(it.request, it.wanted);
      const round = await it.quorum.roundOf(it.request);
      expect(round).not.to.equal(it.round);
      const again = { ...it, round, panel: await it.draw(round) };
      await play(again, [output(9n), output(9n), output(9n)]);
      await it.quorum.conclude(round, []);
      await it.requests.fulfil(it.request, it.wanted, output(9n), EVIDENCE);
      await expect(it.quorum.settle(it.round)).to.be.revertedWithCustomError(
        it.quorum,
        "RoundNotCurrent",
      );
      await it.quorum.settle(round);
      const credits = await creditsOf(again);
      expect(credits.reduce((sum, credit) => sum + credit)).to.equal(NET);
    });

    it("concludes on a committed output", async () => {
      const it = await drawn(quorumOf(2n, 3n), {}, withCommittedOutput);
      await play(it, [[77n], [77n], [78n]]);
      await it.quorum.conclude(it.round, []);
      expect((await it.quorum.resultOf(it.round)).outputHash).to.equal(hashOfWords([77n]));
    });

    it("reverts with OutputsMismatch for outputs that are not asked for", async () => {
      const it = await drawn();
      await play(it, [output(5n), output(5n), output(5n)]);
      await expect(it.quorum.conclude(it.round, [output(5n)])).to.be.revertedWithCustomError(
        it.quorum,
        "OutputsMismatch",
      );
    });
  });

  describe("given a tolerance", () => {
    const values = async (given: readonly bigint[], tolerance: bigint, k = 2n) => {
      const it = await drawn(quorumOf(k, BigInt(given.length), tolerance));
      const outputs = given.map((value) => output(value));
      await play(it, outputs);
      return { ...it, outputs };
    };

    it("stores the median, which pays those within the tolerance of it, to the unit", async () => {
      const it = await values([-10n, 100n, 90n, 110n, 111n], 10n, 3n);
      await expect(it.quorum.conclude(it.round, it.outputs))
        .to.emit(it.quorum, "RoundConcluded")
        .withArgs(it.round, hashOfWords(output(100n)), 3n, output(100n));
      await settled(it, output(100n));
      const share = NET / 3n;
      const rest = NET % 3n;
      expect(await creditsOf(it)).to.deep.equal([0n, share + rest, share, share, 0n]);
      expect((await it.requests.assuranceOf(it.request)).tolerance).to.equal(10n);
    });

    it("fails where those within the tolerance of the median are too few by one", async () => {
      const it = await values([-10n, 100n, 89n, 110n, 111n], 10n, 3n);
      await expect(it.quorum.conclude(it.round, it.outputs)).to.emit(it.quorum, "RoundFailed");
    });

    it("keeps the output among the honest, whatever one extreme value is", async () => {
      for (const extreme of [-(1n << 31n), (1n << 31n) - 1n]) {
        const it = await values([101n, extreme, 100n], 1n);
        await it.quorum.conclude(it.round, it.outputs);
        const { outputHash, agreed } = await it.quorum.resultOf(it.round);
        expect(outputHash).to.equal(hashOfWords(output(extreme < 0n ? 100n : 101n)));
        expect(agreed).to.equal(2n);
      }
    });

    it("takes the lower of the two in the middle of an even number", async () => {
      const it = await values([7n, 4n, 6n, 5n], 10n, 3n);
      await it.quorum.conclude(it.round, it.outputs);
      expect((await it.quorum.resultOf(it.round)).outputHash).to.equal(hashOfWords(output(5n)));
    });

    it("reverts with OutputsMismatch unless all that was revealed is brought in order", async () => {
      const it = await values([1n, 2n, 3n], 1n);
      const [a, b, c] = it.outputs as [bigint[], bigint[], bigint[]];
      for (const brought of [[], [a, b], [a, c, b], [a, b, output(4n)], [a, b, c, c]]) {
        await expect(it.quorum.conclude(it.round, brought)).to.be.revertedWithCustomError(
          it.quorum,
          "OutputsMismatch",
        );
      }
      await it.quorum.conclude(it.round, [a, b, c]);
    });
  });

  describe("given absent members", () => {
    it("slashes who did not reveal by half of what it exposed, and burns it where the round concludes", async () => {
      const it = await drawn();
      await it.commitAll(it.round, it.panel, [output(5n), output(5n), output(5n)]);
      for (const seat of [0, 1]) await it.reveal(it.round, member(it, seat), output(5n));
      await expect(it.quorum.conclude(it.round, [])).to.be.revertedWithCustomError(
        it.quorum,
        "RoundPhaseNotOver",
      );
      await toConclude(it);
      await expect(it.quorum.conclude(it.round, []))
        .to.emit(it.quorum, "MemberAbsent")
        .withArgs(it.round, member(it, 2).signer.address, STAKE / 2n);
      expect((await it.vault.stakeOf(member(it, 2).signer)).own).to.equal(2n * ETHER - STAKE / 2n);
      expect(await it.vault.burned()).to.equal(STAKE / 2n);
      await settled(it, output(5n));
      expect(await creditsOf(it)).to.deep.equal([NET / 2n, NET / 2n, 0n]);
      await expectFreed(it);
    });

    it("compensates the requester where the round fails, by the fee and the cover at most", async () => {
      const it = await drawn(quorumOf(2n, 3n), { cover: 2n * FEE });
      await play(it, [output(5n), null, null]);
      await it.quorum.conclude(it.round, []);
      expect((await it.quorum.recordOf(it.round)).status).to.equal(STATUS.failed);
      expect(await it.vault.creditOf(it.requester)).to.equal(2n * FEE);
      expect(await it.vault.burned()).to.equal(STAKE - 2n * FEE);
      expect((await it.vault.stakeOf(member(it, 0).signer)).own).to.equal(2n * ETHER);
      await expectFreed(it);
    });

    it("ends without them once their liabilities are void", async () => {
      const it = await drawn();
      const { deadline } = it.wanted;
      await networkHelpers.time.increaseTo(deadline + 3n * 86_400n);
      await it.vault.lapse(member(it, 0).signer, it.quorum, it.round);
      await it.quorum.conclude(it.round, []);
      expect(await it.vault.burned()).to.equal(0n);
      await expectFreed(it);
    });
  });

  it("fails after the deadline, whatever was revealed", async () => {
    const it = await drawn();
    await play(it, [output(5n), output(5n), output(5n)]);
    await networkHelpers.time.increaseTo(it.wanted.deadline + 1n);
    await expect(it.quorum.conclude(it.round, [])).to.emit(it.quorum, "RoundFailed");
    await expectFreed(it);
  });

  it("reverts with RoundStatusInvalid a second time: a result never changes", async () => {
    const it = await drawn();
    await play(it, [output(5n), output(5n), output(5n)]);
    await it.quorum.conclude(it.round, []);
    await networkHelpers.time.increaseTo(it.wanted.deadline + 1n);
    await expect(it.quorum.conclude(it.round, [])).to.be.revertedWithCustomError(
      it.quorum,
      "RoundStatusInvalid",
    );
    await expect(it.quorum.unlock(it.request, it.wanted)).to.be.revertedWithCustomError(
      it.quorum,
      "RoundStatusInvalid",
    );
  });
});

describe("Quorum.verify", () => {
  const concluded = async (): Promise<Drawn> => {
    const it = await drawn();
    await play(it, [output(5n), output(5n), output(6n)]);
    await it.quorum.conclude(it.round, []);
    return it;
  };

  it("proves what the panel agreed on, for its request, release and input only", async () => {
    const it = await concluded();
    const { models, publisher, circuitId } = it;
    const published = release({ publisher: publisher.address, circuit: circuitId, version: "2" });
    const other = await models.publish.staticCall(published, "");
    await models.publish(published, "");
    const receipt = {
      release: it.releaseId,
      request: it.request,
      operator: await it.quorum.getAddress(),
      input: it.wanted.input,
      output: output(5n),
      evidence: EVIDENCE,
    };
    const policy = all(quorumOf(2n, 3n));
    const assurance = await it.router.requireReceipt(receipt, policy);
    expect([assurance.quorumK, assurance.quorumN, assurance.tolerance]).to.deep.equal([2n, 3n, 0n]);
    for (const forged of [
      { ...receipt, output: output(6n) },
      { ...receipt, input: [1n] },
      { ...receipt, request: id("other") },
      { ...receipt, release: other },
      { ...receipt, operator: member(it, 0).signer.address },
    ]) {
      await expect(it.router.requireReceipt(forged, policy)).to.be.revertedWithCustomError(
        it.quorum,
        "QuorumNotReached",
      );
    }
    await expect(
      it.router.requireReceipt({ ...receipt, evidence: [{ kind: QUORUM, data: "0x00" }] }, policy),
    ).to.be.revertedWithCustomError(it.quorum, "QuorumEvidenceNotEmpty");
    await expect(
      it.router.requireReceipt(receipt, all(quorumOf(3n, 3n))),
    ).to.be.revertedWithCustomError(it.router, "PolicyNotMet");
  });

  it("proves nothing while the round goes on", async () => {
    const it = await drawn();
    await play(it, [output(5n), output(5n), output(5n)]);
    await expect(
      it.requests.fulfil(it.request, it.wanted, output(5n), EVIDENCE),
    ).to.be.revertedWithCustomError(it.quorum, "QuorumNotReached");
  });
});

describe("Quorum.answer", () => {
  /** What the panel found, still open to challenge. */
  const policy = {
    allOf: [
      { anyOf: [quorumOf(2n, 3n)] },
      { anyOf: [{ kind: 2n, params: 3600n | (2n << 48n) | (3n << 56n), pin: ZeroHash }] },
    ],
    minStake: 0n,
  };

  it("answers where the answer stays open to challenge, which nobody else may", async () => {
    const it = await drawn(quorumOf(2n, 3n), { policy, bond: STAKE / 10n });
    await play(it, [output(5n), output(5n), output(5n)]);
    await it.quorum.conclude(it.round, []);
    await expect(
      it.requests.fulfil(it.request, it.wanted, output(5n), EVIDENCE),
    ).to.be.revertedWithCustomError(it.requests, "AnswerNotByOperator");
    await it.quorum.answer(it.request, it.wanted, output(5n), EVIDENCE);
    expect(await it.requests.statusOf(it.request)).to.equal(3n);
    await expect(it.quorum.settle(it.round)).to.be.revertedWithCustomError(
      it.quorum,
      "RoundNotPaid",
    );
    await networkHelpers.time.increase(3601n);
    await it.requests.finalize(it.request, it.wanted, output(5n));
    await it.quorum.settle(it.round);
    expect((await creditsOf(it)).reduce((sum, credit) => sum + credit)).to.equal(NET);
  });

  it("is worth no more than the smaller of two panels, the one that agreed and the one that would judge", async () => {
    const judge = (k: bigint, n: bigint) => ({
      allOf: [
        { anyOf: [quorumOf(2n, 3n)] },
        { anyOf: [{ kind: 2n, params: 3600n | (k << 48n) | (n << 56n), pin: ZeroHash }] },
      ],
      minStake: 0n,
    });
    const it = await drawn(quorumOf(2n, 3n), { policy: judge(2n, 3n), bond: STAKE / 10n });
    await play(it, [output(5n), output(5n), output(5n)]);
    await it.quorum.conclude(it.round, []);
    await it.quorum.answer(it.request, it.wanted, output(5n), EVIDENCE);
    const { assurance } = await it.requests.resultOf(it.request);
    // All three agreed; two of three would have judged.
    expect([assurance.quorumK, assurance.quorumN]).to.deep.equal([2n, 3n]);
    // Three of five would need more of the panel than a bare majority of it.
    await expect(
      drawn(quorumOf(2n, 3n), { policy: judge(3n, 5n), bond: STAKE / 10n }),
    ).to.be.revertedWithCustomError(
      await ethers.getContractAt("EvidenceRouter", await it.requests.router()),
      "PolicyJudgesConflict",
    );
  });

  it("reverts with QuorumNotReached for what the panel did not agree on", async () => {
    const it = await drawn(quorumOf(2n, 3n), { policy, bond: STAKE / 10n });
    await play(it, [output(5n), output(5n), output(5n)]);
    const attempt = () => it.quorum.answer(it.request, it.wanted, output(6n), []);
    await expect(attempt()).to.be.revertedWithCustomError(it.quorum, "QuorumNotReached");
    await it.quorum.conclude(it.round, []);
    await expect(attempt()).to.be.revertedWithCustomError(it.quorum, "QuorumNotReached");
  });
});

describe("Quorum.settle", () => {
  it("pays once, what members withdraw", async () => {
    const it = await drawn();
    await play(it, [output(5n), output(5n), output(5n)]);
    await it.quorum.conclude(it.round, []);
    await settled(it, output(5n));
    await expect(it.quorum.settle(it.round)).to.be.revertedWithCustomError(
      it.quorum,
      "RoundAlreadySettled",
    );
    for (const { signer } of it.panel) {
      const credit = await it.quorum.creditOf(ZeroAddress, signer);
      await expect(
        it.quorum.connect(signer).withdraw(ZeroAddress, signer.address),
      ).to.changeEtherBalance(ethers, it.quorum, -credit);
    }
    expect(await ethers.provider.getBalance(it.quorum)).to.equal(0n);
  });

  it("reverts with RoundNotPaid where somebody else answered: nothing was paid for it", async () => {
    const it = await drawn();
    await play(it, [output(5n), output(5n), output(5n)]);
    await it.quorum.conclude(it.round, []);
    await expect(it.quorum.settle(it.round))
      .to.be.revertedWithCustomError(it.quorum, "RoundNotPaid")
      .withArgs(it.round);
    await networkHelpers.time.increaseTo(it.wanted.deadline + 1n);
    await it.requests.expire(it.request, it.wanted);
    expect(await it.requests.operatorOf(it.request)).to.equal(ZeroAddress);
    await expect(it.quorum.settle(it.round))
      .to.be.revertedWithCustomError(it.quorum, "RoundNotPaid")
      .withArgs(it.round);
  });

  it("shares what somebody else has withdrawn for it already", async () => {
    const it = await drawn();
    await play(it, [output(5n), output(5n), output(5n)]);
    await it.quorum.conclude(it.round, []);
    await it.requests.fulfil(it.request, it.wanted, output(5n), EVIDENCE);
    // A second request's settlement takes the credit of both.
    const other = await it.params();
    const second = await it.open(other);
    const panel = await it.draw(second.round);
    const again = { ...it, wanted: other, ...second, panel };
    await play(again, [output(5n), output(5n), output(5n)]);
    await it.quorum.conclude(second.round, []);
    await it.requests.fulfil(second.request, other, output(5n), EVIDENCE);
    await it.quorum.settle(second.round);
    expect(await it.requests.creditOf(ZeroAddress, it.quorum)).to.equal(0n);
    await expect(it.quorum.settle(it.round))
      .to.emit(it.quorum, "RoundSettled")
      .withArgs(it.round, NET, 3n);
    const credits = await Promise.all(
      it.members.map((member) => it.quorum.creditOf(ZeroAddress, member)),
    );
    expect(credits.reduce((sum, credit) => sum + credit)).to.equal(2n * NET);
  });

  it("reverts with RoundNotPaid where the answer came late: nothing was paid for it", async () => {
    const it = await drawn();
    await play(it, [output(5n), output(5n), output(5n)]);
    await it.quorum.conclude(it.round, []);
    await networkHelpers.time.increaseTo(it.wanted.deadline + 1n);
    await it.requests.expire(it.request, it.wanted);
    await it.requests.fulfilLate(it.request, it.wanted, it.quorum, output(5n), EVIDENCE);
    await expect(it.quorum.settle(it.round)).to.be.revertedWithCustomError(
      it.quorum,
      "RoundNotPaid",
    );
  });
});
