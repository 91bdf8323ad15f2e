import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { BASE_FIELD, SCALAR_FIELD } from "@vouch/protocol";
import type { VerifyingKey } from "@vouch/protocol";
import { ProverError } from "./errors.ts";

/** What a `.zkey` file of Groth16, or of a system that extends it, says of itself. */
export type ZkeyHeader = {
  readonly wires: number;
  readonly publicSignals: number;
  readonly domainSize: number;
  /** Affine points in Montgomery form, as in the file. */
  readonly points: ZkeyPoints;
  readonly sections: ReadonlyMap<number, { readonly at: number; readonly length: number }>;
};

export type ZkeyPoints = {
  readonly alpha1: Uint8Array;
  readonly beta1: Uint8Array;
  readonly beta2: Uint8Array;
  readonly gamma2: Uint8Array;
  readonly delta1: Uint8Array;
  readonly delta2: Uint8Array;
};

/** Sections of a Groth16 zkey by id, as in snarkjs 0.7.6, src/zkey_utils.js. */
export const ZKEY_SECTION = {
  protocol: 1,
  header: 2,
  ic: 3,
  coefficients: 4,
  a: 5,
  b1: 6,
  b2: 7,
  c: 8,
  h: 9,
  contributions: 10,
} as const;

/** Proof systems by their id in section 1; snarkjs refuses an id that it does not know. */
export const ZKEY_PROTOCOL = { groth16: 1, committed: 20 } as const;

type Protocol = (typeof ZKEY_PROTOCOL)[keyof typeof ZKEY_PROTOCOL];

/** Bytes of an affine point. */
export const G1_BYTES = 64;
export const G2_BYTES = 128;
const MAX_SECTIONS = 64;
/** Inverse of the Montgomery radix 2^256 in the base field: `2^256 · R_INVERSE = 1 (mod q)`. */
const R_INVERSE: bigint = power(1n << 256n, BASE_FIELD - 2n);

/** Bytes of the header's section up to its points. */
const COUNTS_BYTES = 4 + 32 + 4 + 32 + 12;

/** @throws {ProverError} `ZKEY_INVALID` unless the file is a complete zkey of the system over BN254. */
export async function readZkeyHeader(
  path: string,
  protocol: Protocol = ZKEY_PROTOCOL.groth16,
): Promise<ZkeyHeader> {
  return withFile(path, async (file) => parseHeader(path, file, protocol));
}

/** Bytes of one section. */
export async function readZkeySection(
  path: string,
  id: number,
  protocol: Protocol = ZKEY_PROTOCOL.groth16,
): Promise<Uint8Array<ArrayBuffer>> {
  return withFile(path, async (file) => {
    const section = (await parseHeader(path, file, protocol)).sections.get(id);
    if (section === undefined) throw invalid(path, `section ${id} is missing`);
    return readBytes(path, file, section.at, section.length);
  });
}

/** The verifying key that belongs to a zkey, in the order of EIP-197. */
export async function readVerifyingKey(
  path: string,
  protocol: Protocol = ZKEY_PROTOCOL.groth16,
): Promise<VerifyingKey> {
  return withFile(path, async (file) => {
    const { points, publicSignals, sections } = await parseHeader(path, file, protocol);
    const section = sections.get(ZKEY_SECTION.ic);
    if (section?.length !== (publicSignals + 1) * G1_BYTES) throw invalid(path, "IC is incomplete");
    const ic = await readBytes(path, file, section.at, section.length);
    return {
      alpha: coordinates(points.alpha1),
      beta: coordinatesOfG2(points.beta2),
      gamma: coordinatesOfG2(points.gamma2),
      delta: coordinatesOfG2(points.delta2),
      ic: Array.from({ length: publicSignals + 1 }, (_, i) =>
        coordinates(ic.subarray(i * G1_BYTES, (i + 1) * G1_BYTES)),
      ),
    };
  });
}

/** Header section of a zkey. */
export function encodeZkeyHeader(
  header: Pick<ZkeyHeader, "wires" | "publicSignals" | "domainSize" | "points">,
): Uint8Array {
  const counts = Buffer.alloc(COUNTS_BYTES);
  counts.writeUInt32LE(32, 0);
  counts.set(littleEndian(BASE_FIELD), 4);
  counts.writeUInt32LE(32, 36);
  counts.set(littleEndian(SCALAR_FIELD), 40);
  counts.writeUInt32LE(header.wires, 72);
  counts.writeUInt32LE(header.publicSignals, 76);
  counts.writeUInt32LE(header.domainSize, 80);
  const { alpha1, beta1, beta2, gamma2, delta1, delta2 } = header.points;
  return Buffer.concat([counts, alpha1, beta1, beta2, gamma2, delta1, delta2]);
}

/** A file of sections, as bytes to be written one after another. */
export function* encodeZkey(
  sections: readonly (readonly [id: number, content: Uint8Array])[],
): Generator<Uint8Array> {
  const start = Buffer.alloc(12);
  start.write("zkey", "ascii");
  start.writeUInt32LE(1, 4);
  start.writeUInt32LE(sections.length, 8);
  yield start;
  for (const [id, content] of sections) {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(id, 0);
    head.writeBigUInt64LE(BigInt(content.length), 4);
    yield head;
    yield content;
  }
}

async function parseHeader(
  path: string,
  file: FileHandle,
  protocol: Protocol,
): Promise<ZkeyHeader> {
  const start = await readBytes(path, file, 0, 12);
  const view = new DataView(start.buffer);
  const magic = String.fromCharCode(...start.subarray(0, 4));
  const count = view.getUint32(8, true);
  if (magic !== "zkey" || view.getUint32(4, true) !== 1 || count > MAX_SECTIONS) {
    throw invalid(path, "it is no zkey of version 1");
  }
  const sections = new Map<number, { at: number; length: number }>();
  const { size } = await file.stat();
  let at = 12;
  for (let i = 0; i < count; i++) {
    const head = new DataView((await readBytes(path, file, at, 12)).buffer);
    const length = Number(head.getBigUint64(4, true));
    sections.set(head.getUint32(0, true), { at: at + 12, length });
    at += 12 + length;
    if (at > size) throw invalid(path, "it ends early");
  }

  const system = sections.get(ZKEY_SECTION.protocol);
  const header = sections.get(ZKEY_SECTION.header);
  if (system?.length !== 4 || header?.length !== COUNTS_BYTES + 3 * (G1_BYTES + G2_BYTES)) {
    throw invalid(path, "its header is not one of Groth16 over BN254");
  }
  const id = new DataView((await readBytes(path, file, system.at, 4)).buffer).getUint32(0, true);
  const bytes = await readBytes(path, file, header.at, header.length);
  const fields = [bytes.subarray(4, 36), bytes.subarray(40, 72)].map(fromLittleEndian);
  if (id !== protocol) throw invalid(path, `its proof system is ${id}, not ${protocol}`);
  if (fields[0] !== BASE_FIELD || fields[1] !== SCALAR_FIELD) {
    throw invalid(path, "its header is not one of Groth16 over BN254");
  }
  const counts = new DataView(bytes.buffer);
  let next = COUNTS_BYTES;
  const take = (length: number): Uint8Array => bytes.slice(next, (next += length));
  return {
    wires: counts.getUint32(72, true),
    publicSignals: counts.getUint32(76, true),
    domainSize: counts.getUint32(80, true),
    points: {
      alpha1: take(G1_BYTES),
      beta1: take(G1_BYTES),
      beta2: take(G2_BYTES),
      gamma2: take(G2_BYTES),
      delta1: take(G1_BYTES),
      delta2: take(G2_BYTES),
    },
    sections,
  };
}

async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw invalid(path, "it cannot be opened", cause);
  });
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

async function readBytes(
  path: string,
  file: FileHandle,
  at: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  // Checked before anything is allocated, so that a forged length cannot exhaust memory.
  if (at + length > (await file.stat()).size) throw invalid(path, "it ends early");
  const bytes = new Uint8Array(length);
  await file.read(bytes, 0, length, at);
  return bytes;
}

/** Coordinates of an affine point, or of several of G1, from the form of the file. */
export function coordinates(point: Uint8Array): readonly bigint[] {
  return Array.from({ length: point.length / 32 }, (_, i) => {
    const element = fromLittleEndian(point.subarray(i * 32, (i + 1) * 32));
    return (element * R_INVERSE) % BASE_FIELD;
  });
}

/** In the order of EIP-197; the file has `[x.c0, x.c1, y.c0, y.c1]`. */
export function coordinatesOfG2(point: Uint8Array): readonly bigint[] {
  const [x0, x1, y0, y1] = coordinates(point) as [bigint, bigint, bigint, bigint]; // of 128 bytes
  return [x1, x0, y1, y0];
}

/** The inverse of `littleEndian`. */
export function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
}

/** Points of G1, by their coordinates, in the form of the file. */
export function encodeCoordinates(values: readonly bigint[]): Uint8Array {
  return Buffer.concat(values.map((it) => littleEndian((it << 256n) % BASE_FIELD)));
}

/** A word of 32 bytes, little-endian. */
export function littleEndian(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse();
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base % BASE_FIELD, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % BASE_FIELD;
    square = (square * square) % BASE_FIELD;
  }
  return result;
}

function invalid(file: string, reason: string, cause?: unknown): ProverError {
  return new ProverError({ code: "ZKEY_INVALID", file, reason }, { cause });
}
