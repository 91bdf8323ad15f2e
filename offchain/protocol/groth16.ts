import type { G1, G2 } from "./bn254Points.ts";
import { combineG1, pairsToOne, readG1, readG2, refuseInfinity } from "./bn254Points.ts";
import type { VerifyingKey } from "./circuit.ts";
import { ProtocolError } from "./errors.ts";
import type { Groth16Proof } from "./evidence.ts";
import { SCALAR_FIELD } from "./field.ts";

/**
 * Verifies a Groth16 proof over BN254: `e(A, B) = e(alpha, beta) · e(vk_x, gamma) · e(C, delta)`
 * (Groth, EUROCRYPT 2016). Everything is checked: canonical coordinates, curve, subgroup, no point of the key at infinity,
 * canonical signals. In a proof `(0, 0)` is the point at infinity, as it is to the contract (EIP-197).
 *
 * A `true` alone says nothing of a statement: the caller derives the public signals itself (docs/statement.md, section 4).
 *
 * @throws {ProtocolError} `KEY_INVALID` for a key that is malformed or forgeable; a bad proof is `false`.
 */
export function verifyGroth16(
  key: VerifyingKey,
  proof: Groth16Proof,
  publicSignals: readonly bigint[],
): boolean {
  const { alpha, beta, gamma, delta, ic } = readKey(key);
  if (publicSignals.length + 1 !== ic.length) return false;
  if (publicSignals.some((signal) => signal < 0n || signal >= SCALAR_FIELD)) return false;
  const points = readProof(proof);
  if (points === undefined) return false;

  return pairsToOne([
    { g1: points.a.negate(), g2: points.b },
    { g1: alpha, g2: beta },
    { g1: combineG1(ic, publicSignals), g2: gamma },
    { g1: points.c, g2: delta },
  ]);
}

function readProof(proof: Groth16Proof): { a: G1; b: G2; c: G1 } | undefined {
  if (proof.length !== 8) return undefined;
  try {
    return {
      a: readG1(proof.slice(0, 2)),
      b: readG2(proof.slice(2, 6)),
      c: readG1(proof.slice(6, 8)),
    };
  } catch {
    return undefined; // a point that is no point makes the proof wrong, not the call
  }
}

function readKey(key: VerifyingKey): { alpha: G1; beta: G2; gamma: G2; delta: G2; ic: G1[] } {
  try {
    const points = {
      alpha: readG1(key.alpha),
      beta: readG2(key.beta),
      gamma: readG2(key.gamma),
      delta: readG2(key.delta),
      ic: key.ic.map(readG1),
    };
    const { alpha, beta, gamma, delta, ic } = points;
    [alpha, beta, gamma, delta, ...ic].forEach(refuseInfinity);
    const related = (a: G2, b: G2): boolean => a.equals(b) || a.equals(b.negate());
    if (related(gamma, delta) || related(beta, gamma) || related(beta, delta)) {
      throw new RangeError("two of beta, gamma and delta are equal up to sign: anyone can forge");
    }
    return points;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ProtocolError({ code: "KEY_INVALID", reason }, { cause });
  }
}
