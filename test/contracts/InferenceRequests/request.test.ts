import { expect } from "chai";
import { AbiCoder, ZeroHash, id, keccak256 } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  ETHER,
  INPUT,
  NOTHING,
  TRUST,
  all,
  deployScenario,
  escrowOf,
  release,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";
import type { Params } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployScenario);

describe("InferenceRequests.request", () => {
  describe("when everything is in order", () => {
    it("escrows the worst case under the id of requester and nonce", async () => {
      const { requests, requester, params, domain } = await deployed();
      const terms = await params();
      const request = keccak256(
        AbiCoder.defaultAbiCoder().encode(
          ["uint256", "address", "address", "uint256"],
          [domain.chainId, await requests.getAddress(), requester.address, terms.nonce],
        ),
      );
      const sent = requests.connect(requester).request(terms, { value: escrowOf(terms) });
      await expect(sent).to.emit(requests, "InferenceRequested");
      await expect(sent).to.changeEtherBalance(connection.ethers, requests, escrowOf(terms));
      expect(await requests.statusOf(request)).to.equal(1n);
      expect(await requests.requesterOf(request)).to.equal(requester.address);
    });
  });

  const refusals: [string, (now: Params) => Partial<Params>, string, "requests" | "router"][] = [
    ["nothing is demanded at all", () => ({ policy: NOTHING }), "PolicyEmpty", "router"],
    [
      "a clause has no alternative",
      () => ({ policy: { allOf: [{ anyOf: [] }], minStake: 0n } }),
      "PolicyClauseEmpty",
      "router",
    ],
    [
      "a kind has no verifier",
      () => ({ policy: all({ kind: 3n, params: 0n, pin: ZeroHash }) }),
      "PolicyUnsatisfiable",
      "router",
    ],
    [
      "the pinned circuit is another",
      () => ({ policy: all(zk(2n, id("other"))) }),
      "PolicyUnsatisfiable",
      "router",
    ],
    [
      "a development set-up is not accepted",
      () => ({ policy: all(zk(0n, ZeroHash)) }),
      "PolicyUnsatisfiable",
      "router",
    ],
    [
      "a signature is asked for with parameters",
      () => ({ policy: all({ ...signature, params: 1n }) }),
      "PolicyUnsatisfiable",
      "router",
    ],
    [
      "a signature is asked for with a pin",
      () => ({ policy: all({ ...signature, pin: id("pin") }) }),
      "PolicyUnsatisfiable",
      "router",
    ],
    ["a trust is unknown", () => ({ policy: all(zk(9n)) }), "PolicyUnsatisfiable", "router"],
    [
      "less stake is asked for than the policy demands",
      () => ({ policy: { ...all(signature), minStake: 2n * ETHER } }),
      "RequestStakeBelowPolicy",
      "requests",
    ],
    [
      "the fee falls instead of rising",
      (now) => ({ minFee: now.maxFee + 1n }),
      "RequestFeeInvalid",
      "requests",
    ],
    [
      "the lock deadline is past",
      () => ({ lockDeadline: 1n }),
      "RequestDeadlineInvalid",
      "requests",
    ],
    [
      "the deadline is not after the lock deadline",
      (now) => ({ deadline: now.lockDeadline }),
      "RequestDeadlineInvalid",
      "requests",
    ],
    [
      "a callback is bought without a contract",
      () => ({ callbackGas: 1n }),
      "CallbackTargetWithoutCode",
      "requests",
    ],
    [
      "the callback fits into no transaction",
      () => ({ callbackGas: 10_000_001n }),
      "CallbackGasTooHigh",
      "requests",
    ],
    ["the release is unknown", () => ({ release: id("none") }), "ReleaseNotPublished", "requests"],
    ["a word is missing", () => ({ input: [] }), "WordCountInvalid", "requests"],
    ["a word is too many", () => ({ input: [...INPUT, 0n] }), "WordCountInvalid", "requests"],
    [
      "an unused bit is set",
      () => ({ input: [INPUT[0]! | (1n << 64n)] }),
      "WordNotCanonical",
      "requests",
    ],
  ];
  for (const [when, change, error, by] of refusals) {
    describe(`when ${when}`, () => {
      it(`reverts with ${error}`, async () => {
        const scenario = await deployed();
        const { requests, requester, models, params } = scenario;
        const honest = await params();
        const terms = { ...honest, ...change(honest) };
        const origin = {
          WordCountInvalid: await connection.ethers.getContractAt("Words", requests),
          WordNotCanonical: await connection.ethers.getContractAt("Words", requests),
          ReleaseNotPublished: models,
        }[error];
        await expect(
          requests.connect(requester).request(terms, { value: escrowOf(terms) }),
        ).to.be.revertedWithCustomError(origin ?? scenario[by], error);
      });
    });
  }

  describe("when the value is not exactly the escrow", () => {
    it("reverts with EscrowMismatch", async () => {
      const { requests, params } = await deployed();
      const terms = await params();
      await expect(requests.request(terms, { value: escrowOf(terms) - 1n }))
        .to.be.revertedWithCustomError(requests, "EscrowMismatch")
        .withArgs(escrowOf(terms) - 1n, escrowOf(terms));
    });
  });

  describe("given a development set-up", () => {
    it("reverts with PolicyUnsatisfiable even where the policy pins the circuit", async () => {
      const { requests, router, requester, params, circuitId } = await deployed();
      const terms = await params({ policy: all(zk(TRUST.pinned, circuitId)) });
      await expect(
        requests.connect(requester).request(terms, { value: escrowOf(terms) }),
      ).to.be.revertedWithCustomError(router, "PolicyUnsatisfiable");
    });
  });

  describe("given a release without a circuit", () => {
    it("takes a signature policy and refuses a zk one", async () => {
      const { requests, router, models, publisher, requester, params } = await deployed();
      const unproven = release({ publisher: publisher.address, weights: 0n });
      const releaseId = await models.publish.staticCall(unproven, "");
      await models.publish(unproven, "");
      const terms = await params({ release: releaseId });
      await requests.connect(requester).request(terms, { value: escrowOf(terms) });
      const proven = await params({ release: releaseId, policy: all(zk()) });
      await expect(
        requests.connect(requester).request(proven, { value: escrowOf(proven) }),
      ).to.be.revertedWithCustomError(router, "PolicyUnsatisfiable");
    });
  });
});
