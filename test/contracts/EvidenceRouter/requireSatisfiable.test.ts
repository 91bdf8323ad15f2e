import { expect } from "chai";
import { ZeroHash, id, zeroPadValue } from "ethers";
import type { EvidenceRouter } from "../../../offchain/protocol/typechain/index.ts";
import type { DisputeScenario } from "../../helpers/disputeScenario.ts";
import { WINDOW, byQuorum, deployDisputes, optimistic } from "../../helpers/disputeScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { trapdoorKey } from "../../helpers/trapdoorKey.ts";
import type { Policy, Release, Requirement } from "../../helpers/vouchScenario.ts";
import {
  CIRCUIT,
  INPUT,
  NOTHING,
  TRUST,
  all,
  release,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployDisputes);

const quorum = (k: bigint, n: bigint): Requirement => ({
  kind: 1n,
  params: k | (n << 8n),
  pin: ZeroHash,
});
const enclave: Requirement = { kind: 3n, params: 0n, pin: ZeroHash };

async function publish(
  { models, publisher, circuitId }: DisputeScenario,
  version: string,
  overrides: Partial<Release> = {},
): Promise<string> {
  const published = release({
    publisher: publisher.address,
    circuit: circuitId,
    version,
    ...overrides,
  });
  const releaseId = await models.connect(publisher).publish.staticCall(published, "");
  await models.connect(publisher).publish(published, "");
  return releaseId;
}

async function requireImpossible(
  router: EvidenceRouter,
  policy: Policy,
  releaseId: string,
  clause = 0n,
) {
  await expect(router.requireSatisfiable(policy, releaseId))
    .to.be.revertedWithCustomError(router, "PolicyUnsatisfiable")
    .withArgs(clause);
}

describe("EvidenceRouter.requireSatisfiable", () => {
  it("returns the higher stake of policy and floor, and whether an answer may be challenged", async () => {
    const scenario = await deployed();
    const { router, releaseId } = scenario;
    const floored = await publish(scenario, "floored", {
      floor: { ...all(signature), minStake: 7n },
    });
    const cases: readonly (readonly [Policy, string, bigint, boolean])[] = [
      [all(signature), releaseId, 0n, false],
      [{ ...all(zk()), minStake: 5n }, releaseId, 5n, false],
      [{ ...all(zk()), minStake: 5n }, floored, 7n, false],
      [{ ...all(zk()), minStake: 9n }, floored, 9n, false],
      [NOTHING, floored, 7n, false],
      [all(quorum(2n, 3n)), releaseId, 0n, false],
      [all(optimistic()), releaseId, 0n, true],
      [all(signature, byQuorum()), releaseId, 0n, true],
      [{ allOf: [{ anyOf: [zk(), optimistic()] }], minStake: 0n }, releaseId, 0n, true],
    ];
    for (const [policy, asked, minStake, challengeable] of cases) {
      const answer = await router.requireSatisfiable(policy, asked);
      expect([...answer]).to.deep.equal([minStake, challengeable]);
    }
  });

  it("takes a window for one that may come, though nobody has attested its set-up yet", async () => {
    const { router, releaseId, stranger } = await deployed();
    const attested = optimistic(WINDOW, TRUST.attested, zeroPadValue(stranger.address, 32));
    const either: Policy = { allOf: [{ anyOf: [signature, attested] }], minStake: 0n };
    expect((await router.requireSatisfiable(either, releaseId)).challengeable).to.equal(true);
    await requireImpossible(router, all(attested), releaseId);
  });

  it("names the first clause that cannot be met, the floor's first", async () => {
    const scenario = await deployed();
    const { router, releaseId } = scenario;
    const floored = await publish(scenario, "floored", { floor: all(signature) });
    await requireImpossible(router, all(signature, enclave), releaseId, 1n);
    await requireImpossible(router, all(enclave), floored, 1n);
  });

  describe("given a demand for a signature", () => {
    it("says no to parameters and pins, of which this version knows none", async () => {
      const { router, releaseId } = await deployed();
      await requireImpossible(router, all({ ...signature, params: 1n }), releaseId);
      await requireImpossible(router, all({ ...signature, pin: id("pin") }), releaseId);
    });
  });

  describe("given a demand for an enclave", () => {
    it("says no", async () => {
      const { router, releaseId } = await deployed();
      await requireImpossible(router, all(enclave), releaseId);
    });
  });

  describe("given a demand for a panel", () => {
    it("says yes to majorities of at most the largest, whatever the runtime class", async () => {
      const scenario = await deployed();
      const { router, releaseId } = scenario;
      const sampled = await publish(scenario, "sampled", { runtime: 2n });
      for (const asked of [releaseId, sampled]) {
        await router.requireSatisfiable(all(quorum(2n, 3n)), asked);
        await router.requireSatisfiable(all(quorum(9n, 16n)), asked);
        for (const [k, n] of [
          [1n, 2n],
          [4n, 3n],
          [9n, 17n],
        ] as const) {
          await requireImpossible(router, all(quorum(k, n)), asked);
        }
      }
    });
  });

  describe("given a demand for a window that a panel would end", () => {
    it("says no where honest runs may differ", async () => {
      const scenario = await deployed();
      const { router, releaseId } = scenario;
      await router.requireSatisfiable(all(byQuorum()), releaseId);
      for (const [version, runtime] of [
        ["tolerant", 1n],
        ["sampled", 2n],
      ] as const) {
        const other = await publish(scenario, version, { runtime });
        await requireImpossible(router, all(byQuorum()), other);
      }
    });

    it("says no to what is no majority", async () => {
      const { router, releaseId } = await deployed();
      await requireImpossible(router, all(byQuorum(WINDOW, 2n, 4n)), releaseId);
      await requireImpossible(router, all(byQuorum(WINDOW, 9n, 17n)), releaseId);
    });
  });

  describe("given a demand for a window", () => {
    it("says no to none, and to one that no stake would outlast", async () => {
      const { router, releaseId } = await deployed();
      const longest = await router.MAX_WINDOW();
      for (const of of [optimistic, byQuorum]) {
        await router.requireSatisfiable(all(of(1n)), releaseId);
        await router.requireSatisfiable(all(of(longest)), releaseId);
        await requireImpossible(router, all(of(0n)), releaseId);
        await requireImpossible(router, all(of(longest + 1n)), releaseId);
      }
    });

    it("says no where neither a proof nor a panel could end it", async () => {
      const scenario = await deployed();
      const { router } = scenario;
      const plain = await publish(scenario, "plain", { circuit: ZeroHash, weights: 0n });
      await requireImpossible(router, all(optimistic()), plain);
      await router.requireSatisfiable(all(byQuorum()), plain);
    });
  });

  describe("given a demand for a proof", () => {
    it("says yes to the trusts that the set-up can have", async () => {
      const scenario = await deployed();
      const { router, circuits, circuitId, releaseId, stranger } = scenario;
      const key = trapdoorKey("a ceremony").key;
      const trustedId = await circuits.register.staticCall({ ...CIRCUIT, setup: 0n, key });
      await circuits.register({ ...CIRCUIT, setup: 0n, key });
      const serious = await publish(scenario, "serious", { circuit: trustedId });
      const attested = zk(TRUST.attested, zeroPadValue(stranger.address, 32));

      await router.requireSatisfiable(all(zk(TRUST.any, circuitId)), releaseId);
      await requireImpossible(router, all(zk(TRUST.any, trustedId)), releaseId);
      await requireImpossible(router, all(zk(TRUST.pinned, circuitId)), releaseId);
      await router.requireSatisfiable(all(zk(TRUST.pinned, trustedId)), serious);
      await requireImpossible(router, all(zk(TRUST.pinned, circuitId)), serious);
      await requireImpossible(router, all(zk(3n, trustedId)), serious);
      await requireImpossible(router, all(attested), serious);

      await circuits.connect(stranger).attest(trustedId, CIRCUIT.transcript);

      await router.requireSatisfiable(all(attested), serious);
    });
  });

  describe("given a deployment without verifiers", () => {
    it("says no to each kind that it cannot verify", async () => {
      const { models, circuits, signatures, groth16, arbiter, releaseId } = await deployed();
      const of = (...verifiers: unknown[]): Promise<EvidenceRouter> =>
        ethers.deployContract("EvidenceRouter", [models, circuits, verifiers]);
      for (const [router, possible] of [
        [await of(), []],
        [await of(signatures), [signature]],
        [await of(groth16), [zk(), optimistic()]],
        [await of(arbiter), [quorum(2n, 3n), byQuorum()]],
      ] as const) {
        for (const wanted of [signature, zk(), optimistic(), quorum(2n, 3n), byQuorum()]) {
          const isPossible = possible.some(
            ({ kind, params }) => kind === wanted.kind && params === wanted.params,
          );
          if (isPossible) await router.requireSatisfiable(all(wanted), releaseId);
          else await requireImpossible(router, all(wanted), releaseId);
        }
      }
    });
  });

  describe("given a release without a circuit, and no verifier of external programs", () => {
    it("says no to the pin of a program", async () => {
      const scenario = await deployed();
      const { models, circuits, groth16 } = scenario;
      const router = await ethers.deployContract("EvidenceRouter", [models, circuits, [groth16]]);
      const plain = await publish(scenario, "plain", { circuit: ZeroHash, weights: 0n });
      await requireImpossible(router, all(zk(3n, id("program"))), plain);
      await requireImpossible(router, all(zk(TRUST.any)), plain);
    });
  });

  describe("when a clause offers nothing, or there is none", () => {
    it("reverts with PolicyClauseEmpty or PolicyEmpty", async () => {
      const { router, releaseId } = await deployed();
      const empty = { allOf: [{ anyOf: [signature] }, { anyOf: [] }], minStake: 0n };
      await expect(router.requireSatisfiable(empty, releaseId))
        .to.be.revertedWithCustomError(router, "PolicyClauseEmpty")
        .withArgs(1n);
      await expect(
        router.requireSatisfiable({ ...NOTHING, minStake: 1n }, releaseId),
      ).to.be.revertedWithCustomError(router, "PolicyEmpty");
    });
  });

  describe("when the release is not published", () => {
    it("reverts with ReleaseNotPublished", async () => {
      const { router, models } = await deployed();
      await expect(router.requireSatisfiable(all(signature), id("nothing")))
        .to.be.revertedWithCustomError(models, "ReleaseNotPublished")
        .withArgs(id("nothing"));
    });
  });
});

describe("EvidenceRouter.requireSatisfiable of clauses that name judges", () => {
  const DAY = 86_400n;
  const either = (...anyOf: Requirement[]) => ({ anyOf });
  const policies: readonly (readonly [string, boolean, Policy])[] = [
    ["one judge, two windows", true, all(optimistic(DAY), optimistic(2n * DAY))],
    [
      "judges of whom evidence makes all needless",
      true,
      {
        allOf: [either(optimistic(DAY), zk()), either(byQuorum(DAY), signature)],
        minStake: 0n,
      },
    ],
    ["a proof and a panel", false, all(optimistic(DAY), byQuorum(DAY))],
    [
      "a proof and a panel, and evidence in the place of one",
      true,
      { allOf: [either(optimistic(DAY), zk()), either(byQuorum(DAY))], minStake: 0n },
    ],
    [
      "a proof and a panel, each with the other as an alternative",
      true,
      {
        allOf: [
          either(optimistic(DAY), byQuorum(2n * DAY)),
          either(byQuorum(DAY), optimistic(3n * DAY, TRUST.pinned)),
        ],
        minStake: 0n,
      },
    ],
    [
      "panels of which neither is as strong",
      false,
      all(byQuorum(DAY, 2n, 2n), byQuorum(DAY, 5n, 9n)),
    ],
    [
      "a weaker panel of a shorter window",
      true,
      all(byQuorum(DAY, 3n, 5n), byQuorum(2n * DAY, 4n, 5n)),
    ],
    [
      "a weaker panel of a longer window",
      false,
      all(byQuorum(2n * DAY, 3n, 5n), byQuorum(DAY, 4n, 5n)),
    ],
    ["a panel as evidence that is the judge", true, all(quorum(3n, 5n), byQuorum(DAY, 3n, 5n))],
    [
      "a panel as evidence of which only more than a bare majority would do",
      false,
      all(quorum(2n, 3n), byQuorum(DAY, 3n, 5n)),
    ],
    [
      "a panel as evidence too small for the judge",
      false,
      all(quorum(2n, 3n), byQuorum(DAY, 5n, 9n)),
    ],
    [
      "a small panel as evidence that may be left out",
      true,
      {
        allOf: [either(quorum(2n, 3n), signature), either(byQuorum(DAY, 5n, 9n))],
        minStake: 0n,
      },
    ],
  ];
  for (const [name, compatible, policy] of policies) {
    it(`${compatible ? "takes" : "reverts with PolicyJudgesConflict for"} ${name}`, async () => {
      const { router, releaseId } = await deployed();
      const asked = router.requireSatisfiable(policy, releaseId);
      if (compatible) expect((await asked).challengeable).to.equal(true);
      else await expect(asked).to.be.revertedWithCustomError(router, "PolicyJudgesConflict");
    });
  }
});

describe("EvidenceRouter.requireAskable", () => {
  describe("given a release with a circuit", () => {
    it("demands the words of its input", async () => {
      const { router, releaseId } = await deployed();
      const words = await ethers.getContractAt("Words", router);
      const answer = await router.requireAskable(releaseId, INPUT, all(signature));
      expect([...answer]).to.deep.equal([0n, false]);
      await expect(router.requireAskable(releaseId, [...INPUT, 0n], all(signature)))
        .to.be.revertedWithCustomError(words, "WordCountInvalid")
        .withArgs(2n, 1n);
      await expect(router.requireAskable(releaseId, [1n << 64n], all(signature)))
        .to.be.revertedWithCustomError(words, "WordNotCanonical")
        .withArgs(0n, 1n << 64n);
    });
  });

  describe("given a release without one", () => {
    it("takes any words, up to what an answer to fits into a transaction", async () => {
      const scenario = await deployed();
      const { router } = scenario;
      const plain = await publish(scenario, "plain", { circuit: ZeroHash, weights: 0n });
      const longest = Array<bigint>(10_000).fill(0n);
      await router.requireAskable(plain, longest, all(signature));
      await expect(router.requireAskable(plain, [...longest, 0n], all(signature)))
        .to.be.revertedWithCustomError(router, "InputTooLong")
        .withArgs(10_001n, 10_000n);
    });
  });
});
