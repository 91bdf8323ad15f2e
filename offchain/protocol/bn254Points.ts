import { bn254 } from "@noble/curves/bn254.js";
import { BASE_FIELD } from "./field.ts";

/** A checked point; infinity is one of them. */
export type G1 = InstanceType<typeof bn254.G1.Point>;
export type G2 = InstanceType<typeof bn254.G2.Point>;

/** One factor of a product of pairings. */
export type Pair = { readonly g1: G1; readonly g2: G2 };

/**
 * Returns the point of G1 with these coordinates; `(0, 0)` is infinity (EIP-197).
 *
 * @throws {RangeError} for what is no canonical point of the curve.
 */
export function readG1(coordinates: readonly bigint[]): G1 {
  const [x, y] = coordinates.map(canonical);
  if (x === undefined || y === undefined || coordinates.length !== 2)
    throw new RangeError("a G1 point has 2 coordinates");
  const point = bn254.G1.Point.fromAffine({ x, y });
  point.assertValidity();
  return point;
}

/**
 * Returns the point of G2 with the coordinates `[x.c1, x.c0, y.c1, y.c0]` (EIP-197).
 *
 * @throws {RangeError} for what is no canonical point of the curve's subgroup.
 */
export function readG2(coordinates: readonly bigint[]): G2 {
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
  point.assertValidity(); // on the curve, and in the subgroup
  return point;
}

/**
 * The library reads (0, 0) as infinity and takes it for valid; in a key it would cancel a term of an equation.
 *
 * @throws {RangeError} for infinity.
 */
export function refuseInfinity(point: { is0(): boolean }): void {
  if (point.is0()) throw new RangeError("a point is at infinity");
}

/**
 * `constant + Σ scalar_i · base_i` of the bases behind the first, which is the constant; scalars are public and below the
 * order: how long it takes tells of them.
 */
export function combineG1([constant, ...bases]: readonly G1[], scalars: readonly bigint[]): G1 {
  return bases.reduce(
    (sum, base, i) => sum.add(base.multiplyUnsafe(scalars[i] ?? 0n)),
    constant ?? bn254.G1.Point.ZERO,
  );
}

/** Whether the product of the pairings is one. */
export function pairsToOne(pairs: readonly Pair[]): boolean {
  const finite = pairs.filter(({ g1, g2 }) => !g1.is0() && !g2.is0());
  return bn254.fields.Fp12.eql(bn254.pairingBatch([...finite]), bn254.fields.Fp12.ONE);
}

function canonical(coordinate: bigint): bigint {
  if (coordinate < 0n || coordinate >= BASE_FIELD)
    throw new RangeError("a coordinate is not below the field's order");
  return coordinate;
}
