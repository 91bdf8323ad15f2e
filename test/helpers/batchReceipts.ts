/** Test only: releases with circuits of several inferences whose trapdoors are known, and receipts of one proof of such a batch. */
import type {
  BatchCircuit,
  BatchedCircuit,
  BatchedStatement,
  Circuit,
  CircuitEvidence,
  CommittedEvidence,
  Hex,
  Receipt,
  SingleCircuit,
  WeightedCircuit,
} from "@vouch/protocol";
import {
  committedCircuitId,
  hashOfWords,
  packWords,
  parseRequestId,
  releaseCircuitId,
  releaseId,
  statementDigest,
  withBatches,
} from "@vouch/protocol";
import { concat, id, keccak256, toBeHex } from "ethers";
import type { CommittedSecrets } from "./committedSecrets.ts";
import { committedSecrets, registrationOf, weightsSecretOf } from "./committedSecrets.ts";
import type { TrapdoorKey } from "./trapdoorKey.ts";
import { SCALAR_FIELD, trapdoorKey } from "./trapdoorKey.ts";
import { CIRCUIT, DOMAIN, OPERATOR, RELEASE } from "./trapdoorReceipt.ts";

export const BATCH_SIZES: readonly number[] = [2, 4];

/** A release's circuit with batches, and what proves for each size; no size is the circuit of one. */
export type TrapdoorFamily = {
  readonly circuit: BatchedCircuit;
  /** Proof of words under a digest, of the circuit of so many inferences. */
  readonly prove: (count: number, words: readonly bigint[], digest: Hex) => TrapdoorProof;
};

export type TrapdoorProof = CircuitEvidence | CommittedEvidence;

/** Circuits of plain Groth16. */
export function plainFamily(change: Partial<Circuit> = {}): TrapdoorFamily {
  const circuitOf = (count: number): { readonly key: TrapdoorKey; readonly circuit: Circuit } => {
    const key = trapdoorKey(`vouch.test.batch/${count}`);
    const r1cs = id(`r1cs of ${count}`) as Hex;
    return { key, circuit: { ...CIRCUIT, ...change, r1cs, key: key.key } };
  };
  return {
    circuit: family((count) => circuitOf(count).circuit),
    prove: (count, words, digest) => {
      const { key, circuit } = circuitOf(count);
      const commitment = BigInt(id(`c of ${count}`)) >> 3n;
      const hash = keccak256(concat([id("vouch.challenge.v1"), toBeHex(commitment, 32), digest]));
      const z = BigInt(hash) % SCALAR_FIELD;
      const v = [...(circuit.weights === "committed" ? [RELEASE.weights] : []), ...words];
      return { kind: "zk", commitment, proof: key.prove([commitment, z, evaluate(v, z)]) };
    },
  };
}

/** Circuits of commit-and-prove Groth16, each with the release's weights registered under its own key. */
export function committedFamily(): TrapdoorFamily {
  const { input, output } = CIRCUIT;
  const weights = weightsSecretOf("batch");
  const secretsOf = (count: number): CommittedSecrets =>
    committedSecrets(`batch of ${count}`, { input, output });
  const circuitOf = (count: number): WeightedCircuit => {
    const secrets = secretsOf(count);
    const circuit = committedCircuitId(secrets.circuit);
    const registration = registrationOf(secrets, circuit, RELEASE.weights, weights);
    return { ...secrets.circuit, registration };
  };
  return {
    circuit: family(circuitOf),
    prove: (count, v, digest) => ({
      kind: "zk",
      committed: secretsOf(count).inference.prove({ weights, digest, v }),
    }),
  };
}

/** Statements of `count` requests, each with words of its own. */
export function batchStatements(count: number): BatchedStatement[] {
  const { input, output } = CIRCUIT;
  return Array.from({ length: count }, (_, index) => ({
    request: parseRequestId(id(`request ${index}`)),
    operator: OPERATOR,
    input: packWords(
      Array.from({ length: input.elements }, (_, i) => BigInt(i * 7 - 100 * index)),
      input,
    ),
    output: packWords([BigInt(index), -9n, 65_536n], output),
  }));
}

/** Returns the receipt of one of some statements that one proof proves; what a test changes is proven as it is, or not at all. */
export function batchReceipt(
  { circuit, prove }: TrapdoorFamily,
  { statements = batchStatements(4), place = 1 } = {},
): Receipt {
  const release = { ...RELEASE, circuit: releaseCircuitId(circuit) };
  const of = releaseId(release);
  const claims = statements.map(({ request, operator, input, output }) => ({
    ...{ release: of, request, operator },
    ...{ inputHash: hashOfWords(input), outputHash: hashOfWords(output) },
  }));
  const digests = claims.map((it) => statementDigest(DOMAIN, it));
  const count = statements.length;
  // 1 behind the last, as section 12 has it; written out, so that the verifier is not tested against itself.
  const words = [...statements.flatMap(({ input, output }) => [...input, ...output]), 1n];
  const proof = prove(count, words, digestOf(digests));
  const { input, output } = statements[place]!; // the test's own place
  return {
    ...{ domain: DOMAIN, statement: claims[place]!, input, output, release, circuit },
    evidence: [{ ...proof, batch: { place, statements } }],
  };
}

/** Written out, so that the verifier is not tested against itself. */
export function digestOf(digests: readonly Hex[]): Hex {
  const type = id("Batch(uint256 count,bytes32 statements)");
  return keccak256(concat([type, toBeHex(digests.length, 32), keccak256(concat(digests))])) as Hex;
}

function family(circuitOf: (count: number) => SingleCircuit): BatchedCircuit {
  const batches = BATCH_SIZES.map((count): BatchCircuit => ({ count, circuit: circuitOf(count) }));
  return withBatches(circuitOf(1), batches);
}

function evaluate(v: readonly bigint[], z: bigint): bigint {
  let [sum, power] = [0n, 1n];
  for (const word of v) {
    sum = (sum + word * power) % SCALAR_FIELD;
    power = (power * z) % SCALAR_FIELD;
  }
  return sum;
}
