import { expect } from "chai";
import { ZeroAddress, id as hashText } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  BAD,
  CIRCUIT,
  DEVELOPMENT_SETUP,
  ETHER,
  GOOD,
  UNATTESTED_SETUP,
  all,
  deployScenario,
  escrowOf,
  prove,
  release,
  sign,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";
import type { Scenario } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const FULFILLED = 5n;
const DELIVERY = { none: 0n, pending: 1n, delivered: 2n, failed: 3n } as const;

async function locked() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const params = await scenario.params();
  const request = await scenario.lock(params);
  return { ...scenario, request, terms: params };
}

/** Publishes a release whose input has as many words, and returns it with such an input. */
async function publishWide({ circuits, models, publisher }: Scenario, words: number) {
  const input = { ...CIRCUIT.input, elements: 15n * BigInt(words) };
  const circuit = { ...CIRCUIT, setup: 0n, input };
  const circuitId = await circuits.register.staticCall(circuit);
  await circuits.register(circuit);
  const fresh = release({ publisher: publisher.address, circuit: circuitId, version: "wide" });
  const releaseId = await models.publish.staticCall(fresh, "");
  await models.publish(fresh, "");
  return { release: releaseId, input: Array<bigint>(words).fill(2n ** 240n - 1n) };
}

describe("InferenceRequests.fulfil", () => {
  describe("given a request that is not locked", () => {
    it("reverts with RequestStatusInvalid", async () => {
      const { params, ask, requests } = await networkHelpers.loadFixture(deployScenario);
      const terms = await params();
      const request = await ask(terms);
      await expect(requests.fulfil(request, terms, GOOD, []))
        .to.be.revertedWithCustomError(requests, "RequestStatusInvalid")
        .withArgs(request, 1n);
    });

    it("reverts for an unknown id", async () => {
      const { params, requests } = await networkHelpers.loadFixture(deployScenario);
      await expect(
        requests.fulfil(hashText("none"), await params(), GOOD, []),
      ).to.be.revertedWithCustomError(requests, "RequestStatusInvalid");
    });
  });

  describe("given a locked request", () => {
    describe("when the evidence meets the policy", () => {
      it("stores the result, pays each party its part of the escrow and keeps the stake at risk", async () => {
        const { requests, vault, operator, publisher, requester, request, terms, domain, claim } =
          await locked();
        const statement = claim(request, terms);
        const evidence = [await sign(operator, domain, statement)];
        const exposed = async () => (await vault.liabilityOf(operator, requests, request)).own;
        expect(await exposed()).to.equal(ETHER);

        const gasPrice = 2n * 10n ** 9n;
        const sent = await requests
          .connect(operator)
          .fulfil(request, terms, GOOD, evidence, { gasPrice });

        expect(await requests.statusOf(request)).to.equal(FULFILLED);
        const result = await requests.resultOf(request);
        expect(result.operator).to.equal(operator.address);
        expect(result.delivery).to.equal(DELIVERY.none);
        expect(result.assurance.kinds).to.equal(1n);
        expect(result.assurance.stakeAtRisk).to.equal(ETHER);
        expect(await exposed()).to.equal(ETHER);

        const royalty = (terms.minFee * 500n) / 10_000n;
        const [paid, back] = [
          await requests.creditOf(ZeroAddress, operator),
          await requests.creditOf(ZeroAddress, requester),
        ];
        expect(await requests.creditOf(ZeroAddress, publisher)).to.equal(royalty);
        expect(paid + back + royalty).to.equal(escrowOf(terms));
        await expect(sent).to.emit(requests, "InferenceFulfilled");
      });

      it("stores the flags of a development set-up with a proof and a signature", async () => {
        const { requests, operator, domain, claim, lock, params } =
          await networkHelpers.loadFixture(deployScenario);
        const terms = await params({ policy: all(zk(), signature) });
        const request = await lock(terms);
        const statement = claim(request, terms);
        const evidence = [prove(domain, statement), await sign(operator, domain, statement)];
        await requests.connect(operator).fulfil(request, terms, GOOD, evidence);
        const assurance = await requests.assuranceOf(request);
        expect(assurance.kinds).to.equal(0b10001n);
        expect(assurance.flags).to.equal(DEVELOPMENT_SETUP | UNATTESTED_SETUP);
      });

      it("pays the operator that locked, whoever sends it", async () => {
        const { requests, operator, stranger, request, terms, domain, claim } = await locked();
        const evidence = [await sign(operator, domain, claim(request, terms))];
        await requests.connect(stranger).fulfil(request, terms, GOOD, evidence);
        expect(await requests.creditOf(ZeroAddress, operator)).to.be.greaterThan(0n);
        expect(await requests.creditOf(ZeroAddress, stranger)).to.equal(0n);
      });

      for (const words of [1, 200]) {
        it(`reimburses the gas of an input of ${String(words)} words to within a tenth`, async () => {
          const scenario = await networkHelpers.loadFixture(deployScenario);
          const { requests, operator, params, lock, domain, claim } = scenario;
          const wide = await publishWide(scenario, words);
          const settle = async () => {
            const terms = await params({ ...wide, verificationGas: 1_000_000n });
            const request = await lock(terms);
            const evidence = [await sign(operator, domain, claim(request, terms))];
            const before = await requests.creditOf(ZeroAddress, operator);
            const sent = await requests
              .connect(operator)
              .fulfil(request, terms, GOOD, evidence, { gasPrice: 2n * 10n ** 9n });
            const mined = await sent.wait();
            const earned = (await requests.creditOf(ZeroAddress, operator)) - before;
            const fee = terms.minFee - (terms.minFee * 500n) / 10_000n;
            return { gas: Number(mined!.gasUsed), reimbursed: Number(earned - fee) / 2e9 };
          };
          await settle(); // opens the credit slots, which later settlements find open
          const { gas, reimbursed } = await settle();
          expect(reimbursed / gas).to.be.within(0.9, 1.1);
        });
      }

      it("reimburses no more gas than was bought and at no higher price", async () => {
        const { requests, operator, params, lock, domain, claim } =
          await networkHelpers.loadFixture(deployScenario);
        const terms = await params({ verificationGas: 1_000n, maxGasPrice: 10n ** 9n });
        const request = await lock(terms);
        const evidence = [await sign(operator, domain, claim(request, terms))];
        await requests
          .connect(operator)
          .fulfil(request, terms, GOOD, evidence, { gasPrice: 10n ** 11n });
        const royalty = (terms.minFee * 500n) / 10_000n;
        expect(await requests.creditOf(ZeroAddress, operator)).to.equal(
          terms.minFee - royalty + 1_000n * 10n ** 9n,
        );
      });
    });

    describe("when the requester is the operator itself", () => {
      it("gains nothing: it gets its own escrow back, less the royalty", async () => {
        const { requests, operator, params, domain, claim } =
          await networkHelpers.loadFixture(deployScenario);
        const terms = await params();
        const request = await requests.requestIdOf(operator, terms.nonce);
        await requests.connect(operator).request(terms, { value: escrowOf(terms) });
        await requests.connect(operator).lock(request, terms);
        const evidence = [await sign(operator, domain, claim(request, terms))];
        await requests.connect(operator).fulfil(request, terms, GOOD, evidence);
        const royalty = (terms.minFee * 500n) / 10_000n;
        expect(await requests.creditOf(ZeroAddress, operator)).to.equal(escrowOf(terms) - royalty);
      });
    });

    describe("when it is fulfilled a second time", () => {
      it("reverts with RequestStatusInvalid", async () => {
        const { requests, operator, request, terms, domain, claim } = await locked();
        const evidence = [await sign(operator, domain, claim(request, terms))];
        await requests.fulfil(request, terms, GOOD, evidence);
        await expect(requests.fulfil(request, terms, GOOD, evidence))
          .to.be.revertedWithCustomError(requests, "RequestStatusInvalid")
          .withArgs(request, FULFILLED);
      });
    });

    describe("when there is no evidence", () => {
      it("reverts with PolicyNotMet", async () => {
        const { requests, router, request, terms } = await locked();
        await expect(requests.fulfil(request, terms, GOOD, [])).to.be.revertedWithCustomError(
          router,
          "PolicyNotMet",
        );
      });
    });

    describe("when the evidence misses the release's floor", () => {
      it("reverts with PolicyNotMet for the floor's clause", async () => {
        const { models, requests, router, publisher, operator, circuitId, params, lock, ...rest } =
          await networkHelpers.loadFixture(deployScenario);
        const strict = release({
          publisher: publisher.address,
          circuit: circuitId,
          version: "strict",
          floor: all(zk()),
        });
        const releaseId = await models.publish.staticCall(strict, "");
        await models.publish(strict, "");
        const terms = await params({ release: releaseId });
        const request = await lock(terms);
        const evidence = [await sign(operator, rest.domain, rest.claim(request, terms))];
        await expect(requests.fulfil(request, terms, GOOD, evidence)).to.be.revertedWithCustomError(
          router,
          "PolicyNotMet",
        );
      });
    });

    describe("when the output is not the signed one", () => {
      it("reverts with SignatureNotByOperator", async () => {
        const { requests, signatures, operator, request, terms, domain, claim } = await locked();
        const evidence = [await sign(operator, domain, claim(request, terms))];
        await expect(requests.fulfil(request, terms, BAD, evidence)).to.be.revertedWithCustomError(
          signatures,
          "SignatureNotByOperator",
        );
      });
    });

    for (const [what, output, error] of [
      ["no word", [], "WordCountInvalid"],
      ["a word too many", [...GOOD, 0n], "WordCountInvalid"],
      ["an unused high bit", [GOOD[0]! | (1n << 32n)], "WordNotCanonical"],
    ] as const) {
      describe(`when the operator signs an output with ${what}`, () => {
        it(`reverts with ${error}, although a signature is all that is demanded`, async () => {
          const { requests, router, operator, request, terms, domain, claim } = await locked();
          const evidence = [await sign(operator, domain, claim(request, terms, [...output]))];
          const library = await connection.ethers.getContractAt("Words", router);
          await expect(
            requests.fulfil(request, terms, [...output], evidence),
          ).to.be.revertedWithCustomError(library, error);
        });
      });
    }

    describe("when the parameters are not those that were locked", () => {
      it("reverts with RequestParamsMismatch", async () => {
        const { requests, operator, request, terms, domain, claim } = await locked();
        const evidence = [await sign(operator, domain, claim(request, terms))];
        const generous = { ...terms, maxFee: terms.minFee + 1n };
        await expect(
          requests.fulfil(request, generous, GOOD, evidence),
        ).to.be.revertedWithCustomError(requests, "RequestParamsMismatch");
      });
    });

    describe("when the deadline has passed", () => {
      it("reverts with RequestDeadlinePassed", async () => {
        const { requests, operator, request, terms, domain, claim } = await locked();
        const evidence = [await sign(operator, domain, claim(request, terms))];
        await networkHelpers.time.increaseTo(terms.deadline + 1n);
        await expect(requests.fulfil(request, terms, GOOD, evidence)).to.be.revertedWithCustomError(
          requests,
          "RequestDeadlinePassed",
        );
      });
    });

    describe("when proof and signature were copied from the mempool by another operator", () => {
      it("reverts: both name the operator that made them", async () => {
        const { requests, groth16, signatures, operator, rival, params, ask, domain, claim } =
          await networkHelpers.loadFixture(deployScenario);
        const terms = await params({ policy: all(zk(), signature) });
        const request = await ask(terms);
        await requests.connect(rival).lock(request, terms);
        const honest = claim(request, terms, GOOD, operator.address);
        const [proof, signed] = [prove(domain, honest), await sign(operator, domain, honest)];
        const own = await sign(rival, domain, claim(request, terms, GOOD, rival.address));
        await expect(
          requests.connect(rival).fulfil(request, terms, GOOD, [proof, own]),
        ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
        await expect(
          requests.connect(rival).fulfil(request, terms, GOOD, [signed]),
        ).to.be.revertedWithCustomError(signatures, "SignatureNotByOperator");
      });
    });
  });
});
