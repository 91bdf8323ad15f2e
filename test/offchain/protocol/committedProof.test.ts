import { BASE_FIELD, NO_WEIGHTS, SCALAR_FIELD, verifyCommitted } from "@vouch/protocol";
import type { CommittedClaim, CommittedKey, Hex } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { codeOf } from "../../helpers/codeOf.ts";
import { committedTrapdoor } from "../../helpers/committedTrapdoor.ts";
import { outsideSubgroup } from "../../helpers/curvePoints.ts";
import { g1, g2 } from "../../helpers/trapdoorKey.ts";

const trapdoor = committedTrapdoor("committedProof.test");
const digest = id("a statement") as Hex;
const v = [5n, 2n ** 253n - 1n, 0n];
const claim: CommittedClaim = { weights: g1(77n), digest, v };
const proof = trapdoor.prove({ weights: 77n, digest, v });
const NAMES = ["A.x", "A.y", "B.x1", "B.x0", "B.y1", "B.y0", "C.x", "C.y", "D.x", "D.y", "Q.x", "Q.y"]; // prettier-ignore

const accepts = (changed: readonly bigint[], of = claim): boolean =>
  verifyCommitted(trapdoor.key, changed, of);

describe("verifyCommitted", () => {
  it("accepts a proof of committed and of constant weights", () => {
    expect(accepts(proof)).to.be.true;
    const constant = trapdoor.prove({ digest, v });
    expect(accepts(constant, { ...claim, weights: NO_WEIGHTS })).to.be.true;
    expect(accepts(constant)).to.be.false;
    expect(accepts(proof, { ...claim, weights: NO_WEIGHTS })).to.be.false;
  });

  describe("when a word of the proof is changed", () => {
    for (const [i, name] of NAMES.entries()) {
      it(`refuses ${name}`, () => {
        const word = proof[i]!; // twelve of each
        for (const other of [word ^ 1n, word + BASE_FIELD])
          expect(accepts(proof.with(i, other)), String(other)).to.be.false;
      });
    }
  });

  describe("when a point is", () => {
    const replaced = (at: number, point: readonly bigint[]): bigint[] =>
      proof.map((it, i) => point[i - at] ?? it);

    it("at infinity, refuses it, D also where everything else fits", () => {
      for (const [at, words] of [
        [0, 2],
        [2, 4],
        [6, 2],
        [8, 2],
        [10, 2],
      ] as const)
        // prettier-ignore
        expect(accepts(replaced(at, Array.from({ length: words }, () => 0n)))).to.be.false;
    });

    it("off the curve or outside the subgroup, refuses it", () => {
      for (const at of [0, 6, 8, 10]) expect(accepts(replaced(at, [1n, 3n]))).to.be.false;
      expect(accepts(replaced(2, outsideSubgroup()))).to.be.false;
    });

    it("another of the group, refuses it", () => {
      for (const at of [0, 6, 8, 10]) expect(accepts(replaced(at, g1(2n)))).to.be.false;
      expect(accepts(replaced(2, g2(2n)))).to.be.false;
    });
  });

  it("refuses a proof of more or fewer words", () => {
    expect(accepts(proof.slice(0, 11))).to.be.false;
    expect(accepts([...proof, 0n])).to.be.false;
  });

  it("refuses words outside the field, which would evaluate alike", () => {
    expect(accepts(proof, { ...claim, v: v.with(0, 5n + SCALAR_FIELD) })).to.be.false;
    expect(accepts(proof, { ...claim, v: v.with(0, 5n - SCALAR_FIELD) })).to.be.false;
  });

  it("refuses another statement, other words, other weights, and weights that are no point", () => {
    expect(accepts(proof, { ...claim, digest: id("another") as Hex })).to.be.false;
    expect(accepts(proof, { ...claim, v: v.with(2, 1n) })).to.be.false;
    expect(accepts(proof, { ...claim, weights: g1(78n) })).to.be.false;
    expect(accepts(proof, { ...claim, weights: [1n, 3n] })).to.be.false;
    expect(accepts(proof, { ...claim, weights: [1n] })).to.be.false;
  });

  describe("given a key under which anyone forges", () => {
    const { key } = trapdoor;
    const bad: Readonly<Record<string, CommittedKey>> = {
      "gamma is not the generator": { ...key, gamma: g2(9n) },
      "delta equals gamma": { ...key, delta: key.gamma },
      "sigma equals delta": { ...key, sigma: key.delta },
      "sigma equals beta": { ...key, sigma: key.beta },
      "sigma is minus the generator": { ...key, sigma: g2(SCALAR_FIELD - 1n) },
      "sigma is at infinity": { ...key, sigma: [0n, 0n, 0n, 0n] },
      "sigma is outside the subgroup": { ...key, sigma: outsideSubgroup() },
      "an IC point is at infinity": { ...key, ic: key.ic.with(2, [0n, 0n]) },
      "it has three IC points": { ...key, ic: key.ic.slice(1) },
    };
    for (const [name, forgeable] of Object.entries(bad)) {
      it(`refuses it: ${name}`, () => {
        expect(codeOf(() => verifyCommitted(forgeable, proof, claim))).to.equal("KEY_INVALID");
      });
    }
  });
});
