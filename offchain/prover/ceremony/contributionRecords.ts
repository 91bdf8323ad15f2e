import { createHash } from "node:crypto";
import { ProverError } from "../errors.ts";
import { POINT_BYTES } from "../setup/wasmCurve.ts";
import type { CurvePoints } from "./curvePoints.ts";

/** A last contribution from a value that nobody could foresee, which fixes the transcript. It adds no secret. */
export type BeaconValue = {
  /** Hex, without prefix, at most 255 bytes. */
  readonly hash: string;
  /** The value is hashed 2^this times; 10 to 63. */
  readonly iterationsExponent: number;
};

/** One contribution to phase 2, as a zkey records it. Points are affine, in Montgomery form. */
export type ContributionRecord = {
  /** `delta · G` once it is applied. */
  readonly deltaAfter: Uint8Array;
  /** A point s, and x·s, where x is what delta was multiplied by. */
  readonly s: Uint8Array;
  readonly sx: Uint8Array;
  /** x times the point of G2 that the challenge hashes to. */
  readonly spx: Uint8Array;
  /** blake2b-512 of the circuit hash, the contributions before, s and x·s: what the proof of knowledge answers. */
  readonly challenge: Uint8Array;
  /** Public, of the contributor's choice; absent where there is none. No hash covers it but the transcript's. */
  readonly name?: string;
  readonly beacon?: BeaconValue;
};

/** Section 10 of a zkey. */
export type ContributionRecords = {
  /** blake2b-512 of the key before any contribution, which binds r1cs and phase 1. */
  readonly circuitHash: Uint8Array;
  readonly contributions: readonly ContributionRecord[];
};

const [G1_BYTES] = POINT_BYTES.g1m;
const [G2_BYTES] = POINT_BYTES.g2m;
const HASH_BYTES = 64;
const PARAMETER = { name: 1, iterations: 2, beacon: 3 } as const;

/**
 * Reads section 10 of a zkey, of which there is one encoding only.
 *
 * @throws {ProverError} `ZKEY_INVALID`, naming `file`.
 */
export function decodeContributions(bytes: Uint8Array, file: string): ContributionRecords {
  const invalid = (reason: string): ProverError =>
    new ProverError({ code: "ZKEY_INVALID", file, reason });
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw invalid("its contributions end early");
    return new Uint8Array(bytes.subarray(at, (at += length))); // a copy, also of a Buffer
  };
  const takeWord = (): number => new DataView(take(4).buffer).getUint32(0, true);

  const circuitHash = take(HASH_BYTES);
  const contributions: ContributionRecord[] = [];
  for (let left = takeWord(); left > 0; left--) {
    const points = {
      deltaAfter: take(G1_BYTES),
      s: take(G1_BYTES),
      sx: take(G1_BYTES),
      spx: take(G2_BYTES),
      challenge: take(HASH_BYTES),
    };
    const type = takeWord();
    const parameters = decodeParameters(take(takeWord()));
    const isBeacon = type === 1;
    if (parameters === undefined || type > 1 || isBeacon !== (parameters.beacon !== undefined)) {
      throw invalid(`contribution ${contributions.length + 1} has unknown parameters`);
    }
    contributions.push({ ...points, ...parameters });
  }
  const records = { circuitHash, contributions };
  if (Buffer.compare(encodeContributions(records), bytes) !== 0) {
    throw invalid("its contributions are not in their one encoding");
  }
  return records;
}

/** The inverse of `decodeContributions`; the same bytes as snarkjs 0.7.6 writes. */
export function encodeContributions({
  circuitHash,
  contributions,
}: ContributionRecords): Uint8Array {
  const parts: Uint8Array[] = [circuitHash, word(contributions.length)];
  for (const { deltaAfter, s, sx, spx, challenge, name, beacon } of contributions) {
    const parameters = encodeParameters(name, beacon);
    const type = beacon === undefined ? 0 : 1;
    parts.push(deltaAfter, s, sx, spx, challenge, word(type), word(parameters.length), parameters);
  }
  return Buffer.concat(parts);
}

/** blake2b-512 of a contribution's points and challenge: what its contributor publishes, and `snarkjs zkey verify` prints. */
export function contributionHash(points: CurvePoints, record: ContributionRecord): Uint8Array {
  return createHash("blake2b512").update(publicPart(points, record)).digest();
}

/** What the proof of knowledge of the next contribution answers, given its s and x·s. */
export function nextChallenge(
  points: CurvePoints,
  { circuitHash, contributions }: ContributionRecords,
  { s, sx }: Pick<ContributionRecord, "s" | "sx">,
): Uint8Array {
  const hash = createHash("blake2b512").update(circuitHash);
  for (const it of contributions) hash.update(publicPart(points, it));
  for (const it of [s, sx]) hash.update(points.uncompressed("g1m", it));
  return hash.digest();
}

function publicPart(points: CurvePoints, record: ContributionRecord): Uint8Array {
  const { deltaAfter, s, sx, spx, challenge } = record;
  const plain = [deltaAfter, s, sx].map((it) => points.uncompressed("g1m", it));
  return Buffer.concat([...plain, points.uncompressed("g2m", spx), challenge]);
}

function encodeParameters(name: string | undefined, beacon: BeaconValue | undefined): Uint8Array {
  const parts: Uint8Array[] = [];
  const add = (id: number, value: Uint8Array): void => {
    parts.push(Uint8Array.of(id, value.length), value);
  };
  if (name !== undefined) add(PARAMETER.name, Buffer.from(name, "utf8"));
  if (beacon !== undefined) {
    parts.push(Uint8Array.of(PARAMETER.iterations, beacon.iterationsExponent));
    add(PARAMETER.beacon, Buffer.from(beacon.hash, "hex"));
  }
  return Buffer.concat(parts);
}

/** Undefined where a parameter is unknown or ends early; that there is one encoding, the caller sees to. */
function decodeParameters(
  bytes: Uint8Array,
): Pick<ContributionRecord, "name" | "beacon"> | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let name: string | undefined;
  let iterationsExponent: number | undefined;
  let hash: string | undefined;
  for (let at = 0; at < view.length;) {
    const [id, length] = [view[at], view[at + 1]];
    if (length === undefined) return undefined;
    const value = view.subarray(at + 2, at + 2 + length);
    at += id === PARAMETER.iterations ? 2 : 2 + length;
    if (id === PARAMETER.name) name = value.toString("utf8");
    else if (id === PARAMETER.iterations) iterationsExponent = length;
    else if (id === PARAMETER.beacon) hash = value.toString("hex");
    else return undefined;
  }
  if ((hash === undefined) !== (iterationsExponent === undefined)) return undefined;
  return {
    ...(name === undefined ? {} : { name }),
    ...(hash === undefined || iterationsExponent === undefined
      ? {}
      : { beacon: { hash, iterationsExponent } }),
  };
}

function word(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}
