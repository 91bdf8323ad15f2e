import { circuitInputs, claimSegments } from "@vouch/compiler";
import type { ProvableModel, SegmentClaim, SegmentsOpening } from "@vouch/compiler";
import { challenge, evaluateWords, segmentDigest } from "@vouch/protocol";
import type { Hex, SegmentedProof, SegmentPlace } from "@vouch/protocol";
import { ProverError } from "./errors.ts";
import { checkAborted } from "./progress.ts";
import { prove } from "./prove.ts";
import type { ProveOptions, ProvingArtefacts } from "./prove.ts";

export type ProveSegmentsOptions = ProveOptions & {
  /** How many segments are proven at a time, each with a witness and a key in memory; default 2. */
  readonly atOnce?: number;
};

const AT_ONCE = 2;

/**
 * Proves every segment of an inference, bound to the statement with this digest (docs/statement.md, section 8). Segments
 * do not wait for each other: what passes between them is in the opening.
 *
 * Progress is the share of segments that are proven. Once one fails or the signal fires, no other is begun; it rejects when
 * those in progress have ended.
 *
 * @param artefacts in step with the segments
 * @throws {ProverError} those of `prove`; `SEGMENT_COUNT`
 * @throws {CompilerError} those of `claimSegments`
 */
export async function proveSegments(
  segments: readonly ProvableModel[],
  artefacts: readonly ProvingArtefacts[],
  opening: SegmentsOpening,
  digest: Hex,
  { atOnce = AT_ONCE, onProgress, ...options }: ProveSegmentsOptions = {},
): Promise<SegmentedProof> {
  const count = segments.length;
  if (artefacts.length !== count)
    throw new ProverError({ code: "SEGMENT_COUNT", count: artefacts.length, expected: count });
  const { claims, weights, joins } = claimSegments(segments, opening);

  const proofs: SegmentedProof["proofs"][number][] = [];
  const failures: unknown[] = [];
  let begun = 0;
  let proven = 0;
  const work = async (): Promise<void> => {
    while (begun < count && failures.length === 0) {
      const index = begun++;
      try {
        checkAborted(options.signal);
        onProgress?.(`prove segment ${index + 1} of ${count}`, proven / count);
        const place = { index, count, joins };
        proofs[index] = await proveSegment(segments, artefacts, claims, place, digest, options);
        onProgress?.(`proved segment ${index + 1} of ${count}`, ++proven / count);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, work));
  if (failures.length > 0) throw failures[0];
  return { weights, joins, proofs };
}

async function proveSegment(
  segments: readonly ProvableModel[],
  artefacts: readonly ProvingArtefacts[],
  claims: readonly SegmentClaim[],
  place: SegmentPlace,
  digest: Hex,
  options: ProveOptions,
): Promise<SegmentedProof["proofs"][number]> {
  const { index } = place;
  const [segment, files, claim] = [segments[index], artefacts[index], claims[index]];
  if (segment === undefined || files === undefined || claim === undefined)
    throw new ProverError({ code: "SEGMENT_COUNT", count: index, expected: place.count });
  const { opening, v, c } = claim;
  const z = challenge(c, segmentDigest(digest, place));
  const inputs = circuitInputs(segment, { ...opening, c, z, e: evaluateWords(v, z) });
  const { proof } = await prove(files, inputs, options);
  return { commitment: c, proof };
}
