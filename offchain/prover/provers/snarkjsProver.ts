import { groth16 } from "snarkjs";
import { withSharedCurve } from "../curve.ts";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import { proofFromSnarkjs } from "../snarkjsFormat.ts";
import type { Prover } from "./prover.ts";

/** snarkjs in this process, with the curve's threads: the reference. An abort takes effect when the proof is made. */
export const SNARKJS_PROVER: Prover = {
  name: "snarkjs",
  prove: async (zkey, witness, { signal } = {}) => {
    const made = await withSharedCurve(() =>
      groth16.prove(zkey, { type: "mem", data: witness }),
    ).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ProverError({ code: "PROOF_FAILED", reason }, { cause });
    });
    checkAborted(signal);
    return proofFromSnarkjs(made.proof);
  },
};
