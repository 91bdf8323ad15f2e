import { parseReleaseId } from "@vouch/protocol";
import type { ReleaseId } from "@vouch/protocol";
import type { ReleaseDescription } from "./releaseDescription.ts";

/** A release whose ports and shapes the compiler knows. */
export type TypedRelease<D extends ReleaseDescription = ReleaseDescription> = Omit<D, "id"> & {
  readonly id: ReleaseId;
};

/**
 * Returns a release as `Ask.release` takes it, with its inputs and outputs typed. `generateReleaseTypes` writes the call; what it
 * says is compared with the chain whenever the release is asked for.
 *
 * @example
 * import { defineRelease } from "@vouch/sdk";
 *
 * export const triage = defineRelease({
 *   id: "0x5b1f7a1f0c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b",
 *   model: "triage",
 *   version: "1",
 *   inputs: [{ name: "features", shape: [1, 3] }],
 *   outputs: [{ name: "score", shape: [1, 1] }],
 *   input: "public",
 *   output: "public",
 * } as const);
 *
 * @throws {ProtocolError} `HEX_INVALID` unless the id is 32 bytes in hex.
 */
export function defineRelease<const D extends ReleaseDescription>(description: D): TypedRelease<D> {
  return { ...description, id: parseReleaseId(description.id) };
}
