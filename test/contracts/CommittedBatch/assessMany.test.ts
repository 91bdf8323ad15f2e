import type { Hex } from "@vouch/protocol";
import { committedChallenge } from "@vouch/protocol";
import { bn254 } from "@noble/curves/bn254.js";
import { expect } from "chai";
import { concat, id, keccak256, toBeHex } from "ethers";
import type { ProvenRelease } from "../../helpers/batchScenario.ts";
import { claimAt, ownRelease, provenReceipt } from "../../helpers/batchScenario.ts";
import type { CommittedRelease } from "../../helpers/committedScenario.ts";
import {
  committedEvidence,
  committedReceipt,
  committedWords,
  proveCommitted,
  publishCommitted,
  publishOn,
  publishUnregistered,
} from "../../helpers/committedScenario.ts";
import { evaluate } from "../../helpers/committedTrapdoor.ts";
import { g1Point, g1Words, outsideSubgroup } from "../../helpers/curvePoints.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { BASE_FIELD, SCALAR_FIELD, g1 } from "../../helpers/trapdoorKey.ts";
import type { Receipt, Scenario } from "../../helpers/vouchScenario.ts";
import { BAD, W, deployScenario, digestOf, sign } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const { Fr } = bn254.fields;

type World = Scenario & {
  readonly plain: ProvenRelease;
  /** Two releases of one circuit, one of a circuit that holds its weights, and one of another circuit. */
  readonly own: CommittedRelease;
  readonly sibling: CommittedRelease;
  readonly constant: CommittedRelease;
  readonly foreign: CommittedRelease;
};

async function deployWorld(): Promise<World> {
  const scenario = await deployScenario();
  const own = await publishCommitted(scenario, "own");
  const constants = { weights: "constant", weightsCircuit: null } as const;
  return {
    ...scenario,
    plain: ownRelease(scenario),
    own,
    sibling: await publishOn(scenario, own, own.circuitId, "sibling", W + 1n),
    constant: await publishCommitted(scenario, "constant", constants),
    foreign: await publishCommitted(scenario, "foreign"),
  };
}
const deployed = (): Promise<World> => networkHelpers.loadFixture(deployWorld);

/** Receipts of requests 0 to `count - 1`, of the releases in turn. */
const receiptsOf = (world: World, count: number, releases: CommittedRelease[]): Receipt[] =>
  Array.from({ length: count }, (_, i) =>
    committedReceipt(world, releases[i % releases.length]!, i),
  );

const withWords = (receipt: Receipt, words: readonly bigint[]): Receipt => ({
  ...receipt,
  evidence: [committedEvidence(words)],
});

/** Replaces words of the evidence from `at` on; 0 is A, 2 is B, 6 is C, 8 is D, 10 is Q. */
const replaced = (receipt: Receipt, at: number, by: readonly bigint[]): Receipt =>
  withWords(
    receipt,
    committedWords(receipt).map((it, i) => by[i - at] ?? it),
  );

/** Adds `by` times the generator to a point. */
function shifted(receipt: Receipt, at: number, by: bigint): Receipt {
  const point = g1Point(committedWords(receipt).slice(at, at + 2));
  return replaced(receipt, at, g1Words(point.add(bn254.G1.Point.BASE.multiply(by))));
}

/** Asserts that `assessMany` says of each what `assess` does, and returns which hold. */
async function verdictsOn(
  { router }: Pick<World, "router">,
  receipts: readonly Receipt[],
): Promise<boolean[]> {
  const [assurances, verified] = await router.assessMany([...receipts]);
  const together = verified.map((it, i) => (it ? assurances[i]!.map(String) : null));
  const apart = receipts.map((it) =>
    router.assess(it).then(
      (assurance) => assurance.map(String),
      () => null,
    ),
  );
  expect(together).to.deep.equal(await Promise.all(apart));
  return together.map((it) => it !== null);
}

/** Ways in which one receipt among others can be wrong. */
const WRONG: readonly [string, (receipt: Receipt, world: World) => Receipt | Promise<Receipt>][] = [
  ["has another output", (it) => ({ ...it, output: BAD })],
  ["is of another request", (it) => ({ ...it, request: id("another") })],
  ["is of another release of the circuit", (it, { sibling }) => ({ ...it, release: sibling.releaseId })], // prettier-ignore
  ["is of another circuit", (it, { foreign }) => ({ ...it, release: foreign.releaseId })],
  ["is of a plain circuit", (it, { releaseId }) => ({ ...it, release: releaseId })],
  ["is of a release that is not published", (it) => ({ ...it, release: id("nothing") })],
  [
    "is of a release whose weights nobody registered",
    async (it, { models, publisher, own }) => ({
      ...it,
      release: await publishUnregistered({ models, publisher }, own.circuitId, "bare", W + 9n),
    }),
  ],
  ["has an output word plus p", (it) => ({ ...it, output: [it.output[0]! + SCALAR_FIELD] })],
  ["has an input word too many", (it) => ({ ...it, input: [...it.input, 0n] })],
  ...Array.from({ length: 12 }, (_, at): [string, (receipt: Receipt) => Receipt] => [
    `has word ${String(at)} plus q`,
    (it) => replaced(it, at, [committedWords(it)[at]! + BASE_FIELD]),
  ]),
  ["has A off the curve", (it) => replaced(it, 0, [1n, 3n])],
  ["has B outside the subgroup", (it) => replaced(it, 2, outsideSubgroup())],
  ["has C off the curve", (it) => replaced(it, 6, [1n, 3n])],
  ["has D off the curve", (it) => replaced(it, 8, [1n, 3n])],
  ["has Q off the curve", (it) => replaced(it, 10, [1n, 3n])],
  ["has D at infinity", (it) => replaced(it, 8, [0n, 0n])],
  ["has D and Q at infinity", (it) => replaced(it, 8, [0n, 0n, 0n, 0n])],
  ["has Q at infinity", (it) => replaced(it, 10, [0n, 0n])],
  ["has another C", (it) => replaced(it, 6, g1(7n))],
  ["has another D", (it) => replaced(it, 8, g1(7n))],
  ["has another Q", (it) => replaced(it, 10, g1(7n))],
  ["has a word too many", (it) => withWords(it, [...committedWords(it), 0n])],
  ["has two proofs", (it) => ({ ...it, evidence: [...it.evidence, ...it.evidence] })],
  [
    "has the proof of another request",
    (it, world) => ({ ...it, evidence: committedReceipt(world, world.own, 99).evidence }),
  ],
];

describe("EvidenceRouter.assessMany of commit-and-prove circuits", function () {
  this.timeout(120_000);

  for (const count of [1, 2, 5]) {
    it(`returns what assess returns of each of ${String(count)}`, async () => {
      const world = await deployed();
      const receipts = receiptsOf(world, count, [world.own]);
      expect(await verdictsOn(world, receipts)).to.deep.equal(Array(count).fill(true));
    });
  }

  it("takes plain and committed circuits, and several releases, in one batch", async () => {
    const world = await deployed();
    const { own, sibling, constant, foreign } = world;
    const receipts = receiptsOf(world, 8, [own, sibling, constant, foreign]);
    for (const at of [0, 3, 7]) receipts.splice(at, 0, provenReceipt(world, world.plain, 20 + at));
    for (const all of [receipts, receipts.toReversed()])
      expect(await verdictsOn(world, all)).to.deep.equal(Array(11).fill(true));
  });

  it("names the ones that fail among both", async () => {
    const world = await deployed();
    const receipts = receiptsOf(world, 6, [world.own, world.constant]);
    for (const at of [1, 4]) receipts.splice(at, 0, provenReceipt(world, world.plain, 20 + at));
    for (const bad of [[0], [1], [7], [2, 4], [0, 1, 2, 3, 4, 5, 6, 7]]) {
      const all = receipts.map((it, i) =>
        bad.includes(i) ? { ...it, request: id(`no ${String(i)}`) } : it,
      );
      expect(await verdictsOn(world, all)).to.deep.equal(all.map((_, i) => !bad.includes(i)));
    }
  });

  for (const [what, change] of WRONG) {
    describe(`when one receipt ${what}`, () => {
      it("names it, and loses no other", async () => {
        const world = await deployed();
        const receipts = receiptsOf(world, 4, [world.own]);
        receipts[1] = await change(receipts[1]!, world);
        receipts.push(provenReceipt(world, world.plain, 30));
        expect(await verdictsOn(world, receipts)).to.deep.equal([true, false, true, true, true]);
      });
    });
  }

  describe("given a signature beside", () => {
    it("merges what both are worth", async () => {
      const world = await deployed();
      const receipts = receiptsOf(world, 3, [world.own]);
      const signed = await sign(world.operator, world.domain, receipts[1]!);
      receipts[1]!.evidence.push(signed);
      expect(await verdictsOn(world, receipts)).to.deep.equal([true, true, true]);
    });
  });

  describe("when two bad proofs make up for each other", () => {
    for (const [point, at] of [
      ["C", 6],
      ["D", 8],
      ["Q", 10],
    ] as const) {
      // prettier-ignore
      it(`names both where the errors of their points ${point} sum to nothing`, async () => {
        const world = await deployed();
        const receipts = receiptsOf(world, 4, [world.own]);
        for (const [i, j] of [
          [0, 1],
          [1, 3],
        ] as const) {
          const forged = receipts
            .with(i, shifted(receipts[i]!, at, 9n))
            .with(j, shifted(receipts[j]!, at, Fr.neg(9n)));
          expect(await verdictsOn(world, forged)).to.deep.equal(
            forged.map((_, k) => k !== i && k !== j),
          );
        }
      });
    }

    it("names both where the powers were those of a seed that hashes fewer words", async () => {
      const world = await deployed();
      const receipts = receiptsOf(world, 2, [world.own]);
      for (const parts of ["all before", "points", "commitments", "nothing"] as const) {
        const rho = powerOf(await seedOf(world, receipts, parts), 1n);
        for (const at of [6, 10]) {
          const forged = [
            shifted(receipts[0]!, at, 9n),
            shifted(receipts[1]!, at, Fr.neg(Fr.div(9n, rho))),
          ];
          expect(await verdictsOn(world, forged)).to.deep.equal([false, false]);
        }
      }
    });

    it("names it where the errors of its two equations cancel under a known power", async () => {
      const world = await deployed();
      const { own, domain } = world;
      const receipts = receiptsOf(world, 2, [own]);
      const claim = claimAt(world, own, 0);
      const words = committedWords(receipts[0]!);
      const { z, b } = committedChallenge(
        g1(own.weightsSecret!), // it has weights
        words.slice(8, 10),
        digestOf(domain, claim) as Hex,
      );
      const signals = [z, b, evaluate([...claim.input, ...claim.output], z)];
      for (const parts of ["all before", "points", "commitments", "nothing"] as const) {
        const r = powerOf(await seedOf(world, receipts, parts), 0n);
        const advice = BigInt(id("forged D")) % SCALAR_FIELD;
        const here = committedChallenge(g1(own.weightsSecret!), g1(advice), digestOf(domain, claim) as Hex); // prettier-ignore
        const t = 9n;
        const knowledge = Fr.sub(Fr.mul(own.inference.sigma, advice), t);
        const forged = own.inference.proveSignals(
          [here.z, here.b, evaluate([...claim.input, ...claim.output], here.z)],
          Fr.add(own.weightsSecret!, Fr.mul(r, t)),
          { advice, knowledge },
        );
        expect(signals).to.not.deep.equal(forged);
        const all = [withWords(receipts[0]!, forged), receipts[1]!];
        expect(await verdictsOn(world, all)).to.deep.equal([false, true]);
      }
    });

    it("names both where elements, or whole proofs, are swapped", async () => {
      const world = await deployed();
      const [a, b, c] = receiptsOf(world, 3, [world.own]) as [Receipt, Receipt, Receipt];
      for (const [at, length] of [
        [0, 2],
        [2, 4],
        [6, 2],
        [8, 2],
        [10, 2],
        [8, 4],
        [0, 8],
        [0, 12],
      ] as const) {
        const [first, second] = [a, b].map((it) => committedWords(it).slice(at, at + length));
        const swapped = [replaced(a, at, second!), replaced(b, at, first!), c];
        expect(await verdictsOn(world, swapped)).to.deep.equal([false, false, true]);
      }
    });

    it("names both where two releases' points D_W are exchanged", async () => {
      const world = await deployed();
      const { own, sibling } = world;
      const exchanged = [
        { ...own, weightsSecret: sibling.weightsSecret },
        { ...sibling, weightsSecret: own.weightsSecret },
        own,
      ].map((release, i) => {
        const claim = claimAt(world, release, i);
        return { ...claim, evidence: [committedEvidence(proveCommitted(world, release, claim))] };
      });
      expect(await verdictsOn(world, exchanged)).to.deep.equal([false, false, true]);
    });
  });

  describe("when points are refused, which burns the gas of a call to the precompile", () => {
    it("costs at most what three times all proofs on their own would", async () => {
      const world = await deployed();
      const receipts = receiptsOf(world, 6, [world.own]);
      const single = await world.router.assess.estimateGas(receipts[0]!);
      const outside = receipts.map((it) => replaced(it, 2, outsideSubgroup()));
      const gas = await world.router.assessMany.estimateGas(outside);
      expect(Number(gas)).to.be.lessThan(3 * 6 * Number(single));
    });
  });
});

/** Power `index` of a seed; that of index 0 is of the second equations. */
function powerOf(seed: string, index: bigint): bigint {
  return BigInt(keccak256(concat([seed, toBeHex(index, 32)]))) >> 3n;
}

/** The seed of a batch as docs/statement.md has it, or one that leaves words out. */
async function seedOf(
  { own, domain, circuits }: World,
  receipts: readonly Receipt[],
  parts: "all before" | "points" | "commitments" | "nothing",
): Promise<string> {
  const pointer = BigInt(await circuits.pointerOf(own.circuitId));
  const weights = g1(own.weightsSecret!); // it has weights
  const hash = (seed: string, words: readonly bigint[]): string =>
    keccak256(concat([seed, ...words.map((it) => toBeHex(it, 32))]));
  let seed = id("vouch.batch.v1");
  for (const receipt of receipts) {
    const words = committedWords(receipt);
    const { z, b } = committedChallenge(
      weights,
      words.slice(8, 10),
      digestOf(domain, receipt) as Hex,
    );
    const e = evaluate([...receipt.input, ...receipt.output], z);
    if (parts === "all before" || parts === "points")
      seed = hash(seed, [...words.slice(0, 8), z, b, e, pointer]);
    if (parts === "all before" || parts === "commitments")
      seed = hash(seed, [...words.slice(8), ...weights]);
  }
  return seed;
}
