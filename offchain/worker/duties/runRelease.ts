import type { Hex, RequestId } from "@vouch/protocol";
import { inputSalt, outputCommitment, outputSalt, packWords } from "@vouch/protocol";
import type { ClaimWitness } from "../proveClaim.ts";
import { openInput } from "../execute.ts";
import type { ServedRelease } from "../servedRelease.ts";

/** One run of a release for a request: the words that a statement hashes, and what proves them. */
export type ReleaseRun = {
  readonly words: readonly bigint[];
  readonly witness: Omit<ClaimWitness, "weightsSalt">;
};

/**
 * Runs a release on the words of a request's input, opened where they are a commitment.
 *
 * @param folder where openings of inputs lie
 * @throws {WorkerError} `INPUT_OPENING_MISSING`, `INPUT_OPENING_INVALID`, `MODEL_RUN_FAILED`.
 */
export async function runRelease(
  served: ServedRelease,
  request: RequestId,
  input: readonly bigint[],
  folder: string,
): Promise<ReleaseRun> {
  const { elements, secret } = openInput(served, input, folder);
  const output = await served.model.run(elements);
  const witness = { input: elements, output, ...saltsOf(secret, request) };
  return { words: outputWords(served, output, witness.outputSalt), witness };
}

function saltsOf(
  secret: Hex | undefined,
  request: RequestId,
): { inputSalt?: bigint; outputSalt?: bigint } {
  return secret === undefined
    ? {}
    : { inputSalt: inputSalt(secret), outputSalt: outputSalt(secret, request) };
}

function outputWords(
  { compiled: { output } }: ServedRelease,
  elements: readonly bigint[],
  salt: bigint | undefined,
): readonly bigint[] {
  if (output.mode === "public") return packWords(elements, output);
  if (salt === undefined)
    throw new TypeError("openInput lets no committed output without a secret through");
  return [outputCommitment(salt, elements, output)];
}
