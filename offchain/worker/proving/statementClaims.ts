import type { Opening, ProvableModel, SegmentClaims } from "@vouch/compiler";
import { circuitInputs, claimSegments, claimWords, runSegments } from "@vouch/compiler";
import type { Circuit, Groth16Proof, Hex, RequestId, ZkEvidence } from "@vouch/protocol";
import {
  challenge,
  circuitId,
  circuitsOf,
  evaluateWords,
  joinSalt,
  segmentDigest,
  wordToHex,
} from "@vouch/protocol";
import type { CircuitInputs, ProvingArtefacts } from "@vouch/prover";
import type { ProofKey } from "@vouch/queue";
import type { ClaimWitness } from "../proveClaim.ts";
import type { ServedRelease } from "../servedRelease.ts";
import type { JoinSecret } from "./joinSecret.ts";

/** A statement that is to be proven, and what it is true by. */
export type ProofTask = {
  readonly served: Pick<ServedRelease, "circuit" | "models" | "proving" | "weightsSalts">;
  readonly request: RequestId;
  /** Of the statement. */
  readonly digest: Hex;
  readonly witness: Omit<ClaimWitness, "weightsSalt">;
};

/** What one proof says: that of the release's circuit, or of one segment. */
export type ProofClaim = {
  readonly key: ProofKey;
  /** As it is registered. */
  readonly circuit: Circuit;
  /** `[c, z, e]` of docs/statement.md, section 4. */
  readonly signals: readonly bigint[];
  readonly artefacts: ProvingArtefacts;
  /** Of the witness. */
  readonly inputs: () => CircuitInputs;
};

/** All that proves one statement. */
export type StatementClaims = {
  /** In the order of the circuits. */
  readonly claims: readonly ProofClaim[];
  /** Commitments to what passes between them; none of one circuit. */
  readonly joins: readonly bigint[];
  /** Returns the evidence of proofs in step with the claims. */
  readonly evidenceOf: (proofs: readonly Groth16Proof[]) => ZkEvidence;
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
    const claim = claimOf(served, 0, { opening, ...claimWords(only, opening) }, digest);
    const [commitment = 0n] = claim.signals;
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
  { opening, v, c }: SegmentClaims["claims"][number],
  digest: Hex,
): ProofClaim {
  const circuit = at(circuitsOf(whole), index);
  const model: ProvableModel = at(models, index);
  const z = challenge(c, digest);
  const e = evaluateWords(v, z);
  return {
    key: { circuit: circuitId(circuit), digest, commitment: wordToHex(c) },
    circuit,
    signals: [c, z, e],
    // Its self-check is by the key that is registered, whatever a key file says.
    artefacts: { ...at(proving, index), key: circuit.key },
    inputs: () => circuitInputs(model, { ...opening, c, z, e }),
  };
}

/** @throws {TypeError} A served release has as many of each as it has circuits. */
function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new TypeError(`a served release lacks circuit ${index}`);
  return item;
}
