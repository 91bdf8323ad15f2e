import { settlementGas } from "@vouch/compiler";
import { callbackRoom } from "@vouch/worker";
import { expect } from "chai";
import { id } from "ethers";
import type { Policy, TensorEncoding } from "../../../offchain/protocol/index.ts";
import {
  allOf,
  joinTensor,
  MAX_SETTLED_SEGMENTS,
  MAX_TRANSACTION_GAS,
  requireSignature,
  requireZk,
  SEGMENT_VERIFICATION_GAS,
  segmentedWeights,
} from "../../../offchain/protocol/index.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { proveSegments, segmentEvidence } from "../../helpers/segmentScenario.ts";
import { trapdoorKey } from "../../helpers/trapdoorKey.ts";
import {
  CIRCUIT,
  GOOD,
  all,
  deployScenario,
  escrowOf,
  release,
  sign,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";
import type { Scenario } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const BURN_GAS = 2n;
const FULFILLED = 5n;
const ONE_WORD: TensorEncoding = {
  ...{ mode: "public", elements: 1, bits: 32, signed: true, fractionBits: 0 },
};

const MORE = (MAX_SETTLED_SEGMENTS - 1) * SEGMENT_VERIFICATION_GAS;

/** What a worker leaves to a callback beside the longest list. */
const roomUnder = (policy: Policy): number =>
  callbackRoom(settlementGas(ONE_WORD, ONE_WORD).fulfil + MORE, policy, MAX_SETTLED_SEGMENTS);

/** Publishes a release of as many segments as one transaction settles, whose keys' trapdoors prove anything. */
async function publishLongest({ circuits, models, publisher }: Scenario) {
  const { signed } = joinTensor(1);
  const join = { mode: 1n, elements: 1n, bits: 253n, isSigned: signed };
  const keys = Array.from({ length: MAX_SETTLED_SEGMENTS }, (_, i) => trapdoorKey(`long ${i}`));
  const ids: string[] = [];
  for (const [index, { key }] of keys.entries()) {
    const input = index === 0 ? CIRCUIT.input : join;
    const output = index === keys.length - 1 ? CIRCUIT.output : join;
    const circuit = { ...CIRCUIT, input, output, key };
    ids.push(await circuits.register.staticCall(circuit));
    await circuits.register(circuit);
  }
  const listId = await circuits.registerSegments.staticCall(ids);
  await circuits.registerSegments(ids);
  const weights = keys.map((_, index) => BigInt(id(`weights ${index}`)) >> 3n);
  const published = release({
    publisher: publisher.address,
    circuit: listId,
    weights: segmentedWeights(weights),
    version: "long",
  });
  const releaseId = await models.publish.staticCall(published, "");
  await models.publish(published, "");
  return { keys, weights, releaseId };
}

describe("InferenceRequests.fulfil, of a release in segments", function () {
  this.timeout(60_000);

  it("settles the longest list in one transaction, with the greatest callback that a worker takes on", async () => {
    const scenario = await networkHelpers.loadFixture(deployScenario);
    const { requests, operator, params, claim, domain } = scenario;
    const { keys, weights, releaseId } = await publishLongest(scenario);
    const room = roomUnder(allOf([requireZk("any"), requireSignature()]));
    expect(room).to.be.greaterThan(500_000);

    const requester = await ethers.deployContract("HostileRequester");
    await requester.misbehave(BURN_GAS);
    const terms = await params({
      release: releaseId,
      policy: all(zk(), signature),
      verificationGas: BigInt(600_000 + MORE),
      callbackGas: BigInt(room),
    });
    const request = await requests.requestIdOf(requester, terms.nonce);
    const asked = requests.interface.encodeFunctionData("request", [terms]);
    await requester.execute(requests, asked, { value: escrowOf(terms) });
    const own = requests.connect(operator);
    await own.lock(request, terms);

    const statement = claim(request, terms);
    const joins = keys.slice(1).map((_, index) => BigInt(id(`join ${index}`)) >> 3n);
    const proof = proveSegments(domain, statement, { keys, weights }, joins);
    const evidence = [await sign(operator, domain, statement), segmentEvidence(proof)];
    await own.fulfil(request, terms, GOOD, evidence, { gasLimit: MAX_TRANSACTION_GAS });
    expect(await requests.statusOf(request)).to.equal(FULFILLED);
  });

  it("leaves nothing where a policy names so many verifiers that judging it takes what is left", () => {
    const attested = requireZk("attested", `0x${"11".repeat(20)}`);
    const anyOf = Array.from({ length: 150 }, () => attested);
    expect(roomUnder({ allOf: [{ anyOf }], minStake: 0n })).to.be.lessThan(0);
  });
});
