import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import type { Circuit, Scenario } from "../../helpers/vouchScenario.ts";
import {
  CIRCUIT,
  GOOD,
  all,
  deployScenario,
  escrowOf,
  prove,
  release,
  sign,
  zk,
} from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
/** What a transaction may use at most (EIP-7825). */
const TRANSACTION_GAS = 16_777_216n;
/** What a circuit may have at most. */
const CIRCUIT_WORDS = 4095;
const LONGEST_CALLBACK = 10_000_000n;
const FULFILLED = 5n;

const deployed = () => networkHelpers.loadFixture(deployScenario);
/** Three elements of 64 bits to a word. */
const wide = (words: number): Circuit => ({
  ...CIRCUIT,
  setup: 0n,
  input: { ...CIRCUIT.input, elements: 3n * BigInt(words), bits: 64n },
});
const ONES = (bits: bigint, words: number) => Array<bigint>(words).fill(2n ** bits - 1n);

/** Publishes a release whose input has so many words; without a circuit where that is to be of any number. */
async function publish({ circuits, models, publisher }: Scenario, circuit: Circuit | undefined) {
  const version = "wide";
  let terms = release({ publisher: publisher.address, weights: 0n, version });
  if (circuit !== undefined) {
    const id = await circuits.register.staticCall(circuit);
    await circuits.register(circuit);
    terms = release({ publisher: publisher.address, circuit: id, version });
  }
  const id = await models.publish.staticCall(terms, "");
  await models.publish(terms, "");
  return id;
}

async function unproven(words: number) {
  const scenario = await deployed();
  const terms = await scenario.params({
    release: await publish(scenario, undefined),
    input: ONES(256n, words),
  });
  const request = await scenario.ask(terms);
  return { ...scenario, terms, request };
}

describe("InferenceRequests, by size of the input", () => {
  it("refuses a circuit with more words than the largest", async () => {
    const { circuits } = await deployed();
    await circuits.register.staticCall(wide(CIRCUIT_WORDS));
    await expect(circuits.register(wide(CIRCUIT_WORDS + 1))).to.be.revertedWithCustomError(
      circuits,
      "CircuitEncodingInvalid",
    );
  });

  it("settles a proof over the largest circuit's input, with the longest callback, in a transaction", async () => {
    const scenario = await deployed();
    const { requests, operator, domain, claim } = scenario;
    const hostile = await ethers.deployContract("HostileRequester");
    await hostile.misbehave(2n); // burns all of the callback's gas
    const terms = await scenario.params({
      release: await publish(scenario, wide(CIRCUIT_WORDS)),
      input: ONES(192n, CIRCUIT_WORDS),
      policy: all(zk()),
      callbackGas: LONGEST_CALLBACK,
    });
    const request = await requests.requestIdOf(hostile, terms.nonce);
    await hostile.execute(requests, requests.interface.encodeFunctionData("request", [terms]), {
      value: escrowOf(terms),
    });
    await requests.connect(operator).lock(request, terms);
    const evidence = [prove(domain, claim(request, terms))];
    await requests.fulfil(request, terms, GOOD, evidence, { gasLimit: TRANSACTION_GAS });
    expect(await requests.statusOf(request)).to.equal(FULFILLED);
  });

  it("takes a signed answer to 10,000 words", async () => {
    const { requests, operator, domain, claim, terms, request } = await unproven(10_000);
    await requests.connect(operator).lock(request, terms);
    const evidence = [await sign(operator, domain, claim(request, terms))];
    const sent = await requests.fulfil(request, terms, GOOD, evidence);
    expect((await sent.wait())!.gasUsed).to.be.lessThan(TRANSACTION_GAS);
    expect(await requests.statusOf(request)).to.equal(FULFILLED);
  });

  describe("when the input is so long that an answer would not fit", () => {
    it("reverts with InputTooLong, so that no operator locks what it cannot settle", async () => {
      const { router } = await networkHelpers.loadFixture(deployScenario);
      await expect(unproven(10_001))
        .to.be.revertedWithCustomError(router, "InputTooLong")
        .withArgs(10_001n, 10_000n);
    });
  });
});
