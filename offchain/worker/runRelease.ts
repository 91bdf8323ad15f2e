import type { Hex, RequestId } from "@vouch/protocol";
import {
  hashOfWords,
  inputCommitment,
  inputSalt,
  outputCommitment,
  outputSalt,
  packWords,
  unpackWords,
  wordToHex,
} from "@vouch/protocol";
import type { AgeRecipient } from "@vouch/sealing";
import { WorkerError } from "./errors.ts";
import type { Openings } from "./openings.ts";
import type { ClaimWitness } from "./proveClaim.ts";
import type { ServedRelease } from "./servedRelease.ts";

/** An input with what opens it where it is committed. */
export type OpenInput = {
  readonly elements: readonly bigint[];
  readonly secret?: Hex;
  /** To whom the output is sealed. */
  readonly replyTo?: AgeRecipient | undefined;
};

/** One run of a release for a request: the words that a statement hashes, and what proves them. */
export type ReleaseRun = {
  readonly words: readonly bigint[];
  readonly witness: Omit<ClaimWitness, "weightsSalt">;
  readonly replyTo?: AgeRecipient | undefined;
};

/**
 * Runs a release on the words of a request's input, opened where they are a commitment.
 *
 * @throws {WorkerError} `INPUT_OPENING_MISSING`, `INPUT_OPENING_INVALID`, `MODEL_RUN_FAILED`.
 */
export async function runRelease(
  served: ServedRelease,
  request: RequestId,
  input: readonly bigint[],
  openings: Pick<Openings, "input">,
): Promise<ReleaseRun> {
  const { elements, secret, replyTo } = await openInput(served, input, openings);
  const output = await served.model.run(elements);
  const witness = { input: elements, output, ...saltsOf(secret, request) };
  return { words: outputWords(served, output, witness.outputSalt), witness, replyTo };
}

/**
 * Returns the elements of a request's input: from its words, or from the opening that the requester handed over.
 *
 * @throws {WorkerError} `INPUT_OPENING_MISSING`, `INPUT_OPENING_INVALID`.
 */
export async function openInput(
  { compiled: { input, output } }: Pick<ServedRelease, "compiled">,
  words: readonly bigint[],
  openings: Pick<Openings, "input">,
): Promise<OpenInput> {
  if (input.mode === "public" && output.mode === "committed") {
    const reason =
      "a committed output needs the requester's secret, which a public input does not carry";
    throw new WorkerError({
      code: "INPUT_OPENING_INVALID",
      commitment: hashOfWords(words),
      reason,
    });
  }
  if (input.mode === "public") return { elements: unpackWords(words, input) };
  const commitment = wordToHex(words[0] ?? 0n);
  const opening = await openings.input(commitment);
  const derived = commitOrReason(opening.secret, opening.input, input);
  if (derived !== commitment) {
    throw new WorkerError({
      code: "INPUT_OPENING_INVALID",
      commitment,
      reason: `it opens ${derived}`,
    });
  }
  const { input: elements, secret, replyTo } = opening;
  return { elements, secret, replyTo };
}

function saltsOf(
  secret: Hex | undefined,
  request: RequestId,
): { inputSalt?: bigint; outputSalt?: bigint } {
  return secret === undefined
    ? {}
    : { inputSalt: inputSalt(secret), outputSalt: outputSalt(secret, request) };
}

/** @param salt of an output that is committed */
export function outputWords(
  { compiled: { output } }: Pick<ServedRelease, "compiled">,
  elements: readonly bigint[],
  salt: bigint | undefined,
): readonly bigint[] {
  if (output.mode === "public") return packWords(elements, output);
  if (salt === undefined)
    throw new TypeError("openInput lets no committed output without a secret through");
  return [outputCommitment(salt, elements, output)];
}

function commitOrReason(
  secret: Hex,
  elements: readonly bigint[],
  input: { readonly bits: number; readonly signed: boolean; readonly elements: number },
): string {
  if (elements.length !== input.elements)
    return `${elements.length} elements, not ${input.elements}`;
  try {
    return wordToHex(inputCommitment(inputSalt(secret), elements, input));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
