import { ProtocolError } from "./errors.ts";
import { SCALAR_FIELD } from "./field.ts";
import type { ElementType, TensorEncoding } from "./tensor.ts";
import { elementRange } from "./tensor.ts";

/** Bits of a word that elements may use. */
export const WORD_BITS = 253;

/** A parameter tensor with the width of its elements. */
export type PackedParameter = ElementType & { readonly values: readonly bigint[] };

/**
 * Returns how many elements of a width share a word.
 *
 * @throws {ProtocolError} `ENCODING_INVALID` unless an element has 1 to 253 bits.
 */
export function elementsPerWord(bits: number): number {
  if (!Number.isInteger(bits) || bits < 1 || bits > WORD_BITS)
    throw new ProtocolError({ code: "ENCODING_INVALID", bits, limit: WORD_BITS });
  return Math.floor(WORD_BITS / bits);
}

/** Returns the number of words of a tensor: one commitment, or its packed elements. */
export function wordCount({
  mode,
  elements,
  bits,
}: Pick<TensorEncoding, "mode" | "elements" | "bits">): number {
  return mode === "committed" ? 1 : Math.ceil(elements / elementsPerWord(bits));
}

/**
 * Packs elements of one type, uniformly (docs/statement.md, section 2).
 *
 * @throws {ProtocolError} `ELEMENT_OUT_OF_RANGE`, `ENCODING_INVALID`.
 */
export function packWords(elements: readonly bigint[], type: ElementType): bigint[] {
  const perWord = elementsPerWord(type.bits);
  const range = elementRange(type);
  const perNumber = elementsPerNumber(type.bits);
  const words: bigint[] = [];
  for (let start = 0; start < elements.length; start += perWord) {
    const count = Math.min(perWord, elements.length - start);
    words.push(
      perNumber === 0
        ? packDigits(elements, start, count, type.bits, range)
        : packNumbers(elements, start, count, { bits: type.bits, perNumber, range }),
    );
  }
  return words;
}

/**
 * Returns the elements of uniformly packed words.
 *
 * @throws {ProtocolError} `WORD_COUNT`, `WORDS_NOT_CANONICAL`, `ENCODING_INVALID`.
 */
export function unpackWords(
  words: readonly bigint[],
  { bits, signed, elements }: ElementType & { readonly elements: number },
): bigint[] {
  requireCanonicalWords("tensor", words, { mode: "public", bits, elements });
  const perWord = elementsPerWord(bits);
  const perNumber = elementsPerNumber(bits);
  const unpacked: bigint[] = [];
  for (const [index, word] of words.entries()) {
    const count = Math.min(perWord, elements - index * perWord);
    if (perNumber === 0) unpackDigits(word, count, { bits, signed }, unpacked);
    else unpackNumbers(word, count, { bits, signed, perNumber }, unpacked);
  }
  return unpacked;
}

/**
 * Demands the one canonical form of a tensor's words: exact count, unused bits zero, commitments below the field's order.
 *
 * @throws {ProtocolError} `WORD_COUNT`, `WORDS_NOT_CANONICAL`, naming `tensor`.
 */
export function requireCanonicalWords(
  tensor: string,
  words: readonly bigint[],
  encoding: Pick<TensorEncoding, "mode" | "elements" | "bits">,
): void {
  const expected = wordCount(encoding);
  if (words.length !== expected) {
    throw new ProtocolError({ code: "WORD_COUNT", tensor, count: words.length, expected });
  }
  const perWord = elementsPerWord(encoding.bits);
  for (const [index, word] of words.entries()) {
    const count = Math.min(perWord, encoding.elements - index * perWord);
    const limit =
      encoding.mode === "committed" ? SCALAR_FIELD : 1n << BigInt(encoding.bits * count);
    if (word < 0n || word >= limit)
      throw new ProtocolError({ code: "WORDS_NOT_CANONICAL", tensor, index });
  }
}

/**
 * Packs parameters of several widths in order, each at the next free bit of a word that it fits in below bit 253
 * (docs/statement.md, section 2).
 *
 * @throws {ProtocolError} `ELEMENT_OUT_OF_RANGE`, `ENCODING_INVALID`.
 */
export function packMixed(parameters: readonly PackedParameter[]): bigint[] {
  const words: bigint[] = [];
  let word = 0n;
  let used = 0;
  for (const parameter of parameters) {
    elementsPerWord(parameter.bits); // refuses a width that no word holds
    const range = elementRange(parameter);
    for (const [index, value] of parameter.values.entries()) {
      if (used + parameter.bits > WORD_BITS) {
        words.push(word);
        word = 0n;
        used = 0;
      }
      word |= digit(value, range, index) << BigInt(used);
      used += parameter.bits;
    }
  }
  if (used > 0) words.push(word);
  return words;
}

/** Bits that a number holds exactly. */
const NUMBER_BITS = 53;

/** How many elements are read and written at once as one number, each step of a `bigint` being a new one; 0 where none fits. */
function elementsPerNumber(bits: number): number {
  return Math.floor(NUMBER_BITS / bits);
}

function packDigits(
  elements: readonly bigint[],
  start: number,
  count: number,
  bits: number,
  range: ReturnType<typeof elementRange>,
): bigint {
  let word = 0n;
  for (let j = 0; j < count; j++)
    word |= digit(elements[start + j] ?? 0n, range, start + j) << BigInt(bits * j);
  return word;
}

function packNumbers(
  elements: readonly bigint[],
  start: number,
  count: number,
  {
    bits,
    perNumber,
    range,
  }: {
    readonly bits: number;
    readonly perNumber: number;
    readonly range: ReturnType<typeof elementRange>;
  },
): bigint {
  const base = 2 ** bits;
  const least = Number(range[0]);
  let word = 0n;
  let digits = 0;
  for (let j = count - 1; j >= 0; j--) {
    const element = elements[start + j] ?? 0n; // always there: `count` are
    const value = Number(element) - least;
    // Of a bigint that is far outside it is no exact number, but outside as well; the other way names the first such.
    if (value < 0 || value >= base) return packDigits(elements, start, count, bits, range);
    digits = digits * base + value;
    if (j % perNumber !== 0) continue;
    word = (word << BigInt(bits * Math.min(perNumber, count - j))) | BigInt(digits);
    digits = 0;
  }
  return word;
}

function unpackDigits(
  word: bigint,
  count: number,
  { bits, signed }: ElementType,
  unpacked: bigint[],
): void {
  const mask = (1n << BigInt(bits)) - 1n;
  const offset = signed ? 1n << BigInt(bits - 1) : 0n;
  for (let j = 0; j < count; j++) unpacked.push(((word >> BigInt(bits * j)) & mask) - offset);
}

function unpackNumbers(
  word: bigint,
  count: number,
  { bits, signed, perNumber }: ElementType & { readonly perNumber: number },
  unpacked: bigint[],
): void {
  const base = 2 ** bits;
  const offset = signed ? base / 2 : 0;
  const width = bits * perNumber;
  for (let start = 0; start < count; start += perNumber) {
    let digits = Number(BigInt.asUintN(width, word >> BigInt(bits * start)));
    for (let j = Math.min(perNumber, count - start); j > 0; j--) {
      const rest = Math.floor(digits / base);
      unpacked.push(BigInt(digits - rest * base - offset));
      digits = rest;
    }
  }
}

function digit(
  element: bigint,
  [min, max]: ReturnType<typeof elementRange>,
  index: number,
): bigint {
  if (element < min || element > max) {
    throw new ProtocolError({ code: "ELEMENT_OUT_OF_RANGE", index, value: element, min, max });
  }
  return element - min;
}
