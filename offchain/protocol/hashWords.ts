import { concat, keccak256, toUtf8Bytes } from "ethers";
import { ProtocolError } from "./errors.ts";
import { SCALAR_FIELD } from "./field.ts";
import type { CircuitId, Hex, RequestId } from "./hex.ts";
import { wordToHex } from "./hex.ts";
import { poseidon } from "./poseidon.ts";
import type { ElementType } from "./tensor.ts";
import type { PackedParameter } from "./words.ts";
import { packMixed, packWords } from "./words.ts";

/** Domain tags of docs/statement.md, section 3. */
export const HASH_TAGS = {
  weights: 1,
  input: 2,
  output: 3,
  claim: 4,
  join: 5,
  products: 6,
} as const;

const WORDS_PER_BLOCK = 15;

/**
 * Hashes a non-empty list of field elements under a tag: a chain of Poseidon that starts from tag and length
 * (docs/statement.md, section 3).
 *
 * @throws {ProtocolError} `HASH_INPUT_EMPTY`; `FIELD_ELEMENT_INVALID` for a word outside the field.
 */
export function hashWords(tag: number, words: readonly bigint[]): bigint {
  if (words.length === 0) throw new ProtocolError({ code: "HASH_INPUT_EMPTY", tag });
  for (const word of words) {
    if (word < 0n || word >= SCALAR_FIELD)
      throw new ProtocolError({ code: "FIELD_ELEMENT_INVALID", value: word });
  }
  let state = (BigInt(tag) << 32n) + BigInt(words.length);
  for (let start = 0; start < words.length; start += WORDS_PER_BLOCK) {
    state = poseidon([state, ...words.slice(start, start + WORDS_PER_BLOCK)]);
  }
  return state;
}

/** Returns the commitment `W` to a release's parameters, in the order of the circuit's parameter list. */
export function weightsCommitment(salt: bigint, parameters: readonly PackedParameter[]): bigint {
  return hashWords(HASH_TAGS.weights, [salt, ...packMixed(parameters)]);
}

/** Returns the commitment `X` to an input. */
export function inputCommitment(
  salt: bigint,
  elements: readonly bigint[],
  type: ElementType,
): bigint {
  return hashWords(HASH_TAGS.input, [salt, ...packWords(elements, type)]);
}

/** Returns the commitment `Y` to an output. */
export function outputCommitment(
  salt: bigint,
  elements: readonly bigint[],
  type: ElementType,
): bigint {
  return hashWords(HASH_TAGS.output, [salt, ...packWords(elements, type)]);
}

/** Returns the commitment to what passes from one segment to the next, salted per inference. */
export function joinCommitment(salt: bigint, tensors: readonly PackedParameter[]): bigint {
  return hashWords(HASH_TAGS.join, [salt, ...packMixed(tensors)]);
}

/** Returns the salt of the weights commitment, derived from the release's 32-byte secret. */
export function weightsSalt(releaseSalt: Hex): bigint {
  return saltOf("vouch.weights", releaseSalt);
}

/**
 * Returns what hides the weights in the point that stands for them in commit-and-prove proofs: a uniform field element, derived
 * from the release's 32-byte secret, the commitment W and the circuit's id. Other weights under the same secret have another:
 * under one blind and one key, the difference of two points would be that of the weights, hidden by nothing. So has another key:
 * where two keys have one phase 1, pairings take a common blind out of both points, and leave what a guess can be tried on.
 */
export function weightsBlind(releaseSalt: Hex, commitment: bigint, circuit: CircuitId): bigint {
  const known = [releaseSalt, wordToHex(commitment), circuit];
  const half = (index: bigint): bigint =>
    BigInt(hashOf("vouch.weights.blind", ...known, wordToHex(index)));
  return ((half(0n) << 256n) | half(1n)) % SCALAR_FIELD;
}

/** Returns the salt of the input commitment, derived from the requester's 32-byte secret. */
export function inputSalt(requesterSecret: Hex): bigint {
  return saltOf("vouch.input", requesterSecret);
}

/** Returns the salt of the output commitment of one request: the same for every operator. */
export function outputSalt(requesterSecret: Hex, request: RequestId): bigint {
  return saltOf("vouch.output", requesterSecret, request);
}

/** Returns the salt of a segment's weights commitment. */
export function segmentWeightsSalt(releaseSalt: Hex, index: number): bigint {
  return saltOf("vouch.weights", releaseSalt, wordToHex(BigInt(index)));
}

/**
 * Returns the salt of a join of one inference: derived from 32 bytes that nobody but the prover knows, as whoever knows
 * weights or input could otherwise guess the rest.
 */
export function joinSalt(proverSecret: Hex, digest: Hex, index: number): bigint {
  return saltOf("vouch.join", proverSecret, digest, wordToHex(BigInt(index)));
}

/** Returns the public id of a model file: salted where its weights are private. */
export function contentId(file: Uint8Array, releaseSalt?: Hex): Hex {
  return keccak256(releaseSalt === undefined ? file : concat([releaseSalt, file])) as Hex;
}

function saltOf(label: string, ...secrets: readonly Hex[]): bigint {
  return BigInt(hashOf(label, ...secrets)) >> 3n;
}

function hashOf(label: string, ...secrets: readonly Hex[]): string {
  return keccak256(concat([toUtf8Bytes(label), ...secrets]));
}
