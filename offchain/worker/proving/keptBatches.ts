import type { BatchedStatement, Hex } from "@vouch/protocol";
import { parseAddress, parseRequestId, wordToHex } from "@vouch/protocol";
import type { ProvenBatches } from "@vouch/queue";
import { z } from "zod";

/** Statements with the one proof of them, which the receipt of each carries. */
export type ProvenBatch = {
  /** In the order of the proof's words. */
  readonly statements: readonly BatchedStatement[];
  /** The proof as `Groth16Evidence.recordBatch` takes it. */
  readonly data: Hex;
};

/** Proven batches by their digest, in text: a store's, or a process's own. */
export type KeptBatches = Pick<ProvenBatches, "get" | "put" | "drop">;

/** Batches that end with their process. */
export function memoryBatches(): KeptBatches {
  const kept = new Map<Hex, string>();
  return {
    get: (digest) => Promise.resolve(kept.get(digest)),
    put(digest, batch) {
      if (!kept.has(digest)) kept.set(digest, batch);
      return Promise.resolve();
    },
    drop(digest, batch) {
      if (kept.get(digest) === batch) kept.delete(digest);
      return Promise.resolve();
    },
  };
}

const word = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .transform(BigInt);

const batchSchema = z.object({
  statements: z.array(
    z.object({
      request: z.string().transform(parseRequestId),
      operator: z.string().transform((it) => parseAddress(it)),
      input: z.array(word),
      output: z.array(word),
    }),
  ),
  data: z.custom<Hex>((it) => typeof it === "string" && /^0x([0-9a-f]{2})*$/.test(it)),
});

export function encodeProvenBatch({ statements, data }: ProvenBatch): string {
  return JSON.stringify({
    data,
    statements: statements.map(({ request, operator, input, output }) => ({
      ...{ request, operator },
      ...{ input: input.map(wordToHex), output: output.map(wordToHex) },
    })),
  });
}

/** Returns a batch from its text; undefined where it is none, what it proves is for a verifier to say. */
export function decodeProvenBatch(text: string): ProvenBatch | undefined {
  try {
    return batchSchema.parse(JSON.parse(text));
  } catch {
    return undefined; // damaged: it is proven anew, whatever is wrong with it
  }
}
