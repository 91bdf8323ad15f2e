import { stat } from "node:fs/promises";
import {
  challengedInputs,
  committedInputs,
  committedSizes,
  committedWords,
  emitCommittedCircom,
  groupValues,
} from "@vouch/compiler";
import { evaluateWords, verifyCommitted } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import {
  buildCircuit,
  calculateWitness,
  commitWeights,
  committedDevelopmentSetup,
  drawBlind,
  encodeValues,
  nativeProver,
  obtainWitness,
  portableProver,
  proveCommitted,
} from "@vouch/prover";
import type { CircuitArtefacts, CommittedSetup, CommittedSignals } from "@vouch/prover";
import { medianOf, secondsOf } from "./medianOf.ts";
import type { ProofFigures, ProverKind } from "./proofFigures.ts";
import type { Subject } from "./subjects.ts";

const DIGEST: Hex = `0x${"11".repeat(32)}`;
/** Any challenge: one that an entry of a table equals has no proof, as a hash never is. */
const Z = BigInt(DIGEST);

/** @throws {RangeError} where the native prover is asked for and is not here */
export async function measureCommitted(
  { model, opening }: Subject,
  cache: string,
  kind: ProverKind,
): Promise<ProofFigures> {
  const prover = kind === "native" ? nativeProver() : portableProver;
  if (prover === undefined) throw new RangeError("the native prover is not here");
  const { circuit, zkey, key } = await prepareCommitted({ model }, cache);
  const blind = drawBlind();
  const parameters = model.graph.parameters.flatMap(({ values }) => values);
  const weights = await commitWeights(zkey, encodeValues([...parameters, blind]));
  const claim = { weights, digest: DIGEST, v: committedWords(model, opening) };
  const draw = (): ReturnType<typeof committedInputs> =>
    committedInputs(model, opening, { weights: blind, advice: drawBlind() });
  const witnessAt = (drawn: ReturnType<typeof draw>, it: CommittedSignals): Promise<Uint8Array> => {
    const all = challengedInputs(drawn, it);
    return kind === "native" ? obtainWitness(circuit, all) : calculateWitness(circuit.wasm, all);
  };
  const prove = async (): Promise<() => boolean> => {
    const inputs = draw();
    const work = {
      advice: groupValues(inputs.advice),
      claim,
      witnessOf: (it: CommittedSignals) => witnessAt(inputs, it),
    };
    const { proof } = await proveCommitted({ zkey, key }, work, { prover, selfCheck: false });
    return () => verifyCommitted(key, proof, claim);
  };
  const inputs = draw();
  const signals = { z: Z, b: Z + 1n, e: evaluateWords(claim.v, Z) };
  const witness = await witnessAt(inputs, signals);
  const values = encodeValues(groupValues(inputs.advice));
  return {
    constraints: circuit.constraints,
    keyBytes: (await stat(zkey)).size,
    advice: await secondsOf(draw),
    commit: await secondsOf(() => prover.commit(zkey, values)),
    witness: await secondsOf(() => witnessAt(inputs, signals)),
    prove: await secondsOf(() => prover.prove(zkey, witness)),
    whole: await medianOf(prove),
  };
}

/** Builds the circuit and its key, where the cache has none. */
export async function prepareCommitted(
  { model }: Pick<Subject, "model">,
  cache: string,
): Promise<CommittedSetup & { readonly circuit: CircuitArtefacts }> {
  const circuit = await buildCircuit(emitCommittedCircom(model), { cache });
  const sizes = committedSizes(model);
  return { ...(await committedDevelopmentSetup(circuit, sizes, { cache })), circuit };
}
