import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import type { Params, Requirement } from "../../helpers/vouchScenario.ts";
import {
  FEE,
  GOOD,
  TRUST,
  all,
  deployScenario,
  escrowOf,
  prove,
  sign,
} from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const { time } = networkHelpers;
const STATUS = { provisional: 3n, fulfilled: 5n, cancelled: 7n, expired: 8n } as const;
const LATE_PERIOD = 86_400n;
const LIABILITY_PERIOD = 3n * 86_400n;
const WINDOW = 3_600n;

const optimistic: Requirement = {
  kind: 2n,
  params: WINDOW | (TRUST.any << 40n),
  pin: ZeroHash,
};

const deployed = () => networkHelpers.loadFixture(deployScenario);

async function opened(change: (now: Params) => Partial<Params> = () => ({})) {
  const scenario = await deployed();
  const now = await scenario.params();
  const terms = { ...now, ...change(now) };
  const request = await scenario.ask(terms);
  const evidence = async () => [
    await sign(scenario.operator, scenario.domain, scenario.claim(request, terms)),
  ];
  return { ...scenario, terms, request, evidence };
}

async function locked(change?: (now: Params) => Partial<Params>) {
  const scenario = await opened(change);
  await scenario.requests.connect(scenario.operator).lock(scenario.request, scenario.terms);
  return scenario;
}

async function expired() {
  const scenario = await locked();
  await time.setNextBlockTimestamp(scenario.terms.deadline + 1n);
  await scenario.requests.expire(scenario.request, scenario.terms);
  return scenario;
}

describe("InferenceRequests.request, second by second", () => {
  it("takes a request whose lock deadline is this second, but not one of the last", async () => {
    const { requests, params } = await deployed();
    const terms = await params();
    const send = async () => requests.request(terms, { value: escrowOf(terms) });
    await time.setNextBlockTimestamp(terms.lockDeadline + 1n);
    await expect(send()).to.be.revertedWithCustomError(requests, "RequestDeadlineInvalid");

    const next = await params();
    await time.setNextBlockTimestamp(next.lockDeadline);
    await requests.request(next, { value: escrowOf(next) });
  });

  it("takes a deadline one second after the lock deadline", async () => {
    await opened((now) => ({ deadline: now.lockDeadline + 1n }));
  });

  it("takes a deadline as far away as stake can be held, and no second further", async () => {
    const { requests, vault, params } = await deployed();
    const terms = await params();
    const reach = (await vault.MAX_LIABILITY()) - (await requests.DISPUTE_PERIOD());
    const at = terms.rampStart + 10n;
    const farthest = { ...terms, deadline: at + reach };
    const tooFar = { ...terms, deadline: at + reach + 1n };
    await time.setNextBlockTimestamp(at);
    await expect(requests.request(tooFar, { value: escrowOf(tooFar) }))
      .to.be.revertedWithCustomError(requests, "RequestDeadlineTooFar")
      .withArgs(tooFar.deadline, farthest.deadline);
    await time.setNextBlockTimestamp(at + 1n);
    await requests.request(
      { ...farthest, deadline: farthest.deadline + 1n },
      { value: escrowOf(farthest) },
    );
  });
});

describe("InferenceRequests.lock, second by second", () => {
  it("takes the last second of the lock deadline and none after it", async () => {
    const first = await opened();
    await time.setNextBlockTimestamp(first.terms.lockDeadline + 1n);
    await expect(first.requests.connect(first.operator).lock(first.request, first.terms))
      .to.be.revertedWithCustomError(first.requests, "RequestDeadlinePassed")
      .withArgs(first.request, first.terms.lockDeadline);

    const second = await opened();
    await time.setNextBlockTimestamp(second.terms.lockDeadline);
    await second.requests.connect(second.operator).lock(second.request, second.terms);
  });

  // The fee rises by 1000 in 600 seconds, by 5/3 each.
  const [RISE, RAMP, START] = [1000n, 600n, 100n];
  for (const [when, seconds, risen] of [
    ["a second before the ramp", START - 1n, 0n],
    ["at its first second", START, 0n],
    ["one second in: 5/3, rounded down", START + 1n, 1n],
    ["two seconds in: 10/3, rounded down", START + 2n, 3n],
    ["three seconds in: 15/3", START + 3n, 5n],
    ["half-way", START + RAMP / 2n, RISE / 2n],
    ["a second before its end: 998 1/3, rounded down", START + RAMP - 1n, 998n],
    ["at the lock deadline", START + RAMP, RISE],
  ] as const) {
    it(`fixes the fee ${when}`, async () => {
      const { requests, operator, publisher, terms, request, evidence } = await opened((now) => ({
        maxFee: FEE + RISE,
        rampStart: now.rampStart + START,
        lockDeadline: now.rampStart + START + RAMP,
        maxGasPrice: 0n,
      }));
      await time.setNextBlockTimestamp(terms.rampStart - START + seconds);
      await expect(requests.connect(operator).lock(request, terms))
        .to.emit(requests, "RequestLocked")
        .withArgs(request, operator.address, FEE + risen);
      await time.setNextBlockTimestamp(terms.deadline);
      await requests.fulfil(request, terms, GOOD, await evidence());
      const [paid, royalty] = await Promise.all(
        [operator, publisher].map((it) => requests.creditOf(ZeroAddress, it)),
      );
      expect(paid! + royalty!).to.equal(FEE + risen);
    });
  }

  for (const [when, late] of [
    ["at", 0n],
    ["after", 1n],
  ] as const) {
    it(`fixes the lowest fee where the ramp starts ${when} the lock deadline`, async () => {
      const { requests, operator, terms, request } = await opened((now) => ({
        maxFee: 2n * FEE,
        rampStart: now.lockDeadline + late,
      }));
      await time.setNextBlockTimestamp(terms.lockDeadline);
      await expect(requests.connect(operator).lock(request, terms))
        .to.emit(requests, "RequestLocked")
        .withArgs(request, operator.address, FEE);
    });
  }

  it("starts from what the ramp has reached where a lock was given up", async () => {
    const { requests, operator, rival, terms, request } = await locked((now) => ({
      maxFee: FEE + 600n,
      lockDeadline: now.rampStart + 600n,
    }));
    await requests.connect(operator).unlock(request, terms);
    await time.setNextBlockTimestamp(terms.rampStart + 500n);
    await expect(requests.connect(rival).lock(request, terms))
      .to.emit(requests, "RequestLocked")
      .withArgs(request, rival.address, FEE + 500n);
  });
});

describe("InferenceRequests.unlock, second by second", () => {
  for (const [when, late, share] of [
    ["a tenth of the bond in the last second of the lock deadline", 0n, 10n],
    ["all of it one second after", 1n, 1n],
  ] as const) {
    it(`costs ${when}`, async () => {
      const { requests, vault, operator, terms, request } = await locked();
      const { own } = await vault.stakeOf(operator);
      await time.setNextBlockTimestamp(terms.lockDeadline + late);
      await requests.connect(operator).unlock(request, terms);
      expect((await vault.stakeOf(operator)).own).to.equal(own - terms.bond / share);
    });
  }
});

describe("InferenceRequests.cancel, second by second", () => {
  it("refunds an open request at any time: on the lock deadline, after it and after the deadline", async () => {
    for (const at of ["lockDeadline", "deadline"] as const) {
      for (const late of [0n, 1n]) {
        const { requests, requester, terms, request } = await opened();
        await time.setNextBlockTimestamp(terms[at] + late);
        await requests.connect(requester).cancel(request, terms);
        expect(await requests.statusOf(request)).to.equal(STATUS.cancelled);
      }
    }
  });

  it("reverts with RequestStatusInvalid for a request that expired", async () => {
    const { requests, requester, terms, request } = await expired();
    await expect(requests.connect(requester).cancel(request, terms))
      .to.be.revertedWithCustomError(requests, "RequestStatusInvalid")
      .withArgs(request, STATUS.expired);
  });
});

describe("InferenceRequests.expire, second by second", () => {
  it("refunds an open request one second after the lock deadline", async () => {
    const { requests, terms, request } = await opened();
    await time.setNextBlockTimestamp(terms.lockDeadline + 1n);
    await requests.expire(request, terms);
    expect(await requests.statusOf(request)).to.equal(STATUS.expired);
  });

  it("refunds a locked request one second after the deadline", async () => {
    const { requests, request } = await expired();
    expect(await requests.statusOf(request)).to.equal(STATUS.expired);
  });
});

describe("InferenceRequests.fulfil, second by second", () => {
  it("reverts with RequestDeadlinePassed one second after the deadline", async () => {
    const { requests, terms, request, evidence } = await locked();
    const signed = await evidence();
    await time.setNextBlockTimestamp(terms.deadline + 1n);
    await expect(requests.fulfil(request, terms, GOOD, signed))
      .to.be.revertedWithCustomError(requests, "RequestDeadlinePassed")
      .withArgs(request, terms.deadline);
  });
});

describe("InferenceRequests.fulfilLate, second by second", () => {
  const proven = async (prepare: typeof expired) => {
    const scenario = await prepare();
    const { requests, rival, terms, request, domain, claim } = scenario;
    const statement = claim(request, terms, GOOD, rival.address);
    const evidence = [await sign(rival, domain, statement), prove(domain, statement)];
    const late = async () =>
      requests.connect(rival).fulfilLate(request, terms, rival, GOOD, evidence);
    return { ...scenario, late };
  };

  it("answers for nothing in the last second of the late period", async () => {
    const { requests, rival, requester, terms, request, late } = await proven(expired);
    await time.setNextBlockTimestamp(terms.deadline + LATE_PERIOD);
    await late();
    expect(await requests.statusOf(request)).to.equal(STATUS.fulfilled);
    expect(await requests.operatorOf(request)).to.equal(rival.address);
    expect(await requests.creditOf(ZeroAddress, rival)).to.equal(0n);
    expect(await requests.creditOf(ZeroAddress, requester)).to.equal(escrowOf(terms));
  });

  it("reverts with RequestDeadlinePassed one second later", async () => {
    const { requests, terms, request, late } = await proven(expired);
    await time.setNextBlockTimestamp(terms.deadline + LATE_PERIOD + 1n);
    await expect(late())
      .to.be.revertedWithCustomError(requests, "RequestDeadlinePassed")
      .withArgs(request, terms.deadline + LATE_PERIOD);
  });

  it("reverts with RequestStatusInvalid for a request that nobody expired, whose lock it leaves alone", async () => {
    const { requests, operator, terms, request, late } = await proven(locked);
    await time.setNextBlockTimestamp(terms.deadline + 1n);
    await expect(late()).to.be.revertedWithCustomError(requests, "RequestStatusInvalid");
    expect(await requests.operatorOf(request)).to.equal(operator.address);
  });

  it("reverts with AnswerNotFinal where the evidence would leave it open to challenge", async () => {
    const scenario = await locked(() => ({ policy: all(optimistic) }));
    const { requests, rival, terms, request } = scenario;
    await time.setNextBlockTimestamp(terms.deadline + 1n);
    await requests.expire(request, terms);
    await expect(requests.connect(rival).fulfilLate(request, terms, rival, GOOD, []))
      .to.be.revertedWithCustomError(requests, "AnswerNotFinal")
      .withArgs(request, WINDOW);
    expect(await requests.statusOf(request)).to.equal(STATUS.expired);
  });

  it("reverts with RequestStatusInvalid the second time", async () => {
    const { requests, late } = await proven(expired);
    await late();
    await expect(late()).to.be.revertedWithCustomError(requests, "RequestStatusInvalid");
  });
});

describe("InferenceRequests.finalize, second by second", () => {
  const proposed = async () => {
    const scenario = await locked(() => ({ policy: all(optimistic) }));
    const { requests, operator, terms, request } = scenario;
    await requests.connect(operator).fulfil(request, terms, GOOD, []);
    const answeredAt = BigInt(await time.latest());
    return { ...scenario, closesAt: answeredAt + WINDOW };
  };

  it("reverts with ChallengeWindowOpen in the last second of the window", async () => {
    const { requests, terms, request, closesAt } = await proposed();
    expect(await requests.windowEndOf(request)).to.equal(closesAt);
    await time.setNextBlockTimestamp(closesAt);
    await expect(requests.finalize(request, terms, GOOD))
      .to.be.revertedWithCustomError(requests, "ChallengeWindowOpen")
      .withArgs(request, closesAt);
    expect(await requests.statusOf(request)).to.equal(STATUS.provisional);
  });

  it("makes the answer final one second after, also long after the deadline", async () => {
    const { requests, terms, request, closesAt } = await proposed();
    await time.setNextBlockTimestamp(closesAt + 1n);
    await requests.finalize(request, terms, GOOD);
    expect(await requests.statusOf(request)).to.equal(STATUS.fulfilled);

    const later = await proposed();
    await time.setNextBlockTimestamp(later.terms.deadline + 365n * 86_400n);
    await later.requests.finalize(later.request, later.terms, GOOD);
    expect(await later.requests.statusOf(later.request)).to.equal(STATUS.fulfilled);
  });

  it("pays the fee that the lock fixed, not one that rose meanwhile", async () => {
    const scenario = await locked((now) => ({
      policy: all(optimistic),
      maxFee: FEE + 600n,
      lockDeadline: now.rampStart + 600n,
      maxGasPrice: 0n,
    }));
    const { requests, operator, publisher, terms, request } = scenario;
    const lockedAt = BigInt(await time.latest());
    await time.setNextBlockTimestamp(terms.lockDeadline);
    await requests.connect(operator).fulfil(request, terms, GOOD, []);
    await time.increaseTo(terms.lockDeadline + WINDOW + 1n);
    await requests.finalize(request, terms, GOOD);
    const [paid, royalty] = await Promise.all(
      [operator, publisher].map((it) => requests.creditOf(ZeroAddress, it)),
    );
    expect(paid! + royalty!).to.equal(FEE + lockedAt - terms.rampStart);
  });

  it("reverts with RequestStatusInvalid the second time", async () => {
    const { requests, terms, request, closesAt } = await proposed();
    await time.setNextBlockTimestamp(closesAt + 1n);
    await requests.finalize(request, terms, GOOD);
    await expect(requests.finalize(request, terms, GOOD))
      .to.be.revertedWithCustomError(requests, "RequestStatusInvalid")
      .withArgs(request, STATUS.fulfilled);
  });
});

describe("InferenceRequests.freeStake, second by second", () => {
  it("frees the stake of a signed answer in the second in which its liability ends, and not before", async () => {
    const { requests, vault, operator, terms, request, evidence } = await locked();
    await requests.fulfil(request, terms, GOOD, await evidence());
    const freeAt = BigInt(await time.latest()) + LIABILITY_PERIOD;
    await time.setNextBlockTimestamp(freeAt - 1n);
    await expect(requests.freeStake([request]))
      .to.be.revertedWithCustomError(requests, "StakeNotFree")
      .withArgs(request, freeAt);
    await time.setNextBlockTimestamp(freeAt);
    await requests.freeStake([request]);
    expect((await vault.liabilityOf(operator, requests, request)).own).to.equal(0n);
  });
});
