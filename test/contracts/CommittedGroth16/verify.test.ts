import type { Hex } from "@vouch/protocol";
import { committedChallenge, verifyCommitted, verifyCommittedSignals } from "@vouch/protocol";
import { bn254 } from "@noble/curves/bn254.js";
import { expect } from "chai";
import { AbiCoder, ZeroHash, concat, id, keccak256, toBeHex } from "ethers";
import { claimAt } from "../../helpers/batchScenario.ts";
import type { CommittedRelease } from "../../helpers/committedScenario.ts";
import {
  committedEvidence,
  proveCommitted,
  publishCommitted,
  publishOn,
  publishUnregistered,
  registerCommitted,
} from "../../helpers/committedScenario.ts";
import { committedSecrets, weightsSecretOf } from "../../helpers/committedSecrets.ts";
import { evaluate } from "../../helpers/committedTrapdoor.ts";
import { g1Point, g1Words, g2Point, g2Words, outsideSubgroup } from "../../helpers/curvePoints.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { BASE_FIELD, SCALAR_FIELD, g1, g2 } from "../../helpers/trapdoorKey.ts";
import type { Claim, Evidence, Scenario } from "../../helpers/vouchScenario.ts";
import { BAD, INPUT, W, deployScenario, digestOf, prove } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const { Fr } = bn254.fields;

type World = Scenario & {
  /** The one that is proven, another release of its circuit, and one of another circuit. */
  readonly own: CommittedRelease;
  readonly sibling: CommittedRelease;
  readonly foreign: CommittedRelease;
};

async function deployWorld(): Promise<World> {
  const scenario = await deployScenario();
  const own = await publishCommitted(scenario, "own");
  const sibling = await publishOn(scenario, own, own.circuitId, "sibling", W + 1n);
  return { ...scenario, own, sibling, foreign: await publishCommitted(scenario, "foreign") };
}

async function proven() {
  const world = await networkHelpers.loadFixture(deployWorld);
  const { own, domain, router } = world;
  const claim = claimAt(world, own, 1);
  const words = proveCommitted(world, own, claim);
  const assess = (proof: readonly bigint[], change: Partial<Claim> = {}) =>
    router.assess({ ...claim, ...change, evidence: [committedEvidence(proof)] });
  const refused = (proof: readonly bigint[], change: Partial<Claim> = {}) =>
    expect(assess(proof, change)).to.be.revertedWithCustomError(world.groth16, "ProofInvalid");
  return { ...world, claim, words, assess, refused, digest: digestOf(domain, claim) as Hex };
}
type Proven = Awaited<ReturnType<typeof proven>>;

const vOf = ({ input, output }: Claim): bigint[] => [...input, ...output];
const secretOf = ({ weightsSecret = 0n }: CommittedRelease): bigint => weightsSecret;
const pointOf = (release: CommittedRelease): bigint[] => g1(secretOf(release));

/** The public signals that the contract derives of a claim and a commitment. */
function signalsOf(
  { own, digest }: Pick<Proven, "own" | "digest">,
  claim: Claim,
  commitment: readonly bigint[],
): readonly [bigint, bigint, bigint] {
  const { z, b } = committedChallenge(pointOf(own), commitment, digest);
  return [z, b, evaluate(vOf(claim), z)];
}

/** Puts words in the place of others. */
const replaced = (words: readonly bigint[], at: number, by: readonly bigint[]): readonly bigint[] =>
  words.map((it, i) => by[i - at] ?? it);

describe("Groth16Evidence.verify of a commit-and-prove circuit", () => {
  it("accepts a proof of the statement, however it is randomised, as verifyCommitted does", async () => {
    const world = await proven();
    const { own, claim, digest, assess } = world;
    for (const nonce of ["", "again"]) {
      const words = proveCommitted(world, own, claim, nonce);
      const { kinds, flags } = await assess(words);
      expect([kinds, flags]).to.deep.equal([16n, 3n]);
      const offChain = { weights: pointOf(own), digest, v: vOf(claim) };
      expect(verifyCommitted(own.inference.key, words, offChain)).to.equal(true);
    }
  });

  it("accepts what re-randomises A, B and C, which anyone can do", async () => {
    const { words, assess } = await proven();
    const r = 5n;
    const a = g1Words(g1Point(words.slice(0, 2)).multiply(r));
    const b = g2Words(g2Point(words.slice(2, 6)).multiply(Fr.inv(r)));
    expect((await assess([...a, ...b, ...words.slice(6)])).kinds).to.equal(16n);
  });

  it("says through the registry which system it was", async () => {
    const { circuits, models, own } = await proven();
    const { circuit } = await models.releaseOf(own.releaseId);
    expect(await circuits.systemOf(circuit)).to.equal(1n);
  });

  const elsewhere: [string, (world: Proven) => Partial<Claim>][] = [
    ["input", () => ({ input: INPUT.map((it) => it + 1n) })],
    ["output", () => ({ output: BAD })],
    ["request", () => ({ request: id("other") })],
    ["operator", ({ rival }) => ({ operator: rival.address })],
    ["release of the circuit", ({ sibling }) => ({ release: sibling.releaseId })],
    ["release of another circuit", ({ foreign }) => ({ release: foreign.releaseId })],
  ];
  for (const [what, change] of elsewhere) {
    describe(`when the proof is of another ${what}`, () => {
      it("reverts with ProofInvalid", async () => {
        const world = await proven();
        const { own, claim, refused } = world;
        await refused(proveCommitted(world, own, { ...claim, ...change(world) }));
        await refused(world.words, change(world));
      });
    });
  }

  describe("when the proof is of another release with the same weights and circuit", () => {
    it("reverts with ProofInvalid", async () => {
      const { models, publisher, own, words, refused } = await proven();
      const twin = await publishUnregistered({ models, publisher }, own.circuitId, "twin");
      await refused(words, { release: twin });
    });
  });

  describe("when the challenge was drawn before the commitment", () => {
    it("reverts with ProofInvalid, though both equations hold for that challenge", async () => {
      const world = await proven();
      const { own, claim, words, refused } = world;
      const signals = signalsOf(world, claim, words.slice(8, 10));
      const advice = weightsSecretOf("chosen to suit z");
      const forged = own.inference.proveSignals(signals, secretOf(own), { advice });
      const { key } = own.inference;
      expect(verifyCommittedSignals(key, forged, pointOf(own), signals)).to.equal(true);
      await refused(forged);
    });
  });

  describe("when the commitment is that of another statement, its challenge too", () => {
    it("reverts with ProofInvalid: the challenge hashes the digest", async () => {
      const world = await proven();
      const { own, domain, claim, refused } = world;
      const other = { ...claim, request: id("another") };
      const advice = weightsSecretOf("reused");
      const there = { own, digest: digestOf(domain, other) as Hex };
      const signals = signalsOf(there, claim, g1(advice));
      const forged = own.inference.proveSignals(signals, secretOf(own), { advice });
      const { key } = own.inference;
      expect(verifyCommittedSignals(key, forged, pointOf(own), signals)).to.equal(true);
      await refused(forged);
    });
  });

  describe("when words were solved from the equation after the challenge was drawn", () => {
    it("reverts with ProofInvalid: the digest hashes them", async () => {
      const world = await proven();
      const input = { mode: "committed", elements: 4, bits: 16, signed: true } as const;
      const committed = await publishCommitted(world, "committed input", { input });
      const { domain, assess, refused } = world;
      const claim = { ...world.claim, release: committed.releaseId };
      const words = proveCommitted(world, committed, claim);
      const here = { own: committed, digest: digestOf(domain, claim) as Hex };
      const [z, , e] = signalsOf(here, claim, words.slice(8, 10));
      // x + y·z = e, solved for the input's commitment x with the output that the forger wants.
      const forged = { ...claim, input: [Fr.sub(e, Fr.mul(BAD[0]!, z))], output: BAD };
      expect(evaluate(vOf(forged), z)).to.equal(e);
      expect((await assess(words, claim)).kinds).to.equal(16n);
      await refused(words, forged);
    });
  });

  describe("when Q is that of another commitment", () => {
    it("reverts with ProofInvalid", async () => {
      const world = await proven();
      const { own, claim, words, refused } = world;
      const other = proveCommitted(world, own, claim, "other");
      await refused(replaced(words, 10, other.slice(10)));
      // D and Q of the other proof are one another's, but not what A, B and C are of.
      await refused(replaced(words, 8, other.slice(8)));
    });
  });

  describe("when D holds what was never committed under sigma", () => {
    it("reverts with ProofInvalid: the difference to other weights moved into D", async () => {
      const world = await proven();
      const { own, sibling, digest, claim, refused } = world;
      // D = D' + D_W(sibling) - D_W(own): together with the registered point it stands for the sibling's weights.
      const advice = weightsSecretOf("advice");
      const moved = Fr.add(advice, Fr.sub(secretOf(sibling), secretOf(own)));
      const { z, b } = committedChallenge(pointOf(own), g1(moved), digest);
      const signals = [z, b, evaluate(vOf(claim), z)];
      const knowledge = Fr.mul(own.inference.sigma, advice);
      const forge = (it: bigint) =>
        own.inference.proveSignals(signals, secretOf(own), { advice: moved, knowledge: it });
      // All that is wrong is Q, which would need sigma times the difference.
      expect((await world.assess(forge(Fr.mul(own.inference.sigma, moved)))).kinds).to.equal(16n);
      await refused(forge(knowledge));
    });
  });

  describe("when the proof is of the weights of another release", () => {
    it("reverts with ProofInvalid", async () => {
      const world = await proven();
      const { own, sibling, digest, claim, refused } = world;
      const v = vOf(claim);
      await refused(own.inference.prove({ weights: secretOf(sibling), digest, v }));
      const none = own.inference.prove({ digest, v });
      await refused(none);
    });
  });

  describe("when the errors of both equations make up for each other under a known power", () => {
    it("reverts with ProofInvalid: the power hashes every word", async () => {
      const world = await proven();
      const { own, claim, circuits, refused } = world;
      const pointer = BigInt(await circuits.pointerOf(own.circuitId));
      const advice = weightsSecretOf("advice");
      const signals = signalsOf(world, claim, g1(advice));
      const t = 9n;
      const knowledge = Fr.sub(Fr.mul(own.inference.sigma, advice), t);
      const forge = (error: bigint) =>
        own.inference.proveSignals(signals, Fr.add(secretOf(own), error), { advice, knowledge });
      const before = forge(0n);
      const parts = [BigInt(id("vouch.committed.v1")), pointer, ...pointOf(own), ...signals];
      for (const known of [
        parts.concat(before),
        // As if some words were left out: A, B and C; D and Q; Q.
        parts.concat(before.slice(8)),
        parts.concat(before.slice(0, 8)),
        parts.concat(before.slice(0, 10)),
        parts,
      ]) {
        const r = BigInt(keccak256(concat(known.map((it) => toBeHex(it, 32))))) >> 3n;
        const forged = forge(Fr.mul(r, t));
        expect(isOneUnder(own, forged, signals, r)).to.equal(true);
        await refused(forged);
      }
    });
  });

  for (let at = 0; at < 12; at++) {
    describe(`when word ${String(at)} of the proof is not canonical`, () => {
      it("reverts with ProofCoordinateNotCanonical", async () => {
        const { assess, words, groth16 } = await proven();
        const word = words[at]! + BASE_FIELD;
        const library = await connection.ethers.getContractAt("Groth16", groth16);
        await expect(assess(replaced(words, at, [word])))
          .to.be.revertedWithCustomError(library, "ProofCoordinateNotCanonical")
          .withArgs(word);
      });
    });
  }

  describe("when D is the point at infinity", () => {
    it("reverts with ProofCommitmentAtInfinity, though both equations hold", async () => {
      const world = await proven();
      const { own, claim, digest, assess, groth16 } = world;
      const { z, b } = committedChallenge(pointOf(own), [0n, 0n], digest);
      const signals = [z, b, evaluate(vOf(claim), z)];
      // C is linear in the logarithm of D: C(0) = 2·C(1) - C(2).
      const [one, two] = [1n, 2n].map((advice) =>
        own.inference.proveSignals(signals, secretOf(own), { advice }),
      ) as [readonly bigint[], readonly bigint[]];
      const c = g1Point(one.slice(6, 8))
        .double()
        .subtract(g1Point(two.slice(6, 8)));
      const words = [...one.slice(0, 6), ...g1Words(c), 0n, 0n, 0n, 0n];
      expect(isOneUnder(own, words, signals, 1n)).to.equal(true);
      const library = await connection.ethers.getContractAt("CommittedGroth16", groth16);
      await expect(assess(words)).to.be.revertedWithCustomError(
        library,
        "ProofCommitmentAtInfinity",
      );
    });
  });

  const broken: [string, (words: readonly bigint[]) => readonly bigint[]][] = [
    ["A off the curve", (it) => replaced(it, 0, [1n, 3n])],
    ["B off the twist", (it) => replaced(it, 2, [1n, 2n, 3n, 4n])],
    ["B outside the subgroup", (it) => replaced(it, 2, outsideSubgroup())],
    ["C off the curve", (it) => replaced(it, 6, [1n, 3n])],
    ["D off the curve", (it) => replaced(it, 8, [1n, 3n])],
    ["Q off the curve", (it) => replaced(it, 10, [1n, 3n])],
    ["A at infinity", (it) => replaced(it, 0, [0n, 0n])],
    ["B at infinity", (it) => replaced(it, 2, [0n, 0n, 0n, 0n])],
    ["C at infinity", (it) => replaced(it, 6, [0n, 0n])],
    ["Q at infinity", (it) => replaced(it, 10, [0n, 0n])],
    ["D and Q swapped", (it) => [...it.slice(0, 8), ...it.slice(10), ...it.slice(8, 10)]],
    ["D and C swapped", (it) => [...it.slice(0, 6), ...it.slice(8, 10), ...it.slice(6, 8), ...it.slice(10)]], // prettier-ignore
    ["A negated", (it) => replaced(it, 1, [BASE_FIELD - it[1]!])],
    ["D and Q negated", (it) => [9, 11].reduce((all, at) => replaced(all, at, [BASE_FIELD - all[at]!]), it)], // prettier-ignore
    ["D and Q doubled", (it) => [8, 10].reduce((all, at) => replaced(all, at, g1Words(g1Point(all.slice(at, at + 2)).double())), it)], // prettier-ignore
  ];
  for (const [what, change] of broken) {
    describe(`when the proof has ${what}`, () => {
      it("reverts with ProofInvalid, and burns no more than its pairings", async () => {
        const { router, claim, words, groth16 } = await proven();
        const evidence = [committedEvidence(change(words))];
        await expect(
          router.assess({ ...claim, evidence }, { gasLimit: 700_000n }),
        ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
      });
    });
  }

  describe("when the data has the length of another system's proof, or of none", () => {
    it("reverts with ProofLengthInvalid", async () => {
      const world = await proven();
      const { router, own, claim, words, groth16, domain, releaseId } = world;
      const assess = (release: string, evidence: Evidence) =>
        router.assess({ ...claim, release, evidence: [evidence] });
      const plain = prove(domain, claim);
      const plainOnIt = own.inference.proveSignals([1n, 2n, 3n], 0n).slice(0, 8);
      const nine = AbiCoder.defaultAbiCoder().encode(["uint256[9]"], [[1n, ...plainOnIt]]);
      const [cut, long] = [words.slice(1), [...words, 0n]].map(committedEvidence);
      for (const [release, evidence, length, expected] of [
        [own.releaseId, plain, 288, 384],
        [own.releaseId, { kind: plain.kind, data: nine }, 288, 384],
        [own.releaseId, cut!, 352, 384],
        [own.releaseId, long!, 416, 384],
        [releaseId, committedEvidence(words), 384, 288],
      ] as const) {
        await expect(assess(release, evidence))
          .to.be.revertedWithCustomError(groth16, "ProofLengthInvalid")
          .withArgs(length, expected);
      }
    });
  });

  const wrongWords: [string, Partial<Claim>, string][] = [
    ["an input word too many", { input: [...INPUT, 0n] }, "WordCountInvalid"],
    ["an output word too few", { output: [] }, "WordCountInvalid"],
    ["an unused high bit in the input", { input: [INPUT[0]! | (1n << 64n)] }, "WordNotCanonical"],
    ["an output word plus p", { output: [BAD[0]! + SCALAR_FIELD] }, "WordNotCanonical"],
  ];
  for (const [what, change, error] of wrongWords) {
    describe(`when there is ${what}`, () => {
      it(`reverts with ${error}`, async () => {
        const world = await proven();
        const { own, claim, assess, groth16 } = world;
        const words = proveCommitted(world, own, { ...claim, ...change });
        const library = await connection.ethers.getContractAt("Words", groth16);
        await expect(assess(words, change)).to.be.revertedWithCustomError(library, error);
      });
    });
  }

  describe("given a release whose weights nobody registered", () => {
    it("reverts with WeightsNotRegistered, naming circuit and weights", async () => {
      const { models, publisher, own, claim, words, assess, groth16 } = await proven();
      const weights = W + 7n;
      const bare = await publishUnregistered(
        { models, publisher },
        own.circuitId,
        "unregistered",
        weights,
      );
      await expect(assess(words, { ...claim, release: bare }))
        .to.be.revertedWithCustomError(groth16, "WeightsNotRegistered")
        .withArgs(own.circuitId, weights);
    });
  });

  describe("given a circuit that holds its weights", () => {
    it("needs no registration, and takes no point in the place of weights", async () => {
      const world = await proven();
      const constant = await publishCommitted(world, "constant", {
        weights: "constant",
        weightsCircuit: null,
      });
      const claim = { ...world.claim, release: constant.releaseId };
      const digest = digestOf(world.domain, claim) as Hex;
      await world.assess(proveCommitted(world, constant, claim), claim);
      const weights = weightsSecretOf("own");
      await world.refused(constant.inference.prove({ weights, digest, v: vOf(claim) }), claim);
    });
  });

  it("is part of a policy as any proof is", async () => {
    const { router, claim, words } = await proven();
    const policy = { allOf: [{ anyOf: [{ kind: 4n, params: 2n, pin: ZeroHash }] }], minStake: 0n };
    await router.requireReceipt({ ...claim, evidence: [committedEvidence(words)] }, policy);
  });

  // A key of another label, whose circuit nobody registered.
  it("is refused for a release whose circuit is registered under another id", async () => {
    const world = await proven();
    const other = committedSecrets("own", { r1cs: id("another r1cs") as Hex });
    const circuitId = await registerCommitted(world, other);
    const { models, publisher, words, claim, groth16 } = world;
    const release = await publishUnregistered({ models, publisher }, circuitId, "other r1cs");
    await expect(world.assess(words, { ...claim, release }))
      .to.be.revertedWithCustomError(groth16, "WeightsNotRegistered")
      .withArgs(circuitId, W);
  });
});

/** Whether the merged equation holds under a power that is not drawn but given. */
function isOneUnder(
  { inference, ...release }: CommittedRelease,
  words: readonly bigint[],
  signals: readonly bigint[],
  r: bigint,
): boolean {
  const { key } = inference;
  const times = (point: readonly bigint[], scalar: bigint) => {
    const it = g1Point(point);
    return scalar === 0n || it.is0() ? bn254.G1.Point.ZERO : it.multiply(scalar);
  };
  const [constant = [], ...bases] = key.ic;
  const sum = bases
    .map((base, i) => times(base, signals[i]!))
    .concat([g1Point(constant), times(pointOf({ inference, ...release }), 1n)])
    .concat([times(words.slice(8, 10), 1n), times(words.slice(10), SCALAR_FIELD - r)])
    .reduce((all, it) => all.add(it));
  const pairs = [
    { g1: g1Point(words.slice(0, 2)).negate(), g2: g2Point(words.slice(2, 6)) },
    { g1: g1Point(key.alpha), g2: g2Point(key.beta) },
    { g1: sum, g2: g2Point(g2(1n)) },
    { g1: g1Point(words.slice(6, 8)), g2: g2Point(key.delta) },
    { g1: times(words.slice(8, 10), r), g2: g2Point(key.sigma) },
  ].filter(({ g1: it }) => !it.is0());
  return bn254.fields.Fp12.eql(bn254.pairingBatch(pairs), bn254.fields.Fp12.ONE);
}
