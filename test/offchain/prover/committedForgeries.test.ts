import { bn254 } from "@noble/curves/bn254.js";
import {
  committedChallenge,
  evaluateWords,
  verifyCommitted,
  verifyCommittedSignals,
  verifyWeightsRegistration,
  weightsChallenge,
} from "@vouch/protocol";
import type { CommittedClaim, CommittedProof, Hex, WeightsRegistration } from "@vouch/protocol";
import {
  calculateWitness,
  commitWeights,
  committedDevelopmentSetup,
  drawBlind,
  encodeValues,
  portableProver,
  proveCommitted,
  proveWeights,
  readCommittedHeader,
  terminate,
} from "@vouch/prover";
import type { AdviceCommitment, CommittedSetup } from "@vouch/prover";
import { expect } from "chai";
import { id } from "ethers";
import { g1Point, g1Words, g2Point, g2Words } from "../../helpers/curvePoints.ts";
import type { G1Point } from "../../helpers/curvePoints.ts";
import { coordinates } from "../../../offchain/prover/zkeyFile.ts";
import { count, INFERENCE_GROUPS, inferenceInputs, SALT, WEIGHTS, weightsCommitment } from "./committedCircuits.ts"; // prettier-ignore
import type { CommittedFixture } from "./committedFixture.ts";
import { CIRCUIT, committedFixture, DIGEST, inferenceWork, registrationWork, W, X } from "./committedFixture.ts"; // prettier-ignore
import { temporaryFolder } from "./fixture.ts";

const { Fr, Fp12 } = bn254.fields;
const HONEST = inferenceInputs(WEIGHTS, X);
const V = [...HONEST.x, ...HONEST.y];

/**
 * Each forgery goes as far as its forger can: what it gets past is shown to hold, then what refuses it. Without that check
 * it would be a valid proof of something false.
 */
describe("forgeries of commit-and-prove", function () {
  this.timeout(120_000);
  const cache = temporaryFolder();
  let made: CommittedFixture;
  let valid: CommittedProof;
  let claim: CommittedClaim;

  before(async () => {
    made = await committedFixture(cache);
    const work = inferenceWork(made);
    claim = work.claim;
    valid = (await proveCommitted(made.inference, work, { selfCheck: false })).proof;
  });
  after(terminate);

  /** Both equations apart, on signals of the caller's choice. */
  const equations = (
    proof: CommittedProof,
    weights: readonly bigint[],
    signals: readonly bigint[],
    { key }: CommittedSetup = made.inference,
  ): { readonly main: boolean; readonly knowledge: boolean } => {
    const [a, c, d, q] = [0, 6, 8, 10].map((at) => g1Point(proof.slice(at, at + 2))) as [G1Point, G1Point, G1Point, G1Point]; // prettier-ignore
    const ic = [1n, ...signals].map((s, i) => g1Point(key.ic[i]!).multiply(s)); // four of each
    const open = ic.reduce((sum, it) => sum.add(it), g1Point(weights).add(d));
    const product = (pairs: readonly (readonly [G1Point, readonly bigint[]])[]): boolean =>
      Fp12.eql(bn254.pairingBatch(pairs.map(([g1, g2]) => ({ g1, g2: g2Point(g2) }))), Fp12.ONE);
    return {
      main: product([
        [a.negate(), proof.slice(2, 6)],
        [g1Point(key.alpha), key.beta],
        [open, key.gamma],
        [c, key.delta],
      ]),
      knowledge: product([
        [d, key.sigma],
        [q.negate(), key.gamma],
      ]),
    };
  };

  /** Signals that a verifier derives for the claim. */
  const signalsOf = (commitment: readonly bigint[], of: CommittedClaim): bigint[] => {
    const { z, b } = committedChallenge(of.weights, commitment, of.digest);
    return [z, b, evaluateWords(of.v, z)];
  };

  /** A, B and C for any inputs that satisfy the constraints at these signals. */
  const prove = async (
    [z = 0n, b = 0n, e = 0n]: readonly bigint[],
    inputs: Readonly<Record<"w" | "x" | "y" | "multiplicities", readonly bigint[]>>,
    blinds: { readonly weights: bigint; readonly advice: bigint },
    setup = made.inference,
  ): Promise<readonly bigint[]> =>
    portableProver.prove(
      setup.zkey,
      await calculateWitness(made.circuit.wasm, {
        ...inputs,
        ...{ weightsBlind: blinds.weights, adviceBlind: blinds.advice, z, b, e },
      }),
    );

  const commit = (
    inputs: Readonly<Record<"x" | "y" | "multiplicities", readonly bigint[]>>,
    blind: bigint,
  ): Promise<AdviceCommitment> =>
    portableProver.commit(
      made.inference.zkey,
      encodeValues([...inputs.x, ...inputs.y, ...inputs.multiplicities, blind]),
    );

  /** Multiplicities that satisfy the lookup at this z for values outside the table. */
  const solvedAt = (z: bigint, values: readonly bigint[]): bigint[] => {
    const wanted = values.reduce((sum, it) => Fr.add(sum, Fr.inv(Fr.sub(z, it))), 0n);
    return [Fr.mul(wanted, z), ...Array.from({ length: 15 }, () => 0n)];
  };

  it("accepts what they are made from", () => {
    expect(verifyCommitted(made.inference.key, valid, claim)).to.be.true;
    const signals = signalsOf(valid.slice(8, 10), claim);
    expect(equations(valid, claim.weights, signals)).to.deep.equal({ main: true, knowledge: true });
  });

  it("challenge before commitment: an input out of its range, its multiplicities solved at z", async () => {
    // The challenge of some commitment, and only then the advice.
    const first = await commit(HONEST, drawBlind());
    const forged = inferenceInputs(WEIGHTS, [100n, 15n, 0n]);
    const v = [...forged.x, ...forged.y];
    const [z = 0n, b = 0n] = signalsOf(first.commitment, { ...claim, v });
    const inputs = { ...forged, multiplicities: solvedAt(z, forged.x) };
    const advice = drawBlind();
    const signals = [z, b, evaluateWords(v, z)];
    const abc = await prove(signals, inputs, { weights: made.blinds.inference, advice });
    const second = await commit(inputs, advice);
    const proof = [...abc, ...second.commitment, ...second.knowledge];

    expect(verifyCommittedSignals(made.inference.key, proof, claim.weights, signals)).to.be.true;
    expect(verifyCommitted(made.inference.key, proof, { ...claim, v })).to.be.false;
    // Nor with the commitment that the challenge was drawn from: the equation sees its wires.
    const swapped = [...abc, ...first.commitment, ...first.knowledge];
    expect(verifyCommitted(made.inference.key, swapped, { ...claim, v })).to.be.false;
    expect(equations(swapped, claim.weights, signals)).to.include({ main: false });
  });

  it("challenge before commitment: a product that is false, solved at b", async () => {
    const { z, b } = committedChallenge(claim.weights, valid.slice(8, 10), DIGEST);
    // y0 + b·y1 is all that the check sees.
    const y = [Fr.add(HONEST.y[0]!, 7n), Fr.sub(HONEST.y[1]!, Fr.div(7n, b))]; // two outputs
    const inputs = { ...HONEST, y };
    const v = [...X, ...y];
    const advice = drawBlind();
    const signals = [z, b, evaluateWords(v, z)];
    const abc = await prove(signals, inputs, { weights: made.blinds.inference, advice });
    const { commitment, knowledge } = await commit(inputs, advice);
    const proof = [...abc, ...commitment, ...knowledge];
    expect(verifyCommittedSignals(made.inference.key, proof, claim.weights, signals)).to.be.true;
    expect(verifyCommitted(made.inference.key, proof, { ...claim, v })).to.be.false;
  });

  it("committed wires changed after the challenge: other advice under the old commitment", async () => {
    const blind = drawBlind();
    const { commitment, knowledge } = await commit(HONEST, blind);
    const [z = 0n, b = 0n] = signalsOf(commitment, claim);
    const forged = inferenceInputs(WEIGHTS, [100n, 15n, 0n]);
    const inputs = { ...forged, multiplicities: solvedAt(z, forged.x) };
    const v = [...forged.x, ...forged.y];
    const signals = [z, b, evaluateWords(v, z)];
    const abc = await prove(signals, inputs, { weights: made.blinds.inference, advice: blind });
    const proof = [...abc, ...commitment, ...knowledge];
    // The challenge is the right one, and the constraints hold; the committed wires are others.
    expect(signalsOf(commitment, { ...claim, v })).to.deep.equal(signals);
    expect(equations(proof, claim.weights, signals)).to.deep.equal({
      main: false,
      knowledge: true,
    });
    const moved = await commit(inputs, blind);
    const opened = [...abc, ...moved.commitment, ...knowledge];
    expect(equations(opened, claim.weights, signals)).to.deep.equal({
      main: true,
      knowledge: false,
    });
    for (const it_ of [proof, opened])
      expect(verifyCommitted(made.inference.key, it_, { ...claim, v })).to.be.false;
  });

  it("commitment reused under another statement: words that evaluate alike at its z", () => {
    const { z, b } = committedChallenge(claim.weights, valid.slice(8, 10), DIGEST);
    // Another output, and an input that makes up for it at this z.
    const v = V.with(4, 1n).with(0, Fr.add(V[0]!, Fr.mul(Fr.sub(V[4]!, 1n), Fr.pow(z, 4n)))); // five words
    const other = { ...claim, v, digest: id("another statement") as Hex };
    const old = [z, b, evaluateWords(v, z)];
    expect(verifyCommittedSignals(made.inference.key, valid, claim.weights, old)).to.be.true;
    expect(verifyCommitted(made.inference.key, valid, other)).to.be.false;
    expect(verifyCommitted(made.inference.key, valid, { ...claim, digest: other.digest })).to.be
      .false;
  });

  describe("D outside the span of its bases", () => {
    it("weights moved into D (CVE-2024-45039): other weights than the registered", async () => {
      const forged = inferenceInputs(WEIGHTS.with(3, 14n), X);
      const v = [...forged.x, ...forged.y];
      const blind = drawBlind();
      const { commitment, knowledge } = await commit(forged, blind);
      const difference = encodeValues(forged.w.map((it, i) => it - WEIGHTS[i]!).concat(0n)); // as many
      const moved = await commitWeights(made.inference.zkey, difference);
      const d = g1Words(g1Point(commitment).add(g1Point(moved)));
      const signals = signalsOf(d, { ...claim, v });
      const blinds = { weights: made.blinds.inference, advice: blind };
      const abc = await prove(signals, forged, blinds);
      const proof = [...abc, ...d, ...knowledge];
      expect(equations(proof, claim.weights, signals)).to.deep.equal({ main: true, knowledge: false }); // prettier-ignore
      expect(verifyCommitted(made.inference.key, proof, { ...claim, v })).to.be.false;
    });

    it("… which a key of one sigma for both groups lets pass", async () => {
      // One group of all committed wires: the weights' bases come times the same sigma.
      const groups = { weights: 0, advice: INFERENCE_GROUPS.weights + INFERENCE_GROUPS.advice };
      const shared = await committedDevelopmentSetup(made.circuit, groups, { cache });
      const all = (
        weights: readonly bigint[],
        advice: readonly bigint[],
      ): Promise<AdviceCommitment> =>
        portableProver.commit(shared.zkey, encodeValues([...weights, ...advice]));
      const noAdvice = Array.from({ length: INFERENCE_GROUPS.advice }, () => 0n);
      const noWeights = Array.from({ length: INFERENCE_GROUPS.weights }, () => 0n);
      const blind = made.blinds.inference;
      const registered = await all([...WEIGHTS, blind], noAdvice);

      const forged = inferenceInputs(WEIGHTS.with(3, 14n), X);
      const advice = drawBlind();
      const honest = await all(noWeights, [...forged.x, ...forged.y, ...forged.multiplicities, advice]); // prettier-ignore
      const moved = await all([...forged.w.map((it, i) => it - WEIGHTS[i]!), 0n], noAdvice); // as many
      const sum = (one: readonly bigint[], two: readonly bigint[]): readonly bigint[] =>
        g1Words(g1Point(one).add(g1Point(two)));
      const d = sum(honest.commitment, moved.commitment);
      const v = [...forged.x, ...forged.y];
      const forgedClaim = { ...claim, weights: registered.commitment, v };
      const signals = signalsOf(d, forgedClaim);
      const abc = await prove(signals, forged, { weights: blind, advice }, shared);
      const proof = [...abc, ...d, ...sum(honest.knowledge, moved.knowledge)];
      expect(verifyCommitted(shared.key, proof, forgedClaim)).to.be.true;
    });

    it("a public signal's base moved into D: another input for the same output", async () => {
      const blind = drawBlind();
      const { commitment, knowledge } = await commit(HONEST, blind);
      // Word 0 counts once in e, whatever z is: known before D.
      const v = V.with(0, 4n);
      const step = g1Point(made.inference.key.ic[3]!).multiply(Fr.sub(V[0]!, 4n)); // the base of e
      const d = g1Words(g1Point(commitment).add(step));
      const { z, b } = committedChallenge(claim.weights, d, DIGEST);
      const blinds = { weights: made.blinds.inference, advice: blind };
      const abc = await prove([z, b, evaluateWords(V, z)], HONEST, blinds);
      const proof = [...abc, ...d, ...knowledge];
      const signals = signalsOf(d, { ...claim, v });
      expect(equations(proof, claim.weights, signals)).to.deep.equal({ main: true, knowledge: false }); // prettier-ignore
      expect(verifyCommitted(made.inference.key, proof, { ...claim, v })).to.be.false;
    });

    it("what C can make up for moved into D: delta, with one less in C", async () => {
      const blind = drawBlind();
      const { commitment, knowledge } = await commit(HONEST, blind);
      const { points } = await readCommittedHeader(made.inference.zkey);
      const d = g1Words(g1Point(commitment).add(g1Point(coordinates(points.delta1))));
      const signals = signalsOf(d, claim);
      const blinds = { weights: made.blinds.inference, advice: blind };
      const abc = await prove(signals, HONEST, blinds);
      const c = g1Words(g1Point(abc.slice(6)).subtract(bn254.G1.Point.BASE));
      const proof = [...abc.slice(0, 6), ...c, ...d, ...knowledge];
      expect(equations(proof, claim.weights, signals)).to.deep.equal({
        main: true,
        knowledge: false,
      });
      expect(verifyCommitted(made.inference.key, proof, claim)).to.be.false;
    });

    it("Q of another D", async () => {
      const { proof: other } = await proveCommitted(made.inference, inferenceWork(made));
      const proof = [...valid.slice(0, 10), ...other.slice(10)];
      const signals = signalsOf(valid.slice(8, 10), claim);
      expect(equations(proof, claim.weights, signals)).to.deep.equal({ main: true, knowledge: false }); // prettier-ignore
      expect(verifyCommitted(made.inference.key, proof, claim)).to.be.false;
    });
  });

  it("an unblinded commitment gives its input to whoever tries all of them (CVE-2024-45040)", async () => {
    const leaked = await commit(HONEST, 0n);
    const tried = [0n, 1n, 2n, 3n].map((x0) => inferenceInputs(WEIGHTS, [x0, 15n, 0n]));
    const guesses = await Promise.all(tried.map((it) => commit(it, 0n)));
    const found = (it: AdviceCommitment): number =>
      guesses.findIndex((guess) => guess.commitment.join() === it.commitment.join());
    expect(found(leaked)).to.equal(3); // the input was 3
    expect(found(await commit(HONEST, drawBlind()))).to.equal(-1);
  });

  it("a proof taken over and re-randomised: the statement stays, and D cannot change", async () => {
    const r = 12_345n;
    const a = g1Words(g1Point(valid.slice(0, 2)).multiply(r));
    const b = g2Words(g2Point(valid.slice(2, 6)).multiply(Fr.inv(r)));
    const again = [...a, ...b, ...valid.slice(6)];
    expect(verifyCommitted(made.inference.key, again, claim)).to.be.true; // the same claim: nothing is gained
    expect(verifyCommitted(made.inference.key, [...a, ...valid.slice(2)], claim)).to.be.false;
    const noAdvice = Array.from({ length: INFERENCE_GROUPS.advice - 1 }, () => 0n);
    const blind = await portableProver.commit(made.inference.zkey, encodeValues([...noAdvice, 1n]));
    const sum = (at: number, point: readonly bigint[]): readonly bigint[] =>
      g1Words(g1Point(valid.slice(at, at + 2)).add(g1Point(point)));
    const reblinded = [...valid.slice(0, 8), ...sum(8, blind.commitment), ...sum(10, blind.knowledge)]; // prettier-ignore
    const signals = signalsOf(reblinded.slice(8, 10), claim);
    expect(equations(reblinded, claim.weights, signals)).to.deep.equal({ main: false, knowledge: true }); // prettier-ignore
    expect(verifyCommitted(made.inference.key, reblinded, claim)).to.be.false;
  });

  describe("of weights", () => {
    const keys = (): Parameters<typeof verifyWeightsRegistration>[0] => ({
      inference: made.inference.key,
      weights: made.weights.key,
      link: made.link.link,
    });
    const others = WEIGHTS.with(3, 14n);

    it("a commitment of another release's weights, which is registered", async () => {
      const commitment = weightsCommitment(others);
      const registration = await proveWeights(made, registrationWork(made, { of: others, commitment })); // prettier-ignore
      expect(verifyWeightsRegistration(keys(), CIRCUIT, commitment, registration)).to.be.true;
      const work = inferenceWork({ ...made, registration }, X, others);
      const { proof } = await proveCommitted(made.inference, work);
      expect(verifyCommitted(made.inference.key, proof, work.claim)).to.be.true;
      // The verifier takes the release's own commitment from the registry, never from the proof.
      expect(verifyCommitted(made.inference.key, proof, { ...work.claim, weights: claim.weights })).to.be.false; // prettier-ignore
      expect(verifyWeightsRegistration(keys(), CIRCUIT, W, registration)).to.be.false;
    });

    it("a commitment that opens to other weights than the ones proven to be W", async () => {
      const values = (of: readonly bigint[], blind: bigint): Uint8Array =>
        encodeValues([...of, blind]);
      const { inference, weights } = made.blinds;
      const point = await commitWeights(made.inference.zkey, values(others, inference));
      const registered = await commitWeights(made.weights.zkey, values(WEIGHTS, weights));
      const adviceBlind = drawBlind();
      const advice = await portableProver.commit(
        made.weights.zkey,
        encodeValues([SALT, ...count(WEIGHTS), adviceBlind]),
      );
      const points = { weights: point, registered, advice: advice.commitment };
      const { z, b } = weightsChallenge(CIRCUIT, points, W);
      const witness = await calculateWitness(made.weightsCircuit.wasm, {
        ...{ w: WEIGHTS, weightsBlind: weights, salt: SALT, multiplicities: count(WEIGHTS) },
        ...{ adviceBlind, z, b, W },
      });
      const abc = await portableProver.prove(made.weights.zkey, witness);
      const proof = [...abc, ...advice.commitment, ...advice.knowledge];
      expect(verifyCommittedSignals(made.weights.key, proof, registered, [z, b, W])).to.be.true;

      const honest = made.registration; // of the same blinds
      const commitment = weightsCommitment(others);
      const other = await proveWeights(made, registrationWork(made, { of: others, commitment }));
      const halfway = g1Point(honest.link).add(g1Point(other.link)).multiply(Fr.inv(2n));
      for (const link of [honest.link, other.link, g1Words(halfway)]) {
        const registration: WeightsRegistration = { weights: point, registered, link, proof };
        expect(verifyWeightsRegistration(keys(), CIRCUIT, W, registration)).to.be.false;
      }
    });

    it("weights out of their range, multiplicities solved at z", async () => {
      const of = WEIGHTS.with(0, 16n);
      const commitment = weightsCommitment(of);
      const { z, b } = { z: 5_555n, b: 7_777n }; // drawn first
      const multiplicities = solvedAt(z, of);
      const [adviceBlind, blind] = [drawBlind(), made.blinds.weights];
      const witness = await calculateWitness(made.weightsCircuit.wasm, {
        ...{ w: of, weightsBlind: blind, salt: SALT, multiplicities, adviceBlind },
        ...{ z, b, W: commitment },
      });
      const abc = await portableProver.prove(made.weights.zkey, witness);
      const advice = await portableProver.commit(
        made.weights.zkey,
        encodeValues([SALT, ...multiplicities, adviceBlind]),
      );
      const registered = await commitWeights(made.weights.zkey, encodeValues([...of, blind]));
      const proof = [...abc, ...advice.commitment, ...advice.knowledge];
      const signals = [z, b, commitment];
      expect(verifyCommittedSignals(made.weights.key, proof, registered, signals)).to.be.true;
      const registration = { ...made.registration, registered, proof };
      expect(verifyWeightsRegistration(keys(), CIRCUIT, commitment, registration)).to.be.false;
    });
  });
});
