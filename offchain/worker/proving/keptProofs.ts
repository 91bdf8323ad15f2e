import type { Groth16Proof, Hex } from "@vouch/protocol";
import { wordToHex } from "@vouch/protocol";
import type { ProofKey, Proofs } from "@vouch/queue";

/** Proofs that were made, as hex of their words: a store's, or a process's own. */
export type KeptProofs = Pick<Proofs, "get" | "put" | "drop">;

/** Proofs that end with their process; the oldest go where there are more than `maxCount`. */
export function memoryProofs(maxCount = 1_000): KeptProofs {
  const kept = new Map<string, string>();
  const nameOf = ({ circuit, digest, commitment }: ProofKey): string =>
    [circuit, digest, commitment].join();
  return {
    get: (keys) => Promise.resolve(keys.map((key) => kept.get(nameOf(key)))),
    put(key, proof) {
      if (!kept.has(nameOf(key))) kept.set(nameOf(key), proof);
      const [oldest] = kept.keys();
      if (kept.size > maxCount && oldest !== undefined) kept.delete(oldest);
      return Promise.resolve();
    },
    drop(key) {
      kept.delete(nameOf(key));
      return Promise.resolve();
    },
  };
}

export function encodeProof(proof: Groth16Proof): string {
  return `0x${proof.map((word) => wordToHex(word).slice(2)).join("")}`;
}

/** Returns the words of a kept proof; undefined where these are none. */
export function decodeProof(text: string): Groth16Proof | undefined {
  if (!/^0x([0-9a-f]{64})+$/.test(text)) return undefined;
  const words = text.slice(2).match(/.{64}/g) ?? [];
  return words.map((word) => BigInt(`0x${word}` satisfies Hex));
}
