import { bn254 } from "@noble/curves/bn254.js";
import { SCALAR_FIELD } from "./trapdoorKey.ts";
import type { G1Words, G2Words } from "./trapdoorKey.ts";

const { G1, G2, fields } = bn254;

/** Points as contracts take them; `[x.c1, x.c0, y.c1, y.c0]` of the twist. Subgroups are not checked. */
export type G1Point = InstanceType<typeof G1.Point>;
export type G2Point = InstanceType<typeof G2.Point>;

export function g1Point([x = 0n, y = 0n]: readonly bigint[]): G1Point {
  return G1.Point.fromAffine({ x, y });
}

export function g2Point([x1 = 0n, x0 = 0n, y1 = 0n, y0 = 0n]: readonly bigint[]): G2Point {
  return G2.Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });
}

export function g1Words(point: G1Point): G1Words {
  const { x, y } = point.toAffine();
  return [x, y];
}

export function g2Words(point: G2Point): G2Words {
  const { x, y } = point.toAffine();
  return [x.c1, x.c0, y.c1, y.c0];
}

/** A point of the twist `y² = x³ + 3 / (9 + u)` outside the subgroup of order r. */
export function outsideSubgroup(): G2Words {
  const { Fp2 } = fields;
  const b = Fp2.div({ c0: 3n, c1: 0n }, { c0: 9n, c1: 1n });
  for (let c0 = 1n; ; c0++) {
    const x = { c0, c1: 0n };
    let y;
    try {
      y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), b));
    } catch {
      continue;
    }
    const point = G2.Point.fromAffine({ x, y });
    if (!timesOrder(point).is0()) return g2Words(point);
  }
}

/** A point whose order divides the cofactor: r times one outside the subgroup. */
export function cofactorPoint(): G2Point {
  return timesOrder(g2Point(outsideSubgroup()));
}

/** The library multiplies by less than the order only. */
function timesOrder(point: G2Point): G2Point {
  return point.multiplyUnsafe(SCALAR_FIELD - 1n).add(point);
}
