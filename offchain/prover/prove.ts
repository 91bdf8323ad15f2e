import { verifyGroth16 } from "@vouch/protocol";
import type { Groth16Proof, VerifyingKey } from "@vouch/protocol";
import { groth16 } from "snarkjs";
import { calculateWitness } from "./calculateWitness.ts";
import type { CircuitInputs } from "./calculateWitness.ts";
import { withSharedCurve } from "./curve.ts";
import { ProverError } from "./errors.ts";
import { checkAborted } from "./progress.ts";
import type { StepOptions } from "./progress.ts";
import { proofFromSnarkjs } from "./snarkjsFormat.ts";
import { readVerifyingKey } from "./zkeyFile.ts";

/** Files that a proof is made from; a `Setup` beside its circuit's `wasm` is one. */
export type ProvingArtefacts = {
  readonly wasm: string;
  readonly zkey: string;
  /** Read from the zkey where it is absent. */
  readonly key?: VerifyingKey;
};

export type ProveOptions = StepOptions & {
  /** Whether to verify the proof before it is returned, with code other than the prover's; default true. */
  readonly selfCheck?: boolean;
};

/** A proof with the public signals that it is for. */
export type Proven = {
  readonly proof: Groth16Proof;
  /** Wires 1 to l of the witness, below the scalar field's order. */
  readonly publicSignals: readonly bigint[];
};

/**
 * Calculates the witness and makes a Groth16 proof, in this process, with the curve's threads, which stay: see
 * `terminate`. An abort takes effect between witness, proof and check.
 *
 * @throws {ProverError} those of `calculateWitness`; `ZKEY_INVALID`, `WITNESS_LENGTH`, `PROOF_FAILED`, `PROOF_REJECTED`
 * by the self-check, `ABORTED`.
 */
export async function prove(
  artefacts: ProvingArtefacts,
  inputs: CircuitInputs,
  options: ProveOptions = {},
): Promise<Proven> {
  checkAborted(options.signal);
  options.onProgress?.("calculate witness");
  const witness = await calculateWitness(artefacts.wasm, inputs);
  checkAborted(options.signal);
  return proveWitness(artefacts, witness, options);
}

/** Proves a `.wtns` file's content; see `prove`. */
export async function proveWitness(
  { zkey, key }: Pick<ProvingArtefacts, "zkey" | "key">,
  witness: Uint8Array,
  { selfCheck = true, signal, onProgress }: ProveOptions = {},
): Promise<Proven> {
  const verifyingKey = key ?? (await readVerifyingKey(zkey));
  onProgress?.("prove");
  const made = await withSharedCurve(() =>
    groth16.prove(zkey, { type: "mem", data: witness }),
  ).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ProverError({ code: "PROOF_FAILED", reason }, { cause });
  });
  checkAborted(signal);

  const proof = proofFromSnarkjs(made.proof);
  const publicSignals = made.publicSignals.map(BigInt);
  if (selfCheck && !verifyGroth16(verifyingKey, proof, publicSignals)) {
    throw new ProverError({ code: "PROOF_REJECTED" });
  }
  return { proof, publicSignals };
}
