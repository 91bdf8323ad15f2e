import { createHash, randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { SCALAR_FIELD } from "@vouch/protocol";
import { ChaCha } from "ffjavascript";
import type { Curve } from "ffjavascript";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import type { StepOptions } from "../progress.ts";
import { SCALAR_BYTES } from "../setup/wasmCurve.ts";
import type { CurveCode } from "../setup/wasmCurve.ts";
import type { BeaconValue } from "./contributionRecords.ts";
import type { CurvePoints } from "./curvePoints.ts";

/** What a contribution multiplies delta by, and two points that bind it. */
export type DeltaKey = {
  /** x, plain, little-endian. Whoever sees those of all contributors can forge; `x.fill(0)` once it was used. */
  readonly x: Uint8Array;
  readonly s: Uint8Array;
  readonly sx: Uint8Array;
};

const ENTROPY_BYTES = 64;
/** Hashes between two looks at the clock of others. */
const HASHES_A_TURN = 2 ** 14;

/**
 * Draws x and the point s: SHA-512 of 64 bytes from the system and of what the contributor typed. Either suffices, where
 * the other is known to everybody.
 */
export function drawDeltaKey(curve: CurveCode, points: CurvePoints, typed = ""): DeltaKey {
  const seed = drawSeed(typed);
  const x = scalarFrom(seed, "x");
  const blind = scalarFrom(seed, "s");
  seed.fill(0);
  const s = points.multiply("g1m", curve.generators.g1m, blind);
  blind.fill(0);
  return { x, s, sx: points.multiply("g1m", s, x) };
}

/** What the secrets of one contribution are derived from, and nothing else; `fill(0)` once they are. */
export function drawSeed(typed = ""): Uint8Array {
  const [fresh, mixed] = [randomBytes(ENTROPY_BYTES), Buffer.from(typed, "utf8")];
  const seed = createHash("sha512").update(fresh).update(mixed).digest();
  for (const it of [fresh, mixed]) it.fill(0);
  return seed;
}

/** A plain scalar, little-endian, uniform in [1, order) by rejection; another for each purpose. */
export function scalarFrom(seed: Uint8Array, purpose: string): Uint8Array {
  const order = Buffer.from(SCALAR_FIELD.toString(16), "hex");
  for (let attempt = 0; ; attempt++) {
    const hash = createHash("sha512").update(seed).update(`${purpose}${attempt}`).digest();
    const scalar = Uint8Array.from(hash.subarray(0, SCALAR_BYTES));
    hash.fill(0);
    scalar[0] = (scalar[0] ?? 0) & 0x3f; // the order has 254 bits
    if (Buffer.compare(scalar, order) < 0 && scalar.some((it) => it !== 0)) return scalar.reverse();
    scalar.fill(0);
  }
}

/**
 * Derives x and s from a beacon as snarkjs 0.7.6 does: the value hashed 2^exponent times with SHA-256 keys ChaCha20, which
 * gives both.
 *
 * @throws {ProverError} `BEACON_INVALID`, `ABORTED`.
 */
export async function deriveBeaconKey(
  { Fr, G1 }: Curve,
  points: CurvePoints,
  beacon: BeaconValue,
  options: StepOptions = {},
): Promise<DeltaKey> {
  const random = new ChaCha(seedOf(await stretchBeacon(beacon, options)));
  const x = Fr.fromMontgomery(Fr.fromRng(random));
  const s = G1.toAffine(G1.fromRng(random));
  return { x, s, sx: points.multiply("g1m", s, x) };
}

/**
 * The beacon's value hashed 2^exponent times with SHA-256.
 *
 * @throws {ProverError} `BEACON_INVALID`, `ABORTED`.
 */
export async function stretchBeacon(
  beacon: BeaconValue,
  { onProgress, signal }: StepOptions = {},
): Promise<Uint8Array> {
  checkBeacon(beacon);
  const step = `beacon: hash 2^${beacon.iterationsExponent} times`;
  let value: Uint8Array = Buffer.from(beacon.hash, "hex");
  const count = 2 ** beacon.iterationsExponent;
  for (let i = 0; i < count; i++) {
    value = createHash("sha256").update(value).digest();
    if (i % HASHES_A_TURN === 0) {
      checkAborted(signal);
      onProgress?.(step, i / count);
      await setImmediate();
    }
  }
  return value;
}

/** The point of G2 that a challenge hashes to, as snarkjs 0.7.6 maps it; nobody knows its logarithm. */
export function hashToG2({ G2 }: Curve, challenge: Uint8Array): Uint8Array {
  return G2.toAffine(G2.fromRng(new ChaCha(seedOf(challenge))));
}

/** @throws {ProverError} `BEACON_INVALID`. */
export function checkBeacon({ hash, iterationsExponent }: BeaconValue): void {
  if (!/^([0-9a-f]{2}){1,255}$/i.test(hash)) {
    const reason = "its value is not 1 to 255 bytes of hex without prefix";
    throw new ProverError({ code: "BEACON_INVALID", reason });
  }
  if (!Number.isInteger(iterationsExponent) || iterationsExponent < 10 || iterationsExponent > 63) {
    const reason = "its exponent is not from 10 to 63";
    throw new ProverError({ code: "BEACON_INVALID", reason });
  }
}

function seedOf(hash: Uint8Array): number[] {
  const view = new DataView(hash.buffer, hash.byteOffset, hash.byteLength);
  return Array.from({ length: 8 }, (_, i) => view.getUint32(i * 4));
}
