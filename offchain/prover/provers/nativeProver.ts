import { NativeError } from "@vouch/native";
import type { Native, NativeKey, NativeOptions } from "@vouch/native";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import { createKeyHolder } from "./keyHolder.ts";
import type { KeyHolder } from "./keyHolder.ts";
import type { Prover, ProverOptions } from "./prover.ts";

/** The commitment to a proof's advice, D, and what shows that its maker knew what it is to, Q; two words each. */
export type NativeCommitment = {
  readonly commitment: readonly bigint[];
  readonly knowledge: readonly bigint[];
};

/** Of keys with commitments too: `prove` leaves the committed wires out of C. */
export type NativeProver = Prover & {
  /**
   * Commits to the advice of a commit-and-prove key (docs/proving.md).
   *
   * @param values of all advice wires, the blind last; 32 bytes each, little-endian, below the field's order
   * @throws {ProverError} those of `prove`
   */
  readonly commit: (
    zkey: string,
    values: Uint8Array,
    options?: ProverOptions,
  ) => Promise<NativeCommitment>;
  /** Closes the keys that are kept open between proofs; the next proof opens its own again. */
  readonly closeKeys: () => void;
};

/** `@vouch/native` in this process, beside the event loop. An abort takes effect within some 50 ms. */
export function createNativeProver(native: Pick<Native, "openKey">): NativeProver {
  const keys: KeyHolder<NativeKey> = createKeyHolder({ open: native.openKey });
  const use = async <T>(
    zkey: string,
    { signal, threads }: ProverOptions,
    work: (key: NativeKey, options: NativeOptions) => Promise<T>,
  ): Promise<T> => {
    checkAborted(signal);
    const options = {
      ...(signal === undefined ? {} : { signal }),
      ...(threads === undefined ? {} : { threads }),
    };
    try {
      return await keys.use(zkey, (key) => work(key, options));
    } catch (cause) {
      checkAborted(signal);
      throw cause instanceof NativeError ? proverError(zkey, cause) : cause;
    }
  };
  return {
    name: "native",
    closeKeys: keys.clear,
    prove: (zkey, witness, options = {}) =>
      use(zkey, options, (key, given) => key.prove(witness, given)),
    commit: async (zkey, values, options = {}) => {
      const words = await use(zkey, options, (key, given) => key.commit(values, given));
      return { commitment: words.slice(0, 2), knowledge: words.slice(2) };
    },
  };
}

function proverError(file: string, cause: NativeError): ProverError {
  const { problem } = cause;
  switch (problem.code) {
    case "KEY_INVALID":
    case "KEY_UNREADABLE":
      return new ProverError({ code: "ZKEY_INVALID", file, reason: problem.reason }, { cause });
    case "KEY_CHANGED":
      return new ProverError(
        { code: "ZKEY_INVALID", file, reason: "it changed while it was in use" },
        { cause },
      );
    case "WITNESS_INVALID":
      return new ProverError({ code: "PROOF_FAILED", reason: problem.reason }, { cause });
    default: {
      const reason = cause.message;
      return new ProverError({ code: "PROVER_FAILED", prover: "native", reason }, { cause });
    }
  }
}
