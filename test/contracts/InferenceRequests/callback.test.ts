import { ZeroAddress } from "ethers";
import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import { GOOD, deployScenario, escrowOf, sign } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const BEHAVIOUR = { accept: 0n, revert: 1n, burnGas: 2n, returnMegabyte: 3n } as const;
const FULFILLED = 5n;
const DELIVERY = { none: 0n, pending: 1n, delivered: 2n, failed: 3n } as const;

async function lockedByHostile() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { requests, operator } = scenario;
  const hostile = await ethers.deployContract("HostileRequester");
  const ask = async (callbackGas = 100_000n) => {
    const terms = await scenario.params({ callbackGas });
    const request = await requests.requestIdOf(hostile, terms.nonce);
    await hostile.execute(requests, requests.interface.encodeFunctionData("request", [terms]), {
      value: escrowOf(terms),
    });
    return { terms, request };
  };
  const { terms, request } = await ask();
  await requests.connect(operator).lock(request, terms);
  const claim = scenario.claim(request, terms);
  const evidence = [await sign(operator, scenario.domain, claim)];
  const fulfil = () => requests.connect(operator).fulfil(request, terms, GOOD, evidence);
  return { ...scenario, hostile, request, terms, evidence, ask, fulfil };
}

describe("InferenceRequests.fulfil", () => {
  describe("given a requester with a callback", () => {
    it("calls it back once with the gas that was bought", async () => {
      const { requests, hostile, request, terms, fulfil } = await lockedByHostile();
      await expect(fulfil()).to.emit(requests, "CallbackAttempted").withArgs(request, 1n, true);
      expect(await hostile.deliveries()).to.equal(1n);
      expect(await hostile.gasSeen()).to.be.within(terms.callbackGas - 2_000n, terms.callbackGas);
      expect((await requests.resultOf(request)).delivery).to.equal(DELIVERY.delivered);
    });

    for (const [name, behaviour] of [
      ["reverts", BEHAVIOUR.revert],
      ["burns all its gas", BEHAVIOUR.burnGas],
    ] as const) {
      describe(`when the callback ${name}`, () => {
        it("settles all the same, and records the failure", async () => {
          const { requests, hostile, operator, request, fulfil } = await lockedByHostile();
          await hostile.misbehave(behaviour);
          await expect(fulfil())
            .to.emit(requests, "CallbackAttempted")
            .withArgs(request, 1n, false);
          expect(await requests.statusOf(request)).to.equal(FULFILLED);
          expect(await requests.creditOf(ZeroAddress, operator)).to.be.greaterThan(0n);
          expect((await requests.resultOf(request)).delivery).to.equal(DELIVERY.failed);
        });
      });
    }

    describe("when the callback returns a megabyte", () => {
      it("settles, and the megabyte costs nobody but the callback", async () => {
        const { requests, operator, hostile, ask, domain, claim } = await lockedByHostile();
        await hostile.misbehave(BEHAVIOUR.returnMegabyte);
        const { terms, request } = await ask(3_000_000n);
        await requests.connect(operator).lock(request, terms);
        const evidence = [await sign(operator, domain, claim(request, terms))];
        const sent = await requests.fulfil(request, terms, GOOD, evidence, {
          gasLimit: 3_400_000n,
        });
        const mined = await sent.wait();
        expect((await requests.resultOf(request)).delivery).to.equal(DELIVERY.delivered);
        // Expanding memory to a megabyte costs 2.2 million gas: the callback paid it once, nobody paid for a copy.
        expect(mined!.gasUsed).to.be.within(2_200_000n, 2_500_000n);
      });
    });

    describe("when the sender leaves too little gas for the callback", () => {
      it("reverts as a whole, so that nobody can starve a callback", async () => {
        const { requests, operator, request, terms, evidence } = await lockedByHostile();
        const enough = await requests
          .connect(operator)
          .fulfil.estimateGas(request, terms, GOOD, evidence);
        await expect(
          requests
            .connect(operator)
            .fulfil(request, terms, GOOD, evidence, { gasLimit: enough - 40_000n }),
        ).to.be.revert(ethers);
        expect(await requests.statusOf(request)).to.equal(2n);
      });
    });

    describe("when the callback settles another request through a second operator", () => {
      it("settles both once, and every wei is accounted for", async () => {
        const {
          requests,
          hostile,
          operator,
          rival,
          publisher,
          terms: first,
          ask,
          ...rest
        } = await lockedByHostile();
        const outer = await ask(1_500_000n);
        const { request, terms } = await ask(500_000n);
        await requests.connect(operator).lock(outer.request, outer.terms);
        const outerEvidence = [
          await sign(operator, rest.domain, rest.claim(outer.request, outer.terms)),
        ];
        await requests.connect(rival).lock(request, terms);
        const inner = rest.claim(request, terms, GOOD, rival.address);
        const innerEvidence = [await sign(rival, rest.domain, inner)];
        await hostile.reenter(
          requests,
          requests.interface.encodeFunctionData("fulfil", [request, terms, GOOD, innerEvidence]),
        );

        await requests.fulfil(outer.request, outer.terms, GOOD, outerEvidence);

        expect(await hostile.reentered()).to.equal(true);
        expect(await hostile.deliveries()).to.equal(2n);
        expect(await requests.statusOf(outer.request)).to.equal(FULFILLED);
        expect(await requests.statusOf(request)).to.equal(FULFILLED);
        const parties = [operator, rival, publisher, hostile];
        const credits = await Promise.all(parties.map((it) => requests.creditOf(ZeroAddress, it)));
        const total = credits.reduce((sum, it) => sum + it, 0n);
        expect(total).to.equal(escrowOf(outer.terms) + escrowOf(terms));
        expect(await ethers.provider.getBalance(requests)).to.equal(total + escrowOf(first));
      });
    });

    for (const call of ["fulfil", "redeliver", "withdraw"] as const) {
      describe(`when the callback re-enters ${call}`, () => {
        it("pays nobody twice and delivers nothing twice", async () => {
          const { requests, hostile, operator, publisher, request, ask, evidence, domain, claim } =
            await lockedByHostile();
          const { terms, request: second } = await ask(2_000_000n);
          await requests.connect(operator).lock(second, terms);
          const own = [await sign(operator, domain, claim(second, terms))];
          const address = await hostile.getAddress();
          const data = {
            fulfil: () =>
              requests.interface.encodeFunctionData("fulfil", [second, terms, GOOD, own]),
            redeliver: () =>
              requests.interface.encodeFunctionData("redeliver", [
                second,
                terms.release,
                terms.input,
                GOOD,
              ]),
            withdraw: () =>
              requests.interface.encodeFunctionData("withdraw", [ZeroAddress, address]),
          }[call]();
          await hostile.reenter(requests, data);
          const before = await ethers.provider.getBalance(requests);
          await requests.connect(operator).fulfil(second, terms, GOOD, own);
          expect(await hostile.reentered()).to.equal(false);
          expect(await hostile.deliveries()).to.equal(1n);
          expect(await ethers.provider.getBalance(requests)).to.equal(before);
          expect(await requests.statusOf(request)).to.equal(2n);
          expect(evidence).to.have.length(1);
          const credits =
            (await requests.creditOf(ZeroAddress, operator)) +
            (await requests.creditOf(ZeroAddress, publisher)) +
            (await requests.creditOf(ZeroAddress, hostile));
          expect(credits).to.equal(escrowOf(terms));
        });
      });
    }
  });
});
