import { bn254 } from "@noble/curves/bn254.js";
import { keyToSnarkjs, proofToSnarkjs, terminate } from "@vouch/prover";
import { expect } from "chai";
import { AbiCoder, concat, id, keccak256, toBeHex } from "ethers";
import { groth16 } from "snarkjs";
import type { ProvenRelease } from "../../helpers/batchScenario.ts";
import { claimAt, ownRelease, provenReceipt, publishProven } from "../../helpers/batchScenario.ts";
import { outsideSubgroup } from "../../helpers/curvePoints.ts";
import { connection } from "../../helpers/deployVouch.ts";
import {
  JOINS,
  proveSegments,
  publishSegments,
  segmentEvidence,
} from "../../helpers/segmentScenario.ts";
import { BASE_FIELD, SCALAR_FIELD, g1, g2 } from "../../helpers/trapdoorKey.ts";
import { randomNumbers } from "../../helpers/onnxModel.ts";
import type { Receipt, Scenario } from "../../helpers/vouchScenario.ts";
import {
  BAD,
  SIGNATURE,
  TRAPDOOR,
  W,
  ZK,
  deployScenario,
  digestOf,
  sign,
  signalsOf,
} from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const { Fr } = bn254.fields;
const coder = AbiCoder.defaultAbiCoder();

const OUTSIDE_G2 = outsideSubgroup();
const INFINITY = Array<bigint>(8).fill(0n);

type World = Scenario & { readonly own: ProvenRelease; readonly other: ProvenRelease };

async function deployWorld(): Promise<World> {
  const scenario = await deployScenario();
  const other = await publishProven(scenario, "other circuit");
  return { ...scenario, own: ownRelease(scenario), other };
}
const deployed = (): Promise<World> => networkHelpers.loadFixture(deployWorld);

/** Receipts of requests 0 to `count - 1`, of the releases in turn. */
const receiptsOf = (world: World, count: number, releases = [world.own]): Receipt[] =>
  Array.from({ length: count }, (_, i) => provenReceipt(world, releases[i % releases.length]!, i));

/** Words of the receipt's only evidence: `c`, then the proof. */
function wordsOf({ evidence }: Receipt): bigint[] {
  return [...(coder.decode(["uint256[9]"], evidence[0]!.data)[0] as bigint[])];
}

function withWords(receipt: Receipt, words: readonly bigint[]): Receipt {
  const data = coder.encode([`uint256[${String(words.length)}]`], [[...words]]);
  return { ...receipt, evidence: [{ kind: ZK, data }] };
}

/** Replaces words of the evidence from `start` on; 1 is A, 3 is B, 7 is C. */
const replaced = (receipt: Receipt, start: number, words: readonly bigint[]): Receipt =>
  withWords(
    receipt,
    wordsOf(receipt).map((it, i) => words[i - start] ?? it),
  );

/** What `assess` says of each receipt on its own: its assurance, or null where it reverts. */
async function assessEach({ router }: Pick<World, "router">, receipts: readonly Receipt[]) {
  return Promise.all(
    receipts.map((it) =>
      router.assess(it).then(
        (assurance) => assurance.map(String),
        () => null,
      ),
    ),
  );
}

async function assessTogether({ router }: Pick<World, "router">, receipts: readonly Receipt[]) {
  const [assurances, verified] = await router.assessMany([...receipts]);
  expect([assurances.length, verified.length]).to.deep.equal([receipts.length, receipts.length]);
  for (const [i, it] of verified.entries())
    if (!it) expect([...assurances[i]!].every((member) => member === 0n)).to.equal(true);
  return verified.map((it, i) => (it ? assurances[i]!.map(String) : null));
}

/** Asserts that both agree, and returns which receipts hold. */
async function verdictsOn(world: World, receipts: readonly Receipt[]): Promise<boolean[]> {
  const together = await assessTogether(world, receipts);
  expect(together).to.deep.equal(await assessEach(world, receipts));
  return together.map((it) => it !== null);
}

/** Ways in which one receipt among others can be wrong. */
const WRONG: readonly [string, (receipt: Receipt, world: World) => Receipt | Promise<Receipt>][] = [
  ["has another output", (it) => ({ ...it, output: BAD })],
  ["is of another request", (it) => ({ ...it, request: id("another") })],
  ["is of another release", (it, { other }) => ({ ...it, release: other.releaseId })],
  ["is of a release that is not published", (it) => ({ ...it, release: id("nothing") })],
  ["has an input word too many", (it) => ({ ...it, input: [...it.input, 0n] })],
  ["has no output", (it) => ({ ...it, output: [] })],
  ["has an unused bit set", (it) => ({ ...it, input: [it.input[0]! | (1n << 64n)] })],
  ["has an output word plus p", (it) => ({ ...it, output: [it.output[0]! + SCALAR_FIELD] })],
  ["has c plus p", (it) => replaced(it, 0, [wordsOf(it)[0]! + SCALAR_FIELD])],
  ["has another c", (it) => replaced(it, 0, [wordsOf(it)[0]! + 1n])],
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((at): [string, (receipt: Receipt) => Receipt] => [
    `has coordinate ${String(at - 1)} plus q`,
    (it) => replaced(it, at, [wordsOf(it)[at]! + BASE_FIELD]),
  ]),
  ["has A off the curve", (it) => replaced(it, 1, [1n, 3n])],
  ["has B off the curve", (it) => replaced(it, 3, [1n, 2n, 3n, 4n])],
  ["has B outside the subgroup", (it) => replaced(it, 3, OUTSIDE_G2)],
  ["has C off the curve", (it) => replaced(it, 7, [1n, 3n])],
  ["has A at infinity", (it) => replaced(it, 1, [0n, 0n])],
  ["has B at infinity", (it) => replaced(it, 3, [0n, 0n, 0n, 0n])],
  ["has C at infinity", (it) => replaced(it, 7, [0n, 0n])],
  ["has all points at infinity", (it) => replaced(it, 1, INFINITY)],
  ["has A negated", (it) => replaced(it, 2, [BASE_FIELD - wordsOf(it)[2]!])],
  ["has another C", (it) => replaced(it, 7, g1(7n))],
  ["has a word too many", (it) => withWords(it, [...wordsOf(it), 0n])],
  ["has two proofs", (it) => ({ ...it, evidence: [...it.evidence, ...it.evidence] })],
  [
    "has the proof of another request",
    (it, world) => ({ ...it, evidence: provenReceipt(world, world.own, 99).evidence }),
  ],
  [
    "is proven under another key",
    (it, world) => {
      const claim = { ...it, evidence: [] };
      const forger = { releaseId: it.release, key: world.other.key };
      return { ...claim, evidence: provenReceipt(world, forger, 2).evidence };
    },
  ],
  [
    "has a signature that is not the operator's",
    async (it, { rival, domain }) => ({
      ...it,
      evidence: [...it.evidence, await sign(rival, domain, it)],
    }),
  ],
  [
    "has only a signature that is malformed",
    (it) => ({ ...it, evidence: [{ kind: SIGNATURE, data: "0x12" }] }),
  ],
  [
    "has evidence of a kind without a verifier",
    (it) => ({ ...it, evidence: [...it.evidence, { kind: 3n, data: "0x" }] }),
  ],
];

describe("EvidenceRouter.assessMany", function () {
  this.timeout(120_000);

  after(terminate);

  it("returns nothing of nothing", async () => {
    const { router } = await deployed();
    const [assurances, verified] = await router.assessMany([]);
    expect([assurances.length, verified.length]).to.deep.equal([0, 0]);
  });

  describe("given proofs of one circuit", () => {
    for (const count of [1, 2, 3, 8]) {
      it(`returns what assess returns of each of ${String(count)}`, async () => {
        const world = await deployed();
        expect(await verdictsOn(world, receiptsOf(world, count))).to.deep.equal(
          Array(count).fill(true),
        );
      });
    }

    it("accepts the same receipt twice, and other proofs of one statement", async () => {
      const world = await deployed();
      const [first] = receiptsOf(world, 1) as [Receipt];
      const claim = claimAt(world, world.own, 0);
      const signals = signalsOf(digestOf(world.domain, claim), claim);
      const again = withWords(first, [signals[0], ...TRAPDOOR.prove(signals, "again")]);
      const words = wordsOf(first);
      const negated = replaced(
        replaced(first, 2, [BASE_FIELD - words[2]!]),
        5,
        [5, 6].map((at) => BASE_FIELD - words[at]!),
      );
      const all = [first, first, again, negated];
      expect(await verdictsOn(world, all)).to.deep.equal(Array(4).fill(true));
    });

    it("accepts a proof whose A is the point at infinity where the equation holds", async () => {
      const world = await deployed();
      const receipts = receiptsOf(world, 3);
      for (const place of [0, 1]) {
        const claim = receipts[place]!;
        const signals = signalsOf(digestOf(world.domain, claim), claim);
        const [a, c] = TRAPDOOR.proveAtInfinity(signals);
        for (const b of [g2(5n), [0n, 0n, 0n, 0n]]) {
          const proof = [signals[0], ...a, ...b, ...c];
          const all = receipts.with(place, withWords(claim, proof));
          expect(await verdictsOn(world, all)).to.deep.equal([true, true, true]);
          const outside = receipts.with(place, replaced(all[place]!, 3, OUTSIDE_G2));
          expect((await verdictsOn(world, outside))[place]).to.equal(false);
        }
      }
    });
  });

  describe("given proofs of two circuits", () => {
    it("accepts all, in any order", async () => {
      const world = await deployed();
      const receipts = receiptsOf(world, 5, [world.own, world.other]);
      expect(await verdictsOn(world, receipts)).to.deep.equal(Array(5).fill(true));
      expect(await verdictsOn(world, receipts.toReversed())).to.deep.equal(Array(5).fill(true));
    });

    it("names the one that fails", async () => {
      const world = await deployed();
      const receipts = receiptsOf(world, 6, [world.own, world.other]);
      for (const place of [0, 3, 5]) {
        const bad = receipts.with(place, replaced(receipts[place]!, 7, g1(7n)));
        expect(await verdictsOn(world, bad)).to.deep.equal(receipts.map((_, i) => i !== place));
      }
    });
  });

  for (const [what, change] of WRONG) {
    describe(`when one receipt ${what}`, () => {
      it("names it, and loses no other", async () => {
        const world = await deployed();
        const receipts = receiptsOf(world, 5);
        receipts[2] = await change(receipts[2]!, world);
        expect(await verdictsOn(world, receipts)).to.deep.equal([true, true, false, true, true]);
      });
    });
  }

  describe("when all fail, or all but one", () => {
    it("names them", async () => {
      const world = await deployed();
      const bad = receiptsOf(world, 6).map((it) => replaced(it, 7, g1(7n)));
      expect(await verdictsOn(world, bad)).to.deep.equal(Array(6).fill(false));
      const one = bad.with(4, receiptsOf(world, 5)[4]!);
      expect(await verdictsOn(world, one)).to.deep.equal([false, false, false, false, true, false]);
    });
  });

  describe("given other evidence beside", () => {
    it("merges what both are worth; a segmented, a signed and a bare receipt stand", async () => {
      const world = await deployed();
      const { domain, operator, publisher } = world;
      const receipts = receiptsOf(world, 4);
      for (const i of [1, 2])
        receipts[i]!.evidence.push(await sign(operator, domain, receipts[i]!));
      receipts[2]!.evidence.reverse();
      receipts[3]!.evidence = [await sign(operator, domain, receipts[3]!)];
      const segmented = await publishSegments(world, publisher, "batch");
      const claim = claimAt(world, segmented, 4);
      const proven = proveSegments(domain, claim, segmented);
      receipts.push({ ...claim, evidence: [segmentEvidence(proven)] });
      const joins = { ...proven, joins: [JOINS[0]! + 1n, JOINS[1]!] };
      receipts.push({ ...claim, evidence: [segmentEvidence(joins)] });
      receipts.push({ ...claim, evidence: [] });
      expect(await verdictsOn(world, receipts)).to.deep.equal([
        ...Array<boolean>(5).fill(true),
        false,
        true,
      ]);
    });
  });

  describe("when two bad proofs make up for each other", () => {
    it("names both where their errors sum to nothing: C + D and C - D", async () => {
      const world = await deployed();
      const receipts = receiptsOf(world, 4);
      for (const [i, j] of [
        [0, 1],
        [1, 2],
        [2, 3],
      ] as const) {
        const cancelled = receipts
          .with(i, shifted(receipts[i]!, 9n))
          .with(j, shifted(receipts[j]!, Fr.neg(9n)));
        const verdicts = await verdictsOn(world, cancelled);
        expect(verdicts).to.deep.equal(receipts.map((_, k) => k !== i && k !== j));
      }
    });

    it("names both where the powers were those of the proofs before: a power covers every proof", async () => {
      const world = await deployed();
      const { own, domain } = world;
      const receipts = receiptsOf(world, 2);
      const circuitId = (await world.models.releaseOf(own.releaseId)).circuit;
      const pointer = await world.circuits.pointerOf(circuitId);
      let seed = id("vouch.batch.v1");
      for (const receipt of receipts) {
        const [commitment = 0n, ...proof] = wordsOf(receipt);
        const signals = signalsOf(digestOf(domain, receipt), receipt, { commitment });
        const words = [BigInt(seed), BigInt(pointer), ...proof, ...signals];
        seed = keccak256(concat(words.map((it) => toBeHex(it, 32))));
      }
      // And those of a seed that hashes nothing.
      for (const known of [seed, id("vouch.batch.v1")]) {
        const rho = BigInt(keccak256(concat([known, toBeHex(1n, 32)]))) >> 3n;
        const forged = [shifted(receipts[0]!, 9n), shifted(receipts[1]!, Fr.neg(Fr.div(9n, rho)))];
        expect(await verdictsOn(world, forged)).to.deep.equal([false, false]);
      }
    });

    it("names both where their points C, or whole proofs, are swapped", async () => {
      const world = await deployed();
      const [a, b, c] = receiptsOf(world, 3) as [Receipt, Receipt, Receipt];
      const swappedC = [
        replaced(a, 7, wordsOf(b).slice(7)),
        replaced(b, 7, wordsOf(a).slice(7)),
        c,
      ];
      expect(await verdictsOn(world, swappedC)).to.deep.equal([false, false, true]);
      const swapped = [{ ...a, evidence: b.evidence }, { ...b, evidence: a.evidence }, c];
      expect(await verdictsOn(world, swapped)).to.deep.equal([false, false, true]);
    });
  });

  describe("when the words were solved from the equation after the challenge was drawn", () => {
    it("names it: the contract rebuilds the digest from the words", async () => {
      const world = await deployed();
      const [honest, other] = receiptsOf(world, 2) as [Receipt, Receipt];
      const committed = await publishProven(world, "committed input", {
        input: { mode: 1n, elements: 4n, bits: 16n, isSigned: true },
      });
      const claim = { ...claimAt(world, committed, 7), evidence: [] };
      const [c, z, e] = signalsOf(digestOf(world.domain, claim), claim);
      const rest = Fr.sub(Fr.sub(e, W), Fr.mul(BAD[0]!, Fr.mul(z, z)));
      const forged = { ...claim, input: [Fr.div(rest, z)], output: BAD };
      expect(signalsOf(digestOf(world.domain, claim), forged)).to.deep.equal([c, z, e]);
      const proof = [c, ...committed.key.prove([c, z, e])];
      const all = [honest, withWords(claim, proof), withWords(forged, proof), other];
      expect(await verdictsOn(world, all)).to.deep.equal([true, true, false, true]);
    });
  });

  describe("when little gas is sent", () => {
    it("reverts or says the same: a sender cannot have a receipt named by starving it", async () => {
      const world = await deployed();
      const segmented = await publishSegments(world, world.publisher, "starved");
      const claim = claimAt(world, segmented, 9);
      const receipts = receiptsOf(world, 3);
      receipts[0] = replaced(receipts[0]!, 7, g1(7n));
      const evidence = [segmentEvidence(proveSegments(world.domain, claim, segmented))];
      receipts.push({ ...claim, evidence });
      const enough = 2_500_000n;
      let answered = 0;
      for (let gasLimit = 150_000n; gasLimit <= enough; gasLimit += 37_123n) {
        const answer = await world.router.assessMany(receipts, { gasLimit }).then(
          ([, verified]) => verified,
          () => null,
        );
        if (answer === null) continue;
        answered++;
        expect([...answer], String(gasLimit)).to.deep.equal([false, true, true, true]);
      }
      expect(answered).to.be.greaterThan(0);
    });
  });

  describe("when points are refused, which burns the gas of a call to the precompile", () => {
    it("costs at most what three times all proofs on their own would", async () => {
      const world = await deployed();
      const count = 8;
      const single = await world.router.assess.estimateGas(receiptsOf(world, 1)[0]!);
      const outside = receiptsOf(world, count).map((it) => replaced(it, 3, OUTSIDE_G2));
      const gas = await world.router.assessMany.estimateGas(outside);
      expect(Number(gas)).to.be.lessThan(3 * count * Number(single));
      const one = receiptsOf(world, count).with(5, outside[5]!);
      expect(await verdictsOn(world, one)).to.deep.equal(one.map((_, i) => i !== 5));
    });
  });

  describe("given random batches of valid and mutated proofs", () => {
    it("agrees with assess on every receipt, and with snarkjs on every proof", async () => {
      const world = await deployed();
      const draw = randomNumbers(16);
      const next = (): number => Math.abs(draw()) % 1;
      const pick = (count: number): number => Math.floor(next() * count);
      for (let round = 0; round < 6; round++) {
        const releases = [world.own, world.other];
        const receipts = receiptsOf(world, 2 + pick(6), releases).map((receipt, i) => {
          if (next() < 0.5) return receipt;
          const other = provenReceipt(world, releases[i % 2]!, pick(8));
          const [at, length] = (
            [
              [1, 2],
              [3, 4],
              [7, 2],
              [1, 8],
              [0, 1],
              [0, 9],
            ] as const
          )[pick(6)]!;
          return replaced(receipt, at, wordsOf(other).slice(at, at + length));
        });
        const verdicts = await verdictsOn(world, receipts);
        const judged = [];
        for (const [i, receipt] of receipts.entries())
          judged.push(await snarkjsVerdict(world, releases[i % 2]!, receipt));
        expect(verdicts).to.deep.equal(judged);
      }
    });
  });
});

/** The receipt with `by` times the generator added to C. */
function shifted(receipt: Receipt, by: bigint): Receipt {
  const [x = 0n, y = 0n] = wordsOf(receipt).slice(7);
  const point = bn254.G1.Point.fromAffine({ x, y }).add(bn254.G1.Point.BASE.multiply(by));
  const sum = point.toAffine();
  return replaced(receipt, 7, [sum.x, sum.y]);
}

async function snarkjsVerdict(
  { domain }: World,
  { key }: ProvenRelease,
  receipt: Receipt,
): Promise<boolean> {
  const [commitment = 0n, ...proof] = wordsOf(receipt);
  const signals = signalsOf(digestOf(domain, receipt), receipt, { commitment });
  return groth16.verify(keyToSnarkjs(key.key), signals.map(String), proofToSnarkjs(proof));
}
