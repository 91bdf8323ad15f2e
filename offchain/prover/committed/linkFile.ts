import { readFile } from "node:fs/promises";
import type { LinkKey } from "@vouch/protocol";
import { ProverError } from "../errors.ts";
import { coordinatesOfG2, G1_BYTES, G2_BYTES } from "../zkeyFile.ts";

/**
 * What links the weights of an inference circuit to those of its weights circuit; points are affine, in Montgomery form.
 * With the bases K of one and K' of the other it holds `k1·K_i + k2·K'_i` for each weight, `k1·K_blind` and `k2·K'_blind`.
 */
export type LinkFile = {
  /** One point for each weight, then those of the inference circuit's blind and of the weights circuit's. */
  readonly points: Uint8Array;
  /** k1 and k2 times the generator of G2. */
  readonly secrets2: Uint8Array;
};

const MAGIC = "vlnk";
/** A link by one party; and one of a ceremony, whose contributions follow (`ceremony/linkCeremony.ts`). */
const VERSION = { plain: 1, ceremony: 2 } as const;
const HEAD_BYTES = 12;

/**
 * The file's content.
 *
 * @param contributions what a ceremony's file has behind the points
 */
export function encodeLinkFile(
  { points, secrets2 }: LinkFile,
  contributions?: Uint8Array,
): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(MAGIC, "ascii");
  head.writeUInt32LE(contributions === undefined ? VERSION.plain : VERSION.ceremony, 4);
  head.writeUInt32LE(points.length / G1_BYTES - 2, 8);
  return Buffer.concat([head, points, secrets2, contributions ?? new Uint8Array()]);
}

/** @throws {ProverError} `LINK_INVALID`. */
export async function readLinkFile(path: string): Promise<LinkFile> {
  const { points, secrets2 } = await readLinkParts(path);
  return { points, secrets2 };
}

/**
 * Reads a link with the bytes of its contributions; these are absent where one party made it.
 *
 * @throws {ProverError} `LINK_INVALID`.
 */
export async function readLinkParts(
  path: string,
): Promise<LinkFile & { readonly contributions?: Uint8Array }> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new ProverError({ code: "LINK_INVALID", file: path, reason: "it cannot be read" }, { cause }); // prettier-ignore
  });
  const invalid = (reason: string): ProverError =>
    new ProverError({ code: "LINK_INVALID", file: path, reason });
  if (bytes.length < HEAD_BYTES || bytes.toString("ascii", 0, 4) !== MAGIC)
    throw invalid("it is no link key");
  const version = bytes.readUInt32LE(4);
  const isOfCeremony = version === VERSION.ceremony;
  if (!isOfCeremony && version !== VERSION.plain) throw invalid("its version is neither 1 nor 2");
  const split = HEAD_BYTES + (bytes.readUInt32LE(8) + 2) * G1_BYTES;
  const end = split + 2 * G2_BYTES;
  if (isOfCeremony ? bytes.length < end : bytes.length !== end)
    throw invalid("its length is not that of its points");
  return {
    points: Uint8Array.from(bytes.subarray(HEAD_BYTES, split)),
    secrets2: Uint8Array.from(bytes.subarray(split, end)),
    ...(isOfCeremony ? { contributions: Uint8Array.from(bytes.subarray(end)) } : {}),
  };
}

/** Points of G2 that a verifier needs, in the order of EIP-197. */
export function linkKeyOf({ secrets2 }: Pick<LinkFile, "secrets2">): LinkKey {
  return {
    inference: coordinatesOfG2(secrets2.subarray(0, G2_BYTES)),
    weights: coordinatesOfG2(secrets2.subarray(G2_BYTES)),
  };
}
