import { NativeError } from "@vouch/native";
import type { Native, NativeKey } from "@vouch/native";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import { createKeyHolder } from "./keyHolder.ts";
import type { KeyHolder } from "./keyHolder.ts";
import type { Prover } from "./prover.ts";

export type NativeProver = Prover & {
  /** Closes the keys that are kept open between proofs; the next proof opens its own again. */
  readonly closeKeys: () => void;
};

/** `@vouch/native` in this process, beside the event loop. An abort takes effect within some 50 ms. */
export function createNativeProver(native: Pick<Native, "openKey">): NativeProver {
  const keys: KeyHolder<NativeKey> = createKeyHolder({ open: native.openKey });
  return {
    name: "native",
    closeKeys: keys.clear,
    prove: async (zkey, witness, { signal, threads } = {}) => {
      checkAborted(signal);
      try {
        return await keys.use(zkey, (key) =>
          key.prove(witness, {
            ...(signal === undefined ? {} : { signal }),
            ...(threads === undefined ? {} : { threads }),
          }),
        );
      } catch (cause) {
        checkAborted(signal);
        throw cause instanceof NativeError ? proverError(zkey, cause) : cause;
      }
    },
  };
}

function proverError(file: string, cause: NativeError): ProverError {
  const { problem } = cause;
  switch (problem.code) {
    case "KEY_INVALID":
    case "KEY_UNREADABLE":
      return new ProverError({ code: "ZKEY_INVALID", file, reason: problem.reason }, { cause });
    case "WITNESS_INVALID":
      return new ProverError({ code: "PROOF_FAILED", reason: problem.reason }, { cause });
    default: {
      const reason = cause.message;
      return new ProverError({ code: "PROVER_FAILED", prover: "native", reason }, { cause });
    }
  }
}
