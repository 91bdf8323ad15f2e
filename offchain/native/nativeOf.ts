import type { VerifyingKey } from "@vouch/protocol";
import type { Addon } from "./addon.ts";
import { NativeError } from "./errors.ts";
import { keyOf } from "./keyOf.ts";
import type { CommittedKey, Native } from "./native.ts";
import { nativeError } from "./nativeError.ts";
import { tapeOf } from "./tapeOf.ts";
import { threadsOf, withTask } from "./withTask.ts";
import { wordsToBytes } from "./words.ts";

/** The loaded addon as the rest of the project sees it. */
export function nativeOf(addon: Addon, path: string): Native {
  const rejected = (cause: unknown): never => {
    throw nativeError(path, cause);
  };
  return {
    version: addon.version(),
    path,
    openKey: (file) => keyOf(addon, file),
    writeDevelopmentKey: async (r1cs, secrets, zkey, { groups, threads, signal } = {}) => {
      const { first, weights, advice } = groups ?? { first: 0, weights: 0, advice: 0 };
      await withTask(addon, zkey, signal, (task) =>
        addon.writeDevelopmentKey(
          ...([r1cs, task, zkey, secrets] as const),
          ...([first, weights, advice, threadsOf(threads)] as const),
        ),
      );
    },
    openTape: (r1cs, eliminated = []) => tapeOf(addon, r1cs, eliminated),
    verify: async (key, proof, signals) => {
      const words = [proof, signals].map(wordsToBytes);
      const [proofBytes, signalBytes] = words;
      if (proofBytes === undefined || signalBytes === undefined) return false;
      return addon.verify(keyBytes(key), proofBytes, signalBytes).catch(rejected);
    },
    verifyCommitted: async (key, proof, weights, signals) => {
      const words = [proof, weights, signals].map(wordsToBytes);
      const [proofBytes, weightBytes, signalBytes] = words;
      if (proofBytes === undefined || weightBytes === undefined || signalBytes === undefined)
        return false;
      const bytes = keyBytes(key, key.sigma);
      return addon.verifyCommitted(bytes, proofBytes, weightBytes, signalBytes).catch(rejected);
    },
  };
}

/** A key's words as the addon reads them: alpha, beta, gamma, delta, S where there is one, IC. */
function keyBytes(
  { alpha, beta, gamma, delta, ic }: VerifyingKey,
  sigma: CommittedKey["sigma"] = [],
): Uint8Array {
  const bytes = wordsToBytes([...alpha, ...beta, ...gamma, ...delta, ...sigma, ...ic.flat()]);
  if (bytes !== undefined) return bytes;
  const reason = "a coordinate is no number of 256 bits";
  throw new NativeError({ code: "VERIFYING_KEY_INVALID", reason });
}
