import { expect } from "chai";
import { ZeroHash } from "ethers";
import { at, deployDisputes, optimistic } from "../../helpers/disputeScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { GOOD, INPUT, TRUST, all, hashOfWords, prove, sign } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;

async function answered() {
  const scenario = await networkHelpers.loadFixture(deployDisputes);
  const { requests, releaseId, requester, stranger, operator, signatures, claim } = scenario;
  const desk = await ethers.deployContract(
    "CreditDesk",
    [requests, releaseId, TRUST.any, ZeroHash],
    requester,
  );
  await desk.register(stranger, hashOfWords(INPUT));
  const { id, terms, windowEnd } = await scenario.answered({ policy: all(optimistic()) });
  const statement = claim(id, terms, GOOD);
  await signatures.connect(operator).post(10n ** 18n);
  const evidence = [
    prove(scenario.domain, statement),
    await sign(operator, scenario.domain, statement),
  ];
  return { ...scenario, desk, id, terms, windowEnd, receipt: { ...statement, evidence } };
}

describe("CreditDesk.decide, of an answer that is open to challenge", () => {
  it("reverts with ReceiptNotFinal until it is final", async () => {
    const { desk, requests, id, terms, windowEnd, receipt, stranger } = await answered();
    await expect(desk.decide(stranger, receipt))
      .to.be.revertedWithCustomError(desk, "ReceiptNotFinal")
      .withArgs(id);
    await at(windowEnd + 1n);
    await requests.finalize(id, terms, GOOD);
    await desk.decide(stranger, receipt);
    expect(await desk.limitOf(stranger)).to.equal(1_000n);
  });

  it("reverts with ReceiptNotFinal for one that was overturned", async () => {
    const scenario = await answered();
    const { desk, disputes, requests, id, terms, windowEnd, receipt, stranger } = scenario;
    const answer = { id, terms, output: GOOD, windowEnd, proof: "0x" };
    const decideBy = await scenario.challenged(answer);
    await at(decideBy + 1n);
    await disputes.timeout(requests, id, terms, GOOD);
    await expect(desk.decide(stranger, receipt))
      .to.be.revertedWithCustomError(desk, "ReceiptNotFinal")
      .withArgs(id);
  });
});
