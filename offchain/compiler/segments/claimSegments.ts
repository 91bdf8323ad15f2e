import type { SingleOpening } from "../emit/batchOpening.ts";
import { claimWords } from "../emit/claimWords.ts";
import type { Opening } from "../emit/claimWords.ts";
import type { ProvableModel } from "../emit/components.ts";
import { CompilerError } from "../errors.ts";

/** What a prover knows of one inference that is proven in segments, beside their graphs. */
export type SegmentsOpening = Pick<SingleOpening, "inputSalt" | "outputSalt"> & {
  /** What `runSegments` returns. */
  readonly passed: readonly (readonly bigint[])[];
  /** Of each segment's weights; none where they are public. */
  readonly weightsSalts: readonly bigint[];
  /** Of each join, fresh for each inference. */
  readonly joinSalts: readonly bigint[];
};

/** What one segment claims. */
export type SegmentClaim = {
  readonly opening: Opening;
  /** The words that its `c` hashes and its `e` evaluates. */
  readonly v: readonly bigint[];
  readonly c: bigint;
};

/** What all segments of an inference claim. */
export type SegmentClaims = {
  readonly claims: readonly SegmentClaim[];
  /** `W` of each segment; none where the weights are public. */
  readonly weights: readonly bigint[];
  /** Commitments to what passes, one fewer than there are segments. */
  readonly joins: readonly bigint[];
};

/**
 * Returns what each segment claims, and the words that belong to all of them (docs/statement.md, section 8).
 *
 * @throws {CompilerError} `SALT_MISSING`; `SEGMENT_COUNT` where the opening is one of another number of segments.
 */
export function claimSegments(
  segments: readonly ProvableModel[],
  { passed, weightsSalts, joinSalts, inputSalt, outputSalt }: SegmentsOpening,
): SegmentClaims {
  requireCount(passed.length, segments.length + 1);
  requireCount(joinSalts.length, segments.length - 1);
  const salts = [inputSalt, ...joinSalts, outputSalt];
  const claims = segments.map((segment, index) => {
    const [input = [], output = []] = passed.slice(index, index + 2);
    const opening: Opening = {
      ...{ input, output },
      ...salt("weightsSalt", weightsSalts[index]),
      ...salt("inputSalt", salts[index]),
      ...salt("outputSalt", salts[index + 1]),
    };
    return { opening, ...claimWords(segment, opening) };
  });
  const committed = segments.some(({ weights }) => weights === "private");
  return {
    claims,
    weights: committed ? claims.flatMap(({ v }) => v.slice(0, 1)) : [],
    joins: claims.slice(0, -1).flatMap(({ v }) => v.slice(-1)),
  };
}

function salt<Name extends string>(
  name: Name,
  value: bigint | undefined,
): { readonly [Key in Name]?: bigint } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]: bigint });
}

function requireCount(count: number, expected: number): void {
  if (count !== expected) throw new CompilerError({ code: "SEGMENT_COUNT", count, expected });
}
