import type { Opening } from "@vouch/compiler";
import { claimSegments, claimWords, runSegments } from "@vouch/compiler";
import type { Groth16Proof, Hex, RequestId, StatementProof } from "@vouch/protocol";
import { circuitsOf, joinSalt, segmentDigest } from "@vouch/protocol";
import type { ClaimWitness } from "../proveClaim.ts";
import type { ServedRelease } from "../servedRelease.ts";
import { committedClaim } from "./committedClaim.ts";
import type { JoinSecret } from "./joinSecret.ts";
import type { PlainWords } from "./plainClaim.ts";
import { plainClaim } from "./plainClaim.ts";
import type { ProofClaim } from "./proofClaim.ts";

/** A statement that is to be proven, and what it is true by. */
export type ProofTask = {
  readonly served: Pick<
    ServedRelease,
    "circuit" | "models" | "proving" | "weightsSalts" | "weightsBlind"
  >;
  readonly request: RequestId;
  /** Of the statement. */
  readonly digest: Hex;
  readonly witness: Omit<ClaimWitness, "weightsSalt">;
};

/** All that proves one statement. */
export type StatementClaims = {
  /** In the order of the circuits. */
  readonly claims: readonly ProofClaim[];
  /** Commitments to what passes between them; none of one circuit. */
  readonly joins: readonly bigint[];
  /** Returns the evidence of proofs in step with the claims. */
  readonly evidenceOf: (proofs: readonly Groth16Proof[]) => StatementProof;
};

/**
 * Returns what is to be proven of a statement, by its one circuit or segment by segment. It is the same each time where the secret is.
 *
 * @throws {CompilerError} `SALT_MISSING`, `SEGMENT_COUNT`.
 */
export function statementClaims(
  { served, digest, witness }: ProofTask,
  secret: JoinSecret,
): StatementClaims {
  const { models, weightsSalts } = served;
  const [only] = models;
  if (only !== undefined && models.length === 1) {
    const { weightsSalt, ...known } = { ...witness, weightsSalt: weightsSalts[0] };
    const opening: Opening = weightsSalt === undefined ? known : { ...known, weightsSalt };
    const circuit = at(circuitsOf(served.circuit), 0);
    if (circuit.system === "committedGroth16") {
      const { proving, weightsBlind } = served;
      const release = { circuit, model: only, artefacts: at(proving, 0), weightsBlind };
      return {
        claims: [committedClaim(release, opening, digest)],
        joins: [],
        evidenceOf: ([committed = []]) => ({ kind: "zk", committed }),
      };
    }
    const { c: commitment } = claimWords(only, opening);
    const claim = claimOf(served, 0, { opening, ...claimWords(only, opening) }, digest);
    return {
      claims: [claim],
      joins: [],
      evidenceOf: ([proof = []]) => ({ kind: "zk", commitment, proof }),
    };
  }
  const { input, inputSalt, outputSalt } = witness;
  const proverSecret = secret.of(digest);
  const { claims, weights, joins } = claimSegments(models, {
    passed: runSegments(models, input),
    weightsSalts,
    joinSalts: models.slice(1).map((_, index) => joinSalt(proverSecret, digest, index)),
    ...(inputSalt === undefined ? {} : { inputSalt }),
    ...(outputSalt === undefined ? {} : { outputSalt }),
  });
  const count = models.length;
  return {
    joins,
    claims: claims.map((claim, index) =>
      claimOf(served, index, claim, segmentDigest(digest, { index, count, joins })),
    ),
    evidenceOf: (proofs) => ({
      ...{ kind: "zk", weights, joins },
      proofs: claims.map(({ c }, index) => ({ commitment: c, proof: proofs[index] ?? [] })),
    }),
  };
}

function claimOf(
  { circuit: whole, models, proving }: ProofTask["served"],
  index: number,
  words: PlainWords,
  digest: Hex,
): ProofClaim {
  const circuit = at(circuitsOf(whole), index);
  if (circuit.system !== "groth16") throw new TypeError(`circuit ${index} is of ${circuit.system}`);
  const of = { circuit, model: at(models, index), artefacts: at(proving, index) };
  return plainClaim(of, words, digest);
}

/** @throws {TypeError} A served release has as many of each as it has circuits. */
function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new TypeError(`a served release lacks circuit ${index}`);
  return item;
}
