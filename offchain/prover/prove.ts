import { verifyGroth16 } from "@vouch/protocol";
import type { Groth16Proof, VerifyingKey } from "@vouch/protocol";
import { calculateWitness, publicSignalsOf } from "./calculateWitness.ts";
import type { CircuitInputs } from "./calculateWitness.ts";
import { ProverError } from "./errors.ts";
import { checkAborted } from "./progress.ts";
import type { StepOptions } from "./progress.ts";
import { chooseProver } from "./provers/chooseProver.ts";
import { distrust } from "./provers/distrust.ts";
import type { ProverFault } from "./provers/distrust.ts";
import type { Prover } from "./provers/prover.ts";
import { SNARKJS_PROVER } from "./provers/snarkjsProver.ts";
import { obtainWitness } from "./witness/obtainWitness.ts";
import type { WitnessArtefacts } from "./witness/obtainWitness.ts";
import { readVerifyingKey } from "./zkeyFile.ts";

/** Files that a proof is made from: those of a `Setup` beside its circuit's. */
export type ProvingArtefacts = WitnessArtefacts & {
  readonly zkey: string;
  /** Read from the zkey where it is absent. */
  readonly key?: VerifyingKey;
};

export type ProveOptions = StepOptions & {
  /** Whether to verify the proof before it is returned, with code other than the prover's; default true. */
  readonly selfCheck?: boolean;
  /** At most so many, where the prover can be told; by default as many as there are cores. */
  readonly threads?: number;
  /** In the place of the one that `chooseProver` takes. */
  readonly prover?: Prover;
  /** The witness again, by the reference: what snarkjs proves where another's proof does not verify. By default the same. */
  readonly referenceWitness?: () => Promise<Uint8Array>;
  /** Told when a prover is passed over for what it did; see `proverFaults`. */
  readonly onFault?: (fault: ProverFault) => void;
};

/** A proof with the public signals that it is for. */
export type Proven = {
  readonly proof: Groth16Proof;
  /** Wires 1 to l of the witness, below the scalar field's order. */
  readonly publicSignals: readonly bigint[];
};

/**
 * Calculates the witness and makes a Groth16 proof of it by the prover that `chooseProver` takes. Threads of snarkjs stay:
 * see `terminate`. An abort takes effect between witness, proof and check, and within a proof where the prover can be
 * stopped.
 *
 * A proof that does not verify is made again by snarkjs. Where that one verifies, the prover was wrong: it is not asked
 * again in this process, and `onFault` and `proverFaults` tell of it. So it is with a prover that fails.
 *
 * @throws {ProverError} those of `obtainWitness` and `chooseProver`; `ZKEY_INVALID`, `PROOF_FAILED`, `PROOF_REJECTED`
 * where snarkjs's own proof does not verify either, `ABORTED`.
 */
export async function prove(
  artefacts: ProvingArtefacts,
  inputs: CircuitInputs,
  options: ProveOptions = {},
): Promise<Proven> {
  checkAborted(options.signal);
  options.onProgress?.("calculate witness");
  const witness = await obtainWitness(artefacts, inputs, options);
  checkAborted(options.signal);
  const referenceWitness = (): Promise<Uint8Array> => calculateWitness(artefacts.wasm, inputs);
  return proveWitness(artefacts, witness, { referenceWitness, ...options });
}

/** Proves a `.wtns` file's content; see `prove`. */
export async function proveWitness(
  { zkey, key }: Pick<ProvingArtefacts, "zkey" | "key">,
  witness: Uint8Array,
  options: ProveOptions = {},
): Promise<Proven> {
  const verifyingKey = key ?? (await readVerifyingKey(zkey));
  const { selfCheck = true, signal, threads, onProgress, onFault } = options;
  const prover = options.prover ?? chooseProver().prover;
  const isReference = prover.name === SNARKJS_PROVER.name;
  const signalsOf = (of: Uint8Array): readonly bigint[] =>
    publicSignalsOf(of, verifyingKey.ic.length - 1);
  const publicSignals = signalsOf(witness);
  const proverOptions = {
    ...(signal === undefined ? {} : { signal }),
    ...(threads === undefined ? {} : { threads }),
  };
  const verifies = ({ proof, publicSignals }: Proven): boolean =>
    verifyGroth16(verifyingKey, proof, publicSignals);
  const blame = (fault: ProverFault["fault"], error?: unknown): void => {
    const it = { prover: prover.name, fault, zkey, at: new Date() };
    const record: ProverFault = error === undefined ? it : { ...it, error };
    distrust(record);
    onProgress?.(`${prover.name} ${FAULTS[fault]}: snarkjs takes its place`);
    onFault?.(record);
  };

  onProgress?.("prove");
  const made = await prover.prove(zkey, witness, proverOptions).catch((error: unknown) => {
    const isItsOwn = error instanceof ProverError && error.code === "PROVER_FAILED";
    if (isReference || !isItsOwn) throw error;
    blame("failed", error);
    return undefined;
  });
  checkAborted(signal);
  if (made !== undefined) {
    const proven = { proof: made, publicSignals };
    if (!selfCheck || verifies(proven)) return proven;
  }
  if (made !== undefined && isReference) throw new ProverError({ code: "PROOF_REJECTED" });

  onProgress?.("prove with snarkjs");
  const reference = (await options.referenceWitness?.()) ?? witness;
  const proof = await SNARKJS_PROVER.prove(zkey, reference, proverOptions);
  // Outputs are the reference's own: those of a wrong witness are not what its proof is of.
  const proven = { proof, publicSignals: signalsOf(reference) };
  checkAborted(signal);
  // Where the reference is refused too, witness and key do not belong together, and nobody is to blame.
  if ((selfCheck || made !== undefined) && !verifies(proven)) {
    throw new ProverError({ code: "PROOF_REJECTED" });
  }
  if (made !== undefined) blame("wrong");
  return proven;
}

const FAULTS: Readonly<Record<ProverFault["fault"], string>> = {
  failed: "failed",
  wrong: "returned a wrong proof",
};
