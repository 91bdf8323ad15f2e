import { stat } from "node:fs/promises";
import { circuitInputs, claimWords, emitCircom } from "@vouch/compiler";
import { evaluateWords, verifyGroth16 } from "@vouch/protocol";
import {
  buildCircuit,
  calculateWitness,
  developmentSetup,
  nativeProver,
  obtainWitness,
  proveWitness,
  SNARKJS_PROVER,
} from "@vouch/prover";
import type { CircuitArtefacts, Setup } from "@vouch/prover";
import { medianOf, secondsOf } from "./medianOf.ts";
import type { ProofFigures, ProverKind } from "./proofFigures.ts";
import type { Subject } from "./subjects.ts";

/** Any challenge: one that an entry of a table equals has no proof, as a hash never is. */
const Z = BigInt(`0x${"11".repeat(32)}`);

/** @throws {RangeError} where the native prover is asked for and is not here */
export async function measurePlain(
  { model, opening }: Subject,
  cache: string,
  kind: ProverKind,
): Promise<ProofFigures> {
  const prover = kind === "native" ? nativeProver() : SNARKJS_PROVER;
  if (prover === undefined) throw new RangeError("the native prover is not here");
  const { circuit, zkey, key } = await preparePlain({ model }, cache);
  const { v, c } = claimWords(model, opening);
  const inputsOf = (): ReturnType<typeof circuitInputs> =>
    circuitInputs(model, { ...opening, c, z: Z, e: evaluateWords(v, Z) });
  const witnessOf = (inputs: ReturnType<typeof inputsOf>): Promise<Uint8Array> =>
    kind === "native" ? obtainWitness(circuit, inputs) : calculateWitness(circuit.wasm, inputs);
  const inputs = inputsOf();
  const witness = await witnessOf(inputs);
  const prove = async (of: Uint8Array): Promise<() => boolean> => {
    const options = { prover, selfCheck: false };
    const { proof, publicSignals } = await proveWitness({ zkey, key }, of, options);
    return () => verifyGroth16(key, proof, publicSignals);
  };
  return {
    constraints: circuit.constraints,
    keyBytes: (await stat(zkey)).size,
    witness: await secondsOf(() => witnessOf(inputs)),
    prove: await medianOf(() => prove(witness)),
    whole: await medianOf(async () => prove(await witnessOf(inputsOf()))),
  };
}

/** Builds the circuit and its key, where the cache has none. */
export async function preparePlain(
  { model }: Pick<Subject, "model">,
  cache: string,
): Promise<Setup & { readonly circuit: CircuitArtefacts }> {
  const circuit = await buildCircuit(emitCircom(model), { cache });
  return { ...(await developmentSetup(circuit, { cache })), circuit };
}
