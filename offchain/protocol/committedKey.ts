import { bn254 } from "@noble/curves/bn254.js";
import type { G1, G2 } from "./bn254Points.ts";
import { readG1, readG2, refuseInfinity } from "./bn254Points.ts";
import type { VerifyingKey } from "./circuit.ts";
import { ProtocolError } from "./errors.ts";

/** Verifying key of commit-and-prove Groth16 (docs/proving.md): gamma is the generator of G2, three signals are public. */
export type CommittedKey = VerifyingKey & {
  /** sigma times the generator of G2; only linear combinations of the advice's bases are known times sigma. */
  readonly sigma: readonly bigint[];
};

/** What ties the weights of an inference circuit to those of its weights circuit: k1 and k2 times the generator of G2. */
export type LinkKey = {
  readonly inference: readonly bigint[];
  readonly weights: readonly bigint[];
};

/** Checked points of a `CommittedKey`. */
export type CommittedKeyPoints = {
  readonly alpha: G1;
  readonly beta: G2;
  readonly gamma: G2;
  readonly delta: G2;
  readonly sigma: G2;
  readonly ic: readonly G1[];
};

/** Checked points of a `LinkKey`. */
export type LinkKeyPoints = { readonly inference: G2; readonly weights: G2 };

/** Public signals of either circuit: `[z, b, e]` and `[z, b, W]`. */
export const COMMITTED_SIGNALS = 3;

/**
 * Returns the points of a key of commit-and-prove Groth16.
 *
 * @throws {ProtocolError} `KEY_INVALID` where it is malformed or anyone can forge under it.
 */
export function readCommittedKey(key: CommittedKey): CommittedKeyPoints {
  return named(() => {
    const points = {
      alpha: readG1(key.alpha),
      beta: readG2(key.beta),
      gamma: readG2(key.gamma),
      delta: readG2(key.delta),
      sigma: readG2(key.sigma),
      ic: key.ic.map(readG1),
    };
    const { alpha, beta, gamma, delta, sigma, ic } = points;
    if (ic.length !== COMMITTED_SIGNALS + 1)
      throw new RangeError(`it has ${String(ic.length)} IC points, not four`);
    [alpha, beta, delta, sigma, ...ic].forEach(refuseInfinity);
    if (!gamma.equals(bn254.G2.Point.BASE)) throw new RangeError("gamma is not the generator");
    refuseRelated([gamma, beta, delta, sigma]);
    return points;
  });
}

/**
 * Returns the points of a link between the keys of an inference circuit and of its weights circuit.
 *
 * @throws {ProtocolError} `KEY_INVALID` where it is malformed or anyone can forge under it.
 */
export function readLinkKey(
  link: LinkKey,
  { inference, weights }: Record<"inference" | "weights", CommittedKeyPoints>,
): LinkKeyPoints {
  return named(() => {
    const points = { inference: readG2(link.inference), weights: readG2(link.weights) };
    [points.inference, points.weights].forEach(refuseInfinity);
    const secrets = [points.inference, points.weights, inference.gamma];
    for (const { delta, sigma } of [inference, weights]) secrets.push(delta, sigma);
    // Keys from one ceremony's powers of tau share beta.
    for (const { beta } of [inference, weights]) refuseRelated([...secrets, beta]);
    return points;
  });
}

/**
 * Demands that a key is well-formed, and none under which anyone forges.
 *
 * @throws {ProtocolError} `KEY_INVALID`.
 */
export function requireCommittedKey(key: CommittedKey): void {
  readCommittedKey(key);
}

/**
 * Demands that a link and the keys that it is between are well-formed, and none under which anyone forges.
 *
 * @throws {ProtocolError} `KEY_INVALID`.
 */
export function requireLinkKey(
  link: LinkKey,
  keys: Record<"inference" | "weights", CommittedKey>,
): void {
  const { inference, weights } = keys;
  readLinkKey(link, { inference: readCommittedKey(inference), weights: readCommittedKey(weights) });
}

/** Two secrets that are equal up to sign let what is bound by one pass for what is bound by the other. */
function refuseRelated(points: readonly G2[]): void {
  points.forEach((one, i) => {
    if (points.slice(i + 1).some((it) => it.equals(one) || it.equals(one.negate())))
      throw new RangeError("two points of G2 are equal up to sign: anyone can forge");
  });
}

function named<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ProtocolError({ code: "KEY_INVALID", reason }, { cause });
  }
}
