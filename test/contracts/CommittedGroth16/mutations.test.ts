import type { Hex } from "@vouch/protocol";
import { verifyCommitted } from "@vouch/protocol";
import { bn254 } from "@noble/curves/bn254.js";
import { expect } from "chai";
import { claimAt } from "../../helpers/batchScenario.ts";
import type { CommittedRelease } from "../../helpers/committedScenario.ts";
import {
  committedEvidence,
  proveCommitted,
  publishCommitted,
} from "../../helpers/committedScenario.ts";
import { g1Point, g1Words, g2Point, g2Words } from "../../helpers/curvePoints.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { randomNumbers } from "../../helpers/onnxModel.ts";
import { BASE_FIELD, g1 } from "../../helpers/trapdoorKey.ts";
import type { Receipt, Scenario } from "../../helpers/vouchScenario.ts";
import { deployScenario, digestOf } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const deep = process.env["VOUCH_DEEP"] === "1";
/** Mutated proofs that the contract judges; of every tenth the off-chain verifier's verdict is compared. */
const COUNT = deep ? 5_000 : 200;
const BATCH = 20;

/** Where a point's words begin, and how many there are. */
const POINTS = [
  [0, 2],
  [2, 4],
  [6, 2],
  [8, 2],
  [10, 2],
] as const;

type World = Scenario & { readonly own: CommittedRelease };
async function deployWorld(): Promise<World> {
  const scenario = await deployScenario();
  return { ...scenario, own: await publishCommitted(scenario, "mutated") };
}

describe("a commit-and-prove proof with changed words", function () {
  this.timeout(deep ? 3_600_000 : 120_000);

  it(`never verifies: ${String(COUNT)} of them`, async () => {
    const world = await networkHelpers.loadFixture(deployWorld);
    const { own, router, domain } = world;
    const claim = claimAt(world, own, 0);
    const digest = digestOf(domain, claim) as Hex;
    const honest = proveCommitted(world, own, claim);
    const others = ["one", "two", "three"].map((it) => proveCommitted(world, own, claim, it));
    const draw = randomNumbers(7);
    const pick = (count: number): number => Math.floor((Math.abs(draw()) % 1) * count);

    for (let done = 0; done < COUNT; done += BATCH) {
      const mutated = Array.from({ length: BATCH }, () => mutate(honest, others, pick));
      const receipts: Receipt[] = mutated.map((words) => ({
        ...claim,
        evidence: [committedEvidence(words)],
      }));
      const [, verified] = await router.assessMany(receipts);
      expect([...verified]).to.deep.equal(Array(BATCH).fill(false));
      const [first = []] = mutated;
      const offChain = { weights: g1(own.weightsSecret!), digest, v: [...claim.input, ...claim.output] }; // prettier-ignore
      if (deep || done % (5 * BATCH) === 0)
        expect(verifyCommitted(own.inference.key, first, offChain)).to.equal(false);
    }
    // What was mutated holds as it was.
    const [, verified] = await router.assessMany(
      [honest, ...others].map((words) => ({ ...claim, evidence: [committedEvidence(words)] })),
    );
    expect([...verified]).to.deep.equal([true, true, true, true]);
  });
});

/** One proof with one point, or several words, changed: never to a proof of the same statement. */
function mutate(
  honest: readonly bigint[],
  others: readonly (readonly bigint[])[],
  pick: (count: number) => number,
): readonly bigint[] {
  const [at, length] = POINTS[pick(POINTS.length)]!; // within the list
  const words = honest.slice(at, at + length);
  const put = (by: readonly bigint[]) => honest.map((it, i) => by[i - at] ?? it);
  const scalar = BigInt(1 + pick(2 ** 32));
  switch (pick(6)) {
    case 0:
      return put(others[pick(others.length)]!.slice(at, at + length)); // within the list
    case 1:
      return put(words.map((it, i) => (i * 2 < length ? it : BASE_FIELD - it)));
    case 2:
      return put(
        length === 4
          ? g2Words(g2Point(words).add(bn254.G2.Point.BASE.multiply(scalar)))
          : g1Words(g1Point(words).add(bn254.G1.Point.BASE.multiply(scalar))),
      );
    case 3:
      return put(
        length === 4
          ? g2Words(g2Point(words).multiply(scalar + 1n))
          : g1Words(g1Point(words).multiply(scalar + 1n)),
      );
    case 4: {
      const place = pick(12);
      return honest.map((it, i) => (i === place ? it ^ (1n << BigInt(pick(254))) : it));
    }
    default: {
      const place = pick(12);
      return honest.map((it, i) => (i === place ? (it + scalar) % BASE_FIELD : it));
    }
  }
}
