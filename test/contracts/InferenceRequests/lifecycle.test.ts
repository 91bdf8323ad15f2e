import { ZeroAddress } from "ethers";
import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import {
  BAD,
  ETHER,
  FEE,
  GOOD,
  INPUT,
  deployScenario,
  escrowOf,
  sign,
} from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployScenario);

async function opened() {
  const scenario = await deployed();
  const terms = await scenario.params();
  return { ...scenario, terms, request: await scenario.ask(terms) };
}

async function failedDelivery(callbackGas = 100_000n) {
  const scenario = await deployed();
  const { requests, operator, params, domain, claim } = scenario;
  const hostile = await ethers.deployContract("HostileRequester");
  await hostile.misbehave(1n);
  const terms = await params({ callbackGas });
  const request = await requests.requestIdOf(hostile, terms.nonce);
  await hostile.execute(requests, requests.interface.encodeFunctionData("request", [terms]), {
    value: escrowOf(terms),
  });
  await requests.connect(operator).lock(request, terms);
  const evidence = [await sign(operator, domain, claim(request, terms))];
  await requests.fulfil(request, terms, GOOD, evidence);
  return { ...scenario, hostile, terms, request };
}

describe("InferenceRequests.lock", () => {
  it("exposes the operator's stake", async () => {
    const { requests, vault, operator, terms, request } = await opened();
    await expect(requests.connect(operator).lock(request, terms))
      .to.emit(requests, "RequestLocked")
      .withArgs(request, operator.address, FEE);
    expect((await vault.liabilityOf(operator, requests, request)).own).to.equal(ETHER);
    expect(await requests.operatorOf(request)).to.equal(operator.address);
  });

  describe("given a lock", () => {
    it("reverts with RequestStatusInvalid for a second operator", async () => {
      const { requests, operator, rival, terms, request } = await opened();
      await requests.connect(operator).lock(request, terms);
      await expect(requests.connect(rival).lock(request, terms)).to.be.revertedWithCustomError(
        requests,
        "RequestStatusInvalid",
      );
    });
  });

  describe("when the operator has not authorised the contract", () => {
    it("reverts with HolderNotAuthorised", async () => {
      const { requests, vault, stranger, terms, request } = await opened();
      await expect(requests.connect(stranger).lock(request, terms)).to.be.revertedWithCustomError(
        vault,
        "HolderNotAuthorised",
      );
    });
  });

  describe("when the operator has too little free stake", () => {
    it("reverts with StakeInsufficient", async () => {
      const { requests, vault, operator, params, ask } = await opened();
      const terms = await params({ stake: 11n * ETHER });
      const request = await ask(terms);
      await expect(requests.connect(operator).lock(request, terms)).to.be.revertedWithCustomError(
        vault,
        "StakeInsufficient",
      );
    });
  });

  describe("when the lock deadline has passed", () => {
    it("reverts with RequestDeadlinePassed", async () => {
      const { requests, operator, terms, request } = await opened();
      await networkHelpers.time.increaseTo(terms.lockDeadline + 1n);
      await expect(requests.connect(operator).lock(request, terms)).to.be.revertedWithCustomError(
        requests,
        "RequestDeadlinePassed",
      );
    });
  });

  describe("when the parameters are not those of the request", () => {
    it("reverts with RequestParamsMismatch", async () => {
      const { requests, operator, terms, request } = await opened();
      await expect(
        requests.connect(operator).lock(request, { ...terms, stake: 0n }),
      ).to.be.revertedWithCustomError(requests, "RequestParamsMismatch");
    });
  });
});

describe("InferenceRequests.unlock", () => {
  it("opens the request for another operator, frees the stake and costs a tenth of the bond", async () => {
    const { requests, vault, operator, rival, requester, terms, request } = await opened();
    await requests.connect(operator).lock(request, terms);
    const { own } = await vault.stakeOf(operator);
    await expect(requests.connect(operator).unlock(request, terms)).to.emit(
      requests,
      "RequestUnlocked",
    );
    expect((await vault.stakeOf(operator)).own).to.equal(own - terms.bond / 10n);
    expect(await vault.creditOf(requester)).to.equal(FEE);
    expect((await vault.liabilityOf(operator, requests, request)).own).to.equal(0n);
    expect(await requests.operatorOf(request)).to.equal(ZeroAddress);
    await requests.connect(rival).lock(request, terms);
    expect(await requests.operatorOf(request)).to.equal(rival.address);
  });

  it("costs the whole bond where the lock deadline has passed, and leaves nothing but a refund", async () => {
    const { requests, vault, requester, operator, rival, terms, request } = await opened();
    await requests.connect(operator).lock(request, terms);
    await networkHelpers.time.increaseTo(terms.lockDeadline + 1n);
    const { own } = await vault.stakeOf(operator);
    await requests.connect(operator).unlock(request, terms);
    expect((await vault.stakeOf(operator)).own).to.equal(own - terms.bond);
    await expect(requests.connect(rival).lock(request, terms)).to.be.revertedWithCustomError(
      requests,
      "RequestDeadlinePassed",
    );
    await requests.connect(rival).expire(request, terms);
    expect(await requests.creditOf(ZeroAddress, requester)).to.equal(escrowOf(terms));
  });

  it("reverts with RequestNotLockedBy for anybody else", async () => {
    const { requests, operator, rival, terms, request } = await opened();
    await requests.connect(operator).lock(request, terms);
    await expect(requests.connect(rival).unlock(request, terms)).to.be.revertedWithCustomError(
      requests,
      "RequestNotLockedBy",
    );
    await requests.connect(operator).unlock(request, terms);
    await expect(requests.connect(operator).unlock(request, terms)).to.be.revertedWithCustomError(
      requests,
      "RequestNotLockedBy",
    );
  });

  it("reverts with RequestStatusInvalid once fulfilled", async () => {
    const { requests, operator, terms, request, domain, claim } = await opened();
    await requests.connect(operator).lock(request, terms);
    const evidence = [await sign(operator, domain, claim(request, terms))];
    await requests.fulfil(request, terms, GOOD, evidence);
    await expect(requests.connect(operator).unlock(request, terms)).to.be.revertedWithCustomError(
      requests,
      "RequestStatusInvalid",
    );
  });
});

describe("InferenceRequests.cancel", () => {
  it("credits the whole escrow to the requester", async () => {
    const { requests, requester, terms, request } = await opened();
    await expect(requests.connect(requester).cancel(request, terms))
      .to.emit(requests, "RequestRefunded")
      .withArgs(request, requester.address, escrowOf(terms));
    expect(await requests.creditOf(ZeroAddress, requester)).to.equal(escrowOf(terms));
    expect(await requests.statusOf(request)).to.equal(7n);
  });

  it("reverts with RequestNotByRequester for anybody else", async () => {
    const { requests, stranger, terms, request } = await opened();
    await expect(requests.connect(stranger).cancel(request, terms)).to.be.revertedWithCustomError(
      requests,
      "RequestNotByRequester",
    );
  });

  it("reverts with RequestStatusInvalid for a locked request", async () => {
    const { requests, requester, operator, terms, request } = await opened();
    await requests.connect(operator).lock(request, terms);
    await expect(requests.connect(requester).cancel(request, terms))
      .to.be.revertedWithCustomError(requests, "RequestStatusInvalid")
      .withArgs(request, 2n);
  });

  it("reverts with RequestStatusInvalid the second time", async () => {
    const { requests, requester, terms, request } = await opened();
    await requests.connect(requester).cancel(request, terms);
    await expect(requests.connect(requester).cancel(request, terms)).to.be.revertedWithCustomError(
      requests,
      "RequestStatusInvalid",
    );
  });
});

describe("InferenceRequests.expire", () => {
  describe("given an open request", () => {
    it("reverts with RequestNotExpired until the lock deadline, then refunds", async () => {
      const { requests, requester, stranger, terms, request } = await opened();
      await expect(requests.connect(stranger).expire(request, terms)).to.be.revertedWithCustomError(
        requests,
        "RequestNotExpired",
      );
      await networkHelpers.time.increaseTo(terms.lockDeadline + 1n);
      await requests.connect(stranger).expire(request, terms);
      expect(await requests.creditOf(ZeroAddress, requester)).to.equal(escrowOf(terms));
    });
  });

  describe("given a locked request", () => {
    it("waits for the deadline, then refunds, takes the bond and frees the rest of the stake", async () => {
      const { requests, vault, requester, operator, stranger, terms, request } = await opened();
      await requests.connect(operator).lock(request, terms);
      await networkHelpers.time.increaseTo(terms.lockDeadline + 1n);
      await expect(requests.connect(stranger).expire(request, terms)).to.be.revertedWithCustomError(
        requests,
        "RequestNotExpired",
      );
      await networkHelpers.time.increaseTo(terms.deadline + 1n);
      const { own } = await vault.stakeOf(operator);
      await requests.connect(stranger).expire(request, terms);
      expect((await vault.stakeOf(operator)).own).to.equal(own - terms.bond);
      expect(await vault.creditOf(requester)).to.equal(FEE);
      expect(await vault.burned()).to.equal(terms.bond - FEE);
      expect((await vault.liabilityOf(operator, requests, request)).own).to.equal(0n);
      expect(await requests.operatorOf(request)).to.equal(ethers.ZeroAddress);
      expect(await requests.creditOf(ZeroAddress, requester)).to.equal(escrowOf(terms));
    });
  });

  describe("when the operator has withdrawn its trust and asked for its stake meanwhile", () => {
    it("refunds all the same", async () => {
      const { requests, vault, requester, operator, terms, request } = await opened();
      await requests.connect(operator).lock(request, terms);
      await vault.connect(operator).authorise(requests, false);
      await vault.connect(operator).requestExit(11n * ETHER);
      await networkHelpers.time.increaseTo(terms.deadline + 1n);
      await requests.expire(request, terms);
      expect(await requests.creditOf(ZeroAddress, requester)).to.equal(escrowOf(terms));
      expect((await vault.stakeOf(operator)).own).to.equal(11n * ETHER - terms.bond);
    });
  });

  describe("when it is the last second of a deadline", () => {
    it("reverts with RequestNotExpired: that second belongs to the operator", async () => {
      const { requests, operator, terms, request, domain, claim } = await opened();
      const { time } = networkHelpers;
      await time.setNextBlockTimestamp(terms.lockDeadline);
      await expect(requests.expire(request, terms)).to.be.revertedWithCustomError(
        requests,
        "RequestNotExpired",
      );
      await time.setNextBlockTimestamp(terms.lockDeadline);
      await requests.connect(operator).lock(request, terms);
      const evidence = [await sign(operator, domain, claim(request, terms))];
      await time.setNextBlockTimestamp(terms.deadline);
      await expect(requests.expire(request, terms)).to.be.revertedWithCustomError(
        requests,
        "RequestNotExpired",
      );
      await time.setNextBlockTimestamp(terms.deadline);
      await requests.fulfil(request, terms, GOOD, evidence);
    });
  });

  describe("given a fulfilled request", () => {
    it("reverts with RequestStatusInvalid", async () => {
      const { requests, operator, terms, request, domain, claim } = await opened();
      await requests.connect(operator).lock(request, terms);
      const evidence = [await sign(operator, domain, claim(request, terms))];
      await requests.fulfil(request, terms, GOOD, evidence);
      await networkHelpers.time.increaseTo(terms.deadline + 1n);
      await expect(requests.expire(request, terms)).to.be.revertedWithCustomError(
        requests,
        "RequestStatusInvalid",
      );
    });
  });
});

describe("InferenceRequests.redeliver", () => {
  describe("given a failed callback", () => {
    it("delivers once, whoever sends it, and never again", async () => {
      const { requests, hostile, stranger, terms, request } = await failedDelivery();
      await hostile.misbehave(0n);
      const redeliver = () =>
        requests.connect(stranger).redeliver(request, terms.release, INPUT, GOOD);
      await expect(redeliver()).to.emit(requests, "CallbackAttempted").withArgs(request, 1n, true);
      expect(await hostile.deliveries()).to.equal(1n);
      await expect(redeliver())
        .to.be.revertedWithCustomError(requests, "CallbackNotFailed")
        .withArgs(request, 2n);
    });

    it("stays failed when the callback fails again", async () => {
      const { requests, terms, request } = await failedDelivery();
      await requests.redeliver(request, terms.release, INPUT, GOOD);
      expect((await requests.resultOf(request)).delivery).to.equal(3n);
    });

    it("reverts with StatementMismatch for another output, input or release", async () => {
      const { requests, terms, request } = await failedDelivery();
      for (const [releaseId, input, output] of [
        [terms.release, INPUT, BAD],
        [terms.release, BAD, GOOD],
        [ethers.ZeroHash, INPUT, GOOD],
      ] as const) {
        await expect(
          requests.redeliver(request, releaseId, [...input], [...output]),
        ).to.be.revertedWithCustomError(requests, "StatementMismatch");
      }
    });

    it("cannot be starved of gas", async () => {
      const { requests, hostile, terms, request } = await failedDelivery();
      await hostile.misbehave(0n);
      const call = await ethers.getContractAt("ExactGasCall", requests);
      await expect(
        requests.redeliver(request, terms.release, INPUT, GOOD, { gasLimit: 150_000n }),
      ).to.be.revertedWithCustomError(call, "CallbackGasInsufficient");
    });
  });

  describe("given a callback with so much gas that a sixty-fourth of it is more than the reserve", () => {
    it("runs it with what was bought or not at all, whatever gas is sent", async () => {
      const bought = 8_000_000n;
      const { requests, hostile, terms, request } = await failedDelivery(bought);
      await hostile.misbehave(0n);
      const call = await ethers.getContractAt("ExactGasCall", requests);
      const redeliver = (extra: bigint) =>
        requests.redeliver(request, terms.release, INPUT, GOOD, { gasLimit: bought + extra });
      for (const extra of [80_000n, 120_000n, 160_000n]) {
        await expect(redeliver(extra)).to.be.revertedWithCustomError(
          call,
          "CallbackGasInsufficient",
        );
      }
      await redeliver(240_000n);
      expect(await hostile.gasSeen()).to.be.within(bought - 2_000n, bought);
    });
  });

  describe("given a request without a callback", () => {
    it("reverts with CallbackNotFailed", async () => {
      const { requests, operator, terms, request, domain, claim } = await opened();
      await requests.connect(operator).lock(request, terms);
      const evidence = [await sign(operator, domain, claim(request, terms))];
      await requests.fulfil(request, terms, GOOD, evidence);
      await expect(
        requests.redeliver(request, terms.release, INPUT, GOOD),
      ).to.be.revertedWithCustomError(requests, "CallbackNotFailed");
    });
  });
});

describe("InferenceRequests.withdraw", () => {
  it("sends the credit once", async () => {
    const { requests, requester, stranger, terms, request } = await opened();
    await requests.connect(requester).cancel(request, terms);
    await expect(
      requests.connect(requester).withdraw(ZeroAddress, stranger.address),
    ).to.changeEtherBalance(ethers, stranger, escrowOf(terms));
    await expect(
      requests.connect(requester).withdraw(ZeroAddress, stranger.address),
    ).to.be.revertedWithCustomError(requests, "CreditEmpty");
  });

  describe("when the payee refuses ether", () => {
    it("reverts with WithdrawalFailed and keeps the credit, which can go elsewhere", async () => {
      const { requests, hostile, stranger } = await failedDelivery();
      const credit = await requests.creditOf(ZeroAddress, hostile);
      expect(credit).to.be.greaterThan(0n);
      const to = (payee: string) =>
        requests.interface.encodeFunctionData("withdraw", [ZeroAddress, payee]);
      await expect(
        hostile.execute(requests, to(await hostile.getAddress())),
      ).to.be.revertedWithCustomError(hostile, "CallFailed");
      expect(await requests.creditOf(ZeroAddress, hostile)).to.equal(credit);
      await expect(hostile.execute(requests, to(stranger.address))).to.changeEtherBalance(
        ethers,
        stranger,
        credit,
      );
    });
  });
});
