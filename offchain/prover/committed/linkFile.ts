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
const VERSION = 1;
const HEAD_BYTES = 12;

/** The file's content. */
export function encodeLinkFile({ points, secrets2 }: LinkFile): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(MAGIC, "ascii");
  head.writeUInt32LE(VERSION, 4);
  head.writeUInt32LE(points.length / G1_BYTES - 2, 8);
  return Buffer.concat([head, points, secrets2]);
}

/** @throws {ProverError} `LINK_INVALID`. */
export async function readLinkFile(path: string): Promise<LinkFile> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new ProverError({ code: "LINK_INVALID", file: path, reason: "it cannot be read" }, { cause }); // prettier-ignore
  });
  const invalid = (reason: string): ProverError =>
    new ProverError({ code: "LINK_INVALID", file: path, reason });
  if (bytes.length < HEAD_BYTES || bytes.toString("ascii", 0, 4) !== MAGIC)
    throw invalid("it is no link key");
  if (bytes.readUInt32LE(4) !== VERSION) throw invalid("its version is not 1");
  const end = HEAD_BYTES + (bytes.readUInt32LE(8) + 2) * G1_BYTES;
  if (bytes.length !== end + 2 * G2_BYTES) throw invalid("its length is not that of its points");
  return {
    points: Uint8Array.from(bytes.subarray(HEAD_BYTES, end)),
    secrets2: Uint8Array.from(bytes.subarray(end)),
  };
}

/** Points of G2 that a verifier needs, in the order of EIP-197. */
export function linkKeyOf({ secrets2 }: Pick<LinkFile, "secrets2">): LinkKey {
  return {
    inference: coordinatesOfG2(secrets2.subarray(0, G2_BYTES)),
    weights: coordinatesOfG2(secrets2.subarray(G2_BYTES)),
  };
}
