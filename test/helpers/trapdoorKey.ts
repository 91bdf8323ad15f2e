/**
 * Test only: a Groth16 key whose toxic waste is known, and proofs made from it without a circuit. Whoever holds the
 * trapdoor proves anything, which is what contract tests want: valid and forged proofs of any statement, in milliseconds.
 */
import { bn254 } from "@noble/curves/bn254.js";
import { keccak256, toUtf8Bytes } from "ethers";

const { G1, G2, fields } = bn254;
const { Fr } = fields;

/** Order of the base field. */
export const BASE_FIELD: bigint = fields.Fp.ORDER;
/** Order of the scalar field and of both groups. */
export const SCALAR_FIELD: bigint = Fr.ORDER;

export type G1Words = [bigint, bigint];
/** `[x.c1, x.c0, y.c1, y.c0]`, the order of EIP-197. */
export type G2Words = [bigint, bigint, bigint, bigint];
export type Key = { alpha: G1Words; beta: G2Words; gamma: G2Words; delta: G2Words; ic: G1Words[] };
/** A.x A.y B.x1 B.x0 B.y1 B.y0 C.x C.y */
export type Proof = readonly bigint[];
export type TrapdoorKey = {
  readonly key: Key;
  /** Returns a proof that the key accepts for any three public signals; `nonce` randomises it. */
  readonly prove: (signals: readonly [bigint, bigint, bigint], nonce?: string) => Proof;
  /** Returns A and C of a proof whose A is the point at infinity: any B completes it. */
  readonly proveAtInfinity: (
    signals: readonly [bigint, bigint, bigint],
  ) => readonly [G1Words, G1Words];
};

/** Returns the words of `scalar` times the generator of G1. */
export function g1(scalar: bigint): G1Words {
  const { x, y } = G1.Point.BASE.multiply(scalar).toAffine();
  return [x, y];
}

/** Returns the words of `scalar` times the generator of G2. */
export function g2(scalar: bigint): G2Words {
  const { x, y } = G2.Point.BASE.multiply(scalar).toAffine();
  return [x.c1, x.c0, y.c1, y.c0];
}

/**
 * Derives a key and its trapdoor from a label; keys of one phase 1, which another label derives, have alpha, beta and gamma in
 * common, and gamma is the generator.
 */
export function trapdoorKey(label: string, phase1?: string): TrapdoorKey {
  const secret = (name: string): bigint => scalarOf(`${label}/${name}`);
  const shared = (name: string): bigint => scalarOf(`${phase1 ?? label}/${name}`);
  const [alpha, beta, delta] = [shared("alpha"), shared("beta"), secret("delta")];
  const gamma = phase1 === undefined ? secret("gamma") : 1n;
  const ic = [0, 1, 2, 3].map((i) => secret(`ic${String(i)}`));
  // A·B = alpha·beta + inputs·gamma + C·delta, solved for C in the exponent.
  const solve = (signals: readonly bigint[], product: bigint): G1Words => {
    const bases = [1n, ...signals];
    const inputs = bases.reduce((sum, s, i) => Fr.add(sum, Fr.mul(Fr.create(s), ic[i]!)), 0n);
    const rest = Fr.sub(product, Fr.add(Fr.mul(alpha, beta), Fr.mul(inputs, gamma)));
    return g1(Fr.div(rest, delta));
  };

  return {
    key: {
      alpha: g1(alpha),
      beta: g2(beta),
      gamma: g2(gamma),
      delta: g2(delta),
      ic: ic.map(g1),
    },
    prove: (signals, nonce = "") => {
      const [a, b] = [secret(`a${nonce}`), secret(`b${nonce}`)];
      return [...g1(a), ...g2(b), ...solve(signals, Fr.mul(a, b))];
    },
    proveAtInfinity: (signals) => [[0n, 0n], solve(signals, 0n)],
  };
}

function scalarOf(label: string): bigint {
  return BigInt(keccak256(toUtf8Bytes(label))) % SCALAR_FIELD;
}
