import {
  poseidon2,
  poseidon3,
  poseidon4,
  poseidon5,
  poseidon6,
  poseidon7,
  poseidon8,
  poseidon9,
  poseidon10,
  poseidon11,
  poseidon12,
  poseidon13,
  poseidon14,
  poseidon15,
  poseidon16,
} from "poseidon-lite";

/** A tensor to pack. */
export type Packable = {
  readonly bits: number;
  readonly signed: boolean;
  readonly values: readonly bigint[];
};

/** Mixed packing, element by element as docs/statement.md, section 2, says it. */
export function packReference(tensors: readonly Packable[]): readonly bigint[] {
  const words: bigint[] = [];
  let offset = 253; // full: the first element opens a word
  for (const { bits, signed, values } of tensors) {
    for (const value of values) {
      if (offset + bits > 253) {
        words.push(0n);
        offset = 0;
      }
      const digit = signed ? value + (1n << BigInt(bits - 1)) : value;
      words[words.length - 1]! += digit << BigInt(offset);
      offset += bits;
    }
  }
  return words;
}

const POSEIDON = [
  ...[poseidon2, poseidon3, poseidon4, poseidon5, poseidon6, poseidon7, poseidon8, poseidon9],
  ...[poseidon10, poseidon11, poseidon12, poseidon13, poseidon14, poseidon15, poseidon16],
];

/** hashWords as docs/statement.md, section 3, says it. */
export function hashReference(tag: number, words: readonly bigint[]): bigint {
  let state = BigInt(tag) * 2n ** 32n + BigInt(words.length);
  for (let at = 0; at < words.length; at += 15) {
    const block = words.slice(at, at + 15);
    state = POSEIDON[block.length - 1]!([state, ...block]);
  }
  return state;
}
