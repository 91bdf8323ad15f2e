import { bn254 } from "@noble/curves/bn254.js";
import type { VerifyingKey } from "./circuit.ts";
import { ProtocolError } from "./errors.ts";
import type { Groth16Proof } from "./evidence.ts";
import { BASE_FIELD, SCALAR_FIELD } from "./field.ts";

type G1 = InstanceType<typeof bn254.G1.Point>;
type G2 = InstanceType<typeof bn254.G2.Point>;

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

  const [constant, ...bases] = ic;
  if (constant === undefined) return false;
  const x = bases.reduce((sum, base, i) => {
    const signal = publicSignals[i] ?? 0n; // the lengths were compared
    return signal === 0n ? sum : sum.add(base.multiply(signal));
  }, constant);
  const pairs = [
    { g1: points.a.negate(), g2: points.b },
    { g1: alpha, g2: beta },
    { g1: x, g2: gamma },
    { g1: points.c, g2: delta },
  ].filter(({ g1, g2 }) => !g1.is0() && !g2.is0());
  return bn254.fields.Fp12.eql(bn254.pairingBatch(pairs), bn254.fields.Fp12.ONE);
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

function readG1(coordinates: readonly bigint[]): G1 {
  const [x, y] = coordinates.map(canonical);
  if (x === undefined || y === undefined || coordinates.length !== 2)
    throw new RangeError("a G1 point has 2 coordinates");
  const point = bn254.G1.Point.fromAffine({ x, y });
  point.assertValidity();
  return point;
}

function readG2(coordinates: readonly bigint[]): G2 {
  const [x1, x0, y1, y0] = coordinates.map(canonical);
  if (
    x1 === undefined ||
    x0 === undefined ||
    y1 === undefined ||
    y0 === undefined ||
    coordinates.length !== 4
  ) {
    throw new RangeError("a G2 point has 4 coordinates");
  }
  const point = bn254.G2.Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });
  point.assertValidity();
  if (!point.isTorsionFree()) throw new RangeError("a G2 point is outside the subgroup");
  return point;
}

/** The library reads (0, 0) as infinity and takes it for valid; in a key it would cancel a term of the equation. */
function refuseInfinity(point: { is0(): boolean }): void {
  if (point.is0()) throw new RangeError("a point is at infinity");
}

function canonical(coordinate: bigint): bigint {
  if (coordinate < 0n || coordinate >= BASE_FIELD)
    throw new RangeError("a coordinate is not below the field's order");
  return coordinate;
}
