import { expect } from "chai";
import { ZeroHash, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  BAD,
  GOOD,
  INPUT,
  TRUST,
  all,
  deployScenario,
  hashOfWords,
  prove,
  release,
  sign,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const DAY = 24 * 3600;

async function settled() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { requests, operator, requester, stranger, releaseId, domain, params, claim } = scenario;
  const desk = await ethers.deployContract(
    "CreditDesk",
    [requests, releaseId, TRUST.any, ZeroHash],
    requester,
  );
  await desk.register(stranger, hashOfWords(INPUT));
  const settle = async (output = GOOD, change = {}) => {
    const terms = await params({ policy: all(zk(), signature), ...change });
    const request = await scenario.lock(terms);
    const statement = claim(request, terms, output);
    const evidence = [prove(domain, statement), await sign(operator, domain, statement)];
    await requests.fulfil(request, terms, output, evidence);
    return { ...statement, evidence };
  };
  return { ...scenario, desk, settle, receipt: await settle() };
}

describe("CreditDesk.decide", () => {
  it("grants a line in the transaction that brings the receipt, whoever sends it", async () => {
    const { desk, receipt, stranger, rival } = await settled();
    await expect(desk.connect(rival).decide(stranger, receipt))
      .to.emit(desk, "CreditDecided")
      .withArgs(receipt.request, stranger.address, 1_000n);
    expect(await desk.limitOf(stranger)).to.equal(1_000n);
    expect(await desk.isUsed(receipt.request)).to.equal(true);
  });

  it("knows the input that each applicant is decided by", async () => {
    const { desk, stranger, rival } = await settled();
    expect(await desk.inputHashOf(stranger)).to.equal(hashOfWords(INPUT));
    expect(await desk.inputHashOf(rival)).to.equal(ZeroHash);
  });

  it("refuses a bad risk", async () => {
    const { desk, settle, stranger } = await settled();
    await desk.decide(stranger, await settle(BAD));
    expect(await desk.limitOf(stranger)).to.equal(0n);
  });

  describe("when the receipt was used before", () => {
    it("reverts with ReceiptAlreadyUsed", async () => {
      const { desk, receipt, stranger } = await settled();
      await desk.decide(stranger, receipt);
      await expect(desk.decide(stranger, receipt)).to.be.revertedWithCustomError(
        desk,
        "ReceiptAlreadyUsed",
      );
    });
  });

  describe("when the receipt is about somebody else", () => {
    it("reverts with ReceiptSubjectMismatch or ApplicationNotRegistered", async () => {
      const { desk, receipt, stranger, rival } = await settled();
      await expect(desk.decide(rival, receipt))
        .to.be.revertedWithCustomError(desk, "ApplicationNotRegistered")
        .withArgs(rival.address);
      await desk.register(stranger, id("another application"));
      await expect(desk.decide(stranger, receipt)).to.be.revertedWithCustomError(
        desk,
        "ReceiptSubjectMismatch",
      );
    });
  });

  describe("when the receipt is a day old", () => {
    it("reverts with ReceiptTooOld", async () => {
      const { desk, receipt, stranger } = await settled();
      await networkHelpers.time.increase(DAY + 10);
      await expect(desk.decide(stranger, receipt)).to.be.revertedWithCustomError(
        desk,
        "ReceiptTooOld",
      );
    });
  });

  describe("when another operator's receipt is brought for the request", () => {
    it("reverts with ReceiptNotSettled", async () => {
      const { desk, receipt, rival, stranger, domain } = await settled();
      const other = { ...receipt, operator: rival.address };
      const evidence = [prove(domain, other), await sign(rival, domain, other)];
      await expect(desk.decide(stranger, { ...other, evidence })).to.be.revertedWithCustomError(
        desk,
        "ReceiptNotSettled",
      );
    });
  });

  describe("when a piece of evidence is left out", () => {
    it("reverts with PolicyNotMet", async () => {
      const { desk, router, receipt, stranger } = await settled();
      await expect(
        desk.decide(stranger, { ...receipt, evidence: receipt.evidence.slice(1) }),
      ).to.be.revertedWithCustomError(router, "PolicyNotMet");
    });
  });

  describe("when the request was never settled", () => {
    it("reverts with RequestStatusInvalid", async () => {
      const { desk, requests, operator, receipt, stranger, domain } = await settled();
      const other = { ...receipt, request: id("never asked") };
      const evidence = [prove(domain, other), await sign(operator, domain, other)];
      await expect(desk.decide(stranger, { ...other, evidence })).to.be.revertedWithCustomError(
        requests,
        "RequestStatusInvalid",
      );
    });
  });

  describe("when the receipt is of another release", () => {
    it("reverts with ReceiptReleaseMismatch", async () => {
      const { desk, models, publisher, circuitId, settle, stranger } = await settled();
      const twin = release({ publisher: publisher.address, circuit: circuitId, version: "twin" });
      const twinId = await models.publish.staticCall(twin, "");
      await models.publish(twin, "");
      await expect(
        desk.decide(stranger, await settle(GOOD, { release: twinId })),
      ).to.be.revertedWithCustomError(desk, "ReceiptReleaseMismatch");
    });
  });
});

describe("CreditDesk.register", () => {
  describe("given a line that another input was granted", () => {
    it("ends it, also where the application is taken back", async () => {
      for (const hash of [id("what was found out since"), ZeroHash]) {
        const { desk, receipt, stranger } = await settled();
        await desk.decide(stranger, receipt);
        await desk.register(stranger, hash);
        expect(await desk.limitOf(stranger), hash).to.equal(0n);
      }
    });
  });

  it("reverts with CreditNotByUnderwriter for anybody else", async () => {
    const { desk, stranger } = await settled();
    await expect(
      desk.connect(stranger).register(stranger, id("flattering")),
    ).to.be.revertedWithCustomError(desk, "CreditNotByUnderwriter");
  });
});
