import type { Groth16Proof } from "@vouch/protocol";

/** In the order in which they are preferred; the last is the reference, which the others are judged by. */
export const PROVER_NAMES = ["native", "rapidsnark", "snarkjs"] as const;
export type ProverName = (typeof PROVER_NAMES)[number];

export type ProverOptions = {
  readonly signal?: AbortSignal;
  /** At most so many; each prover's own choice where it is absent. snarkjs always takes all cores. */
  readonly threads?: number;
};

/** What makes Groth16 proofs of a zkey and the content of a `.wtns` file. All make the same proofs, but for their blinds. */
export type Prover = {
  readonly name: ProverName;
  /**
   * @throws {ProverError} `ABORTED`; `ZKEY_INVALID`, `PROOF_FAILED` where key or witness is at fault; `PROVER_FAILED`
   * where the prover is.
   */
  readonly prove: (
    zkey: string,
    witness: Uint8Array,
    options?: ProverOptions,
  ) => Promise<Groth16Proof>;
};
