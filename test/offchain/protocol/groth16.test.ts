import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bn254 } from "@noble/curves/bn254.js";
import type { VerifyingKey } from "@vouch/protocol";
import { BASE_FIELD, SCALAR_FIELD, verifyGroth16 } from "@vouch/protocol";
import { expect } from "chai";
import { codeOf } from "../../helpers/codeOf.ts";
import { g1, g2, trapdoorKey } from "../../helpers/trapdoorKey.ts";

type Vector = {
  key: Record<"alpha" | "beta" | "gamma" | "delta", string[]> & { ic: string[][] };
  proof: string[];
  publicSignals: string[];
};

const VECTOR = join(import.meta.dirname, "../../vectors/groth16.json");
const json = JSON.parse(readFileSync(VECTOR, "utf8")) as Vector;
const big = (words: readonly string[]): bigint[] => words.map(BigInt);

const proof = big(json.proof);
const signals = big(json.publicSignals);
const key: VerifyingKey = {
  alpha: big(json.key.alpha),
  beta: big(json.key.beta),
  gamma: big(json.key.gamma),
  delta: big(json.key.delta),
  ic: json.key.ic.map(big),
};

const NAMES = ["A.x", "A.y", "B.x1", "B.x0", "B.y1", "B.y0", "C.x", "C.y"];
const INFINITY_G1 = [0n, 0n];
const INFINITY_G2 = [0n, 0n, 0n, 0n];
const OUTSIDE_G2 = pointOutsideSubgroup();

const accepts = (changed: readonly bigint[], inputs: readonly bigint[] = signals): boolean =>
  verifyGroth16(key, changed, inputs);

describe("verifyGroth16", () => {
  it("accepts a proof that snarkjs made", () => {
    expect(accepts(proof)).to.be.true;
  });

  it("accepts a proof made by the trapdoor of a key, signals of zero included", () => {
    const trapdoor = trapdoorKey("groth16.test");
    for (const inputs of [
      [1n, 2n, 3n],
      [0n, 0n, 0n],
      [SCALAR_FIELD - 1n, 0n, 1n],
    ] as const) {
      expect(verifyGroth16(trapdoor.key, trapdoor.prove(inputs), inputs)).to.be.true;
      expect(accepts(trapdoor.prove(inputs), inputs)).to.be.false;
    }
  });

  describe("when a coordinate of the proof is changed", () => {
    for (const [i, name] of NAMES.entries()) {
      it(`refuses ${name}`, () => {
        const coordinate = proof[i]!;
        for (const other of [
          coordinate ^ 1n,
          coordinate + BASE_FIELD,
          BASE_FIELD - coordinate,
          coordinate - BASE_FIELD,
          0n,
          BASE_FIELD,
        ]) {
          expect(accepts(proof.with(i, other)), `${other}`).to.be.false;
        }
      });
    }
  });

  describe("when a point of the proof is", () => {
    const replaced = (at: number, point: readonly bigint[]): bigint[] =>
      proof.map((it, i) => point[i - at] ?? it);

    it("at infinity, takes it for that point, as the contract does", () => {
      const trapdoor = trapdoorKey("groth16.test");
      const [a, c] = trapdoor.proveAtInfinity([1n, 2n, 3n]);
      for (const b of [g2(5n), INFINITY_G2]) {
        expect(verifyGroth16(trapdoor.key, [...a, ...b, ...c], [1n, 2n, 3n])).to.be.true;
        expect(verifyGroth16(trapdoor.key, [...a, ...b, ...c], [1n, 2n, 4n])).to.be.false;
      }
    });

    it("at infinity in the place of another, refuses it", () => {
      expect(accepts(replaced(0, INFINITY_G1))).to.be.false;
      expect(accepts(replaced(2, INFINITY_G2))).to.be.false;
      expect(accepts(replaced(6, INFINITY_G1))).to.be.false;
    });

    it("negated, refuses it; both A and B negated are another proof of the same", () => {
      const negated = (...at: number[]): bigint[] =>
        proof.map((it, i) => (at.includes(i) ? BASE_FIELD - it : it));
      expect(accepts(negated(1))).to.be.false;
      expect(accepts(negated(4, 5))).to.be.false;
      expect(accepts(negated(7))).to.be.false;
      expect(accepts(negated(1, 4, 5))).to.be.true;
    });

    it("off the curve, refuses it", () => {
      expect(accepts(replaced(0, [1n, 3n]))).to.be.false;
      expect(accepts(replaced(2, [1n, 2n, 3n, 4n]))).to.be.false;
    });

    it("outside the subgroup, refuses it", () => {
      expect(accepts(replaced(2, OUTSIDE_G2))).to.be.false;
    });

    it("another one of the group, refuses it", () => {
      expect(accepts(replaced(0, g1(2n)))).to.be.false;
      expect(accepts(replaced(2, g2(2n)))).to.be.false;
      expect(accepts(replaced(6, g1(2n)))).to.be.false;
    });

    it("given with its coordinates of Fp2 swapped, refuses it", () => {
      const [x1, x0, y1, y0] = proof.slice(2, 6) as [bigint, bigint, bigint, bigint];
      expect(accepts(replaced(2, [x0, x1, y0, y1]))).to.be.false;
    });
  });

  it("refuses other public signals, and aliases of the right ones", () => {
    for (const [i, signal] of signals.entries()) {
      for (const other of [signal ^ 1n, signal + SCALAR_FIELD, signal - SCALAR_FIELD, 0n]) {
        expect(accepts(proof, signals.with(i, other)), `${other} at ${i}`).to.be.false;
      }
    }
    expect(accepts(proof, signals.toReversed())).to.be.false;
  });

  it("refuses wrong lengths", () => {
    for (const short of [[], proof.slice(1), [...proof, 0n]]) expect(accepts(short)).to.be.false;
    for (const list of [[], signals.slice(1), [...signals, 0n]])
      expect(accepts(proof, list)).to.be.false;
    expect(verifyGroth16({ ...key, ic: [] }, proof, [])).to.be.false;
    expect(verifyGroth16({ ...key, ic: key.ic.slice(0, 3) }, proof, signals)).to.be.false;
  });

  describe("when the key", () => {
    const code = (change: Partial<VerifyingKey>): string | undefined =>
      codeOf(() => verifyGroth16({ ...key, ...change }, proof, signals));
    const negative = ([x1, x0, y1, y0]: readonly bigint[]): bigint[] => [
      x1!,
      x0!,
      BASE_FIELD - y1!,
      BASE_FIELD - y0!,
    ];

    it("has two of beta, gamma and delta equal up to sign, throws KEY_INVALID", () => {
      expect(code({ delta: key.gamma })).to.equal("KEY_INVALID");
      expect(code({ delta: negative(key.gamma) })).to.equal("KEY_INVALID");
      expect(code({ beta: key.gamma })).to.equal("KEY_INVALID");
      expect(code({ beta: negative(key.delta) })).to.equal("KEY_INVALID");
    });

    it("has gamma = delta, a forged proof of false signals is not looked at", () => {
      // e(A, B) = e(alpha, beta) · e(vk_x + C, gamma): C = -vk_x proves anything.
      const trapdoor = trapdoorKey("forgeable");
      const forgeable = { ...trapdoor.key, delta: trapdoor.key.gamma };
      const forged = [...trapdoor.key.alpha, ...trapdoor.key.beta, ...negated(trapdoor.key.ic[0]!)];
      expect(codeOf(() => verifyGroth16(forgeable, forged, [0n, 0n, 0n]))).to.equal("KEY_INVALID");
    });

    it("has a point that is none, throws KEY_INVALID", () => {
      for (const name of ["beta", "gamma", "delta"] as const) {
        for (const bad of [INFINITY_G2, OUTSIDE_G2, [1n, 2n, 3n, 4n], key[name].slice(1)]) {
          expect(code({ [name]: bad }), name).to.equal("KEY_INVALID");
        }
        expect(code({ [name]: key[name].with(0, key[name][0]! + BASE_FIELD) })).to.equal(
          "KEY_INVALID",
        );
      }
      for (const bad of [INFINITY_G1, [1n, 3n], [1n], [1n + BASE_FIELD, 2n]]) {
        expect(code({ alpha: bad })).to.equal("KEY_INVALID");
        expect(code({ ic: key.ic.with(2, bad) })).to.equal("KEY_INVALID");
      }
    });

    it("has another point, refuses the proof", () => {
      expect(verifyGroth16({ ...key, alpha: g1(5n) }, proof, signals)).to.be.false;
      for (const name of ["beta", "gamma", "delta"] as const)
        expect(verifyGroth16({ ...key, [name]: g2(5n) }, proof, signals), name).to.be.false;
      for (const i of key.ic.keys()) {
        const ic = key.ic.with(i, g1(5n));
        expect(verifyGroth16({ ...key, ic }, proof, signals), `ic ${i}`).to.be.false;
      }
    });
  });
});

function negated([x, y]: readonly bigint[]): bigint[] {
  return [x!, BASE_FIELD - y!];
}

/** Returns a point of the twist `y² = x³ + 3 / (9 + u)` that has another order than r: most points are such. */
function pointOutsideSubgroup(): bigint[] {
  const { Fp2, Fr } = bn254.fields;
  const b = Fp2.div({ c0: 3n, c1: 0n }, { c0: 9n, c1: 1n });
  for (let c0 = 1n; ; c0++) {
    const x = { c0, c1: 0n };
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), b);
    const y = squareRoot(square);
    if (y === undefined) continue;
    const point = bn254.G2.Point.fromAffine({ x, y });
    const isOfOrderR = point
      .multiplyUnsafe(Fr.ORDER - 1n)
      .add(point)
      .is0();
    if (!isOfOrderR) return [x.c1, x.c0, y.c1, y.c0];
  }
}

function squareRoot(square: { c0: bigint; c1: bigint }): { c0: bigint; c1: bigint } | undefined {
  const { Fp2 } = bn254.fields;
  try {
    return Fp2.sqrt(square);
  } catch {
    return undefined;
  }
}
