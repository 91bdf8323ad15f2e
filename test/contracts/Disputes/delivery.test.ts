import { expect } from "chai";
import { FINALITY, STATUS, at, byQuorum, deployDisputes } from "../../helpers/disputeScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { BAD, GOOD, all, hashOfWords } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployDisputes);

const ACCEPT = 0n;
const BEHAVIOURS = { "that reverts": 1n, "that burns its gas": 2n, "that returns 1 MB": 3n };
const GAS = { callbackGas: 1_000_000n, provisionalGas: 1_000_000n, maxGasPrice: 0n };
const DELIVERY = { delivered: 2n, failed: 3n } as const;

async function withRequester(output = GOOD) {
  const scenario = await deployed();
  const consumer = await ethers.deployContract("HostileRequester");
  const answered = (overrides = GAS) => scenario.answered({ as: consumer, overrides, output });
  return { ...scenario, consumer, answered };
}

describe("Disputes, deliveries", () => {
  it("come in epoch 1 while provisional and in epoch 2 when upheld, once each", async () => {
    const { disputes, requests, consumer, answered, challenged } = await withRequester();
    const answer = await answered();
    expect([await consumer.deliveries(), await consumer.epoch()]).to.deep.equal([1n, 1n]);
    expect(await consumer.finality()).to.equal(FINALITY.provisional);
    await challenged(answer);
    const { id, terms, output, proof } = answer;
    await expect(disputes.answer(requests, id, terms, output, proof))
      .to.emit(requests, "CallbackAttempted")
      .withArgs(id, 2n, true);
    expect([await consumer.deliveries(), await consumer.epoch()]).to.deep.equal([2n, 2n]);
    expect(await consumer.finality()).to.equal(FINALITY.final);
    await expect(
      requests.redeliver(id, terms.release, terms.input, output),
    ).to.be.revertedWithCustomError(requests, "CallbackNotFailed");
    expect(await consumer.deliveries()).to.equal(2n);
  });

  it("come in epoch 2 alone where no provisional one was bought", async () => {
    const { disputes, requests, consumer, answered, challenged } = await withRequester();
    const from = await ethers.provider.getBlockNumber();
    const answer = await answered({ ...GAS, provisionalGas: 0n });
    expect(await consumer.deliveries()).to.equal(0n);
    expect(await requests.queryFilter(requests.filters.CallbackAttempted(), from)).to.deep.equal(
      [],
    );
    await challenged(answer);
    const { id, terms, output, proof } = answer;
    await disputes.answer(requests, id, terms, output, proof);
    expect([await consumer.deliveries(), await consumer.epoch()]).to.deep.equal([1n, 2n]);
  });

  it("come in epoch 2 when overturned, once", async () => {
    const { disputes, requests, consumer, answered, challenged } = await withRequester(BAD);
    const answer = await answered();
    await at((await challenged(answer)) + 1n);
    const { id, terms, output } = answer;
    await disputes.timeout(requests, id, terms, output);
    expect([await consumer.deliveries(), await consumer.epoch()]).to.deep.equal([2n, 2n]);
    expect(await consumer.finality()).to.equal(FINALITY.overturned);
    await expect(
      requests.redeliver(id, terms.release, terms.input, output),
    ).to.be.revertedWithCustomError(requests, "CallbackNotFailed");
  });

  for (const [name, behaviour] of Object.entries(BEHAVIOURS)) {
    describe(`given a consumer ${name}`, () => {
      it("keeps no answer from being given and upheld; a failed one is repeated once", async () => {
        const { disputes, requests, consumer, answered, challenged } = await withRequester();
        await consumer.misbehave(behaviour);
        const answer = await answered();
        await challenged(answer);
        const { id, terms, output, proof } = answer;
        await disputes.answer(requests, id, terms, output, proof);
        expect(await requests.statusOf(id)).to.equal(STATUS.fulfilled);
        expect((await requests.resultOf(id)).delivery).to.equal(DELIVERY.failed);
        await consumer.misbehave(ACCEPT);
        await requests.redeliver(id, terms.release, terms.input, output);
        expect(await consumer.deliveries()).to.equal(1n);
        await expect(
          requests.redeliver(id, terms.release, terms.input, output),
        ).to.be.revertedWithCustomError(requests, "CallbackNotFailed");
      });

      it("keeps no wrong answer from being overturned", async () => {
        const { disputes, requests, vault, consumer, operator, answered, challenged } =
          await withRequester(BAD);
        await consumer.misbehave(behaviour);
        const answer = await answered();
        await at((await challenged(answer)) + 1n);
        const { own } = await vault.stakeOf(operator);
        await disputes.timeout(requests, answer.id, answer.terms, answer.output);
        expect(await requests.statusOf(answer.id)).to.equal(STATUS.overturned);
        expect((await vault.stakeOf(operator)).own).to.equal(own - answer.terms.stake);
      });
    });
  }

  describe("given a consumer that re-enters", () => {
    it("cannot have the dispute decided twice from the callback that decides it", async () => {
      const { disputes, requests, consumer, answered, challenged } = await withRequester();
      const answer = await answered();
      const { id, terms, output, proof } = answer;
      const decideBy = await challenged(answer);
      const call = disputes.interface.encodeFunctionData("answer", [
        await requests.getAddress(),
        id,
        terms,
        output,
        proof,
      ]);
      await consumer.reenter(disputes, call);
      await disputes.answer(requests, id, terms, output, proof);
      expect(await consumer.reentered()).to.equal(false);
      const error = disputes.interface.parseError(await consumer.reentrancyResult());
      expect(error?.name).to.equal("DisputeStatusInvalid");
      expect(await requests.statusOf(id)).to.equal(STATUS.fulfilled);
      await at(decideBy + 1n);
      await expect(disputes.timeout(requests, id, terms, output)).to.be.revertedWithCustomError(
        disputes,
        "DisputeStatusInvalid",
      );
    });

    it("may challenge within its provisional callback: the dispute runs its course", async () => {
      const scenario = await deployed();
      const { disputes, arbiter, requests, operator } = scenario;
      const consumer = await ethers.deployContract("HostileRequester");
      const policy = all(byQuorum());
      const terms = await scenario.params({ ...GAS, policy });
      const request = requests.interface.encodeFunctionData("request", [terms]);
      await consumer.execute(requests, request, { value: terms.maxFee });
      const id = await requests.requestIdOf(consumer, terms.nonce);
      await requests.connect(operator).lock(id, terms);
      const target = await requests.getAddress();
      const call = disputes.interface.encodeFunctionData("challenge", [target, id, terms, GOOD]);
      await consumer.reenter(disputes, call, { value: terms.bond });
      await requests.connect(operator).fulfil(id, terms, GOOD, []);
      expect(await consumer.reentered()).to.equal(true);
      expect(await requests.statusOf(id)).to.equal(STATUS.challenged);
      expect((await requests.resultOf(id)).delivery).to.equal(DELIVERY.delivered);

      await arbiter.decide(`0x${"00".repeat(31)}01`, hashOfWords(GOOD));
      await disputes.conclude(requests, id, terms, GOOD);
      expect(await consumer.epoch()).to.equal(2n);
      expect(await consumer.finality()).to.equal(FINALITY.final);
    });
  });

  describe("when the transaction has too little gas for the callback", () => {
    it("reverts with CallbackGasInsufficient rather than fail the callback", async () => {
      const { disputes, requests, answered, challenged } = await withRequester();
      const answer = await answered();
      await challenged(answer);
      const { id, terms, output, proof } = answer;
      const needed = await disputes.answer.estimateGas(requests, id, terms, output, proof);
      const library = await ethers.getContractAt("ExactGasCall", ethers.ZeroAddress);
      await expect(
        disputes.answer(requests, id, terms, output, proof, { gasLimit: needed - 60_000n }),
      ).to.be.revertedWithCustomError(library, "CallbackGasInsufficient");
      expect(await requests.statusOf(id)).to.equal(STATUS.challenged);
    });
  });
});
