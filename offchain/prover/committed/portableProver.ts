import type { Groth16Proof } from "@vouch/protocol";
import type { Curve } from "ffjavascript";
import { withSharedCurve } from "../curve.ts";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import type { StepOptions } from "../progress.ts";
import { randomElement } from "../setup/scalarField.ts";
import { SCALAR_BYTES } from "../setup/wasmCurve.ts";
import { coordinates, coordinatesOfG2, G1_BYTES, ZKEY_SECTION } from "../zkeyFile.ts";
import type { AdviceCommitment, CommittedProver } from "./committedProver.ts";
import { COMMITTED_SECTION, readCommittedHeader, readCommittedSection } from "./keyFile.ts";
import { quotientValues } from "./quotient.ts";
import { witnessBytes } from "./values.ts";

/** Proves on ffjavascript's WebAssembly curve and its threads, which stay: see `terminate`. Works wherever Node does. */
export const portableProver: CommittedProver = { name: "wasm", commit, prove };

async function commit(
  zkey: string,
  values: Uint8Array,
  { signal }: StepOptions = {},
): Promise<AdviceCommitment> {
  checkAborted(signal);
  const { groups } = await readCommittedHeader(zkey);
  const bases = await readCommittedSection(zkey, COMMITTED_SECTION.bases);
  const knowledge = await readCommittedSection(zkey, COMMITTED_SECTION.knowledge);
  const advice = bases.subarray(groups.weights * G1_BYTES);
  return withSharedCurve(async (curve) => ({
    commitment: await sumOf(curve, advice, values),
    knowledge: await sumOf(curve, knowledge, values),
  }));
}

/**
 * Commits to weights in the basis of a key: D_W of an inference circuit's, D_R of a weights circuit's.
 *
 * @param values of all weights, the blind last
 * @throws {ProverError} `WITNESS_LENGTH`, `ZKEY_INVALID`.
 */
export async function commitWeights(zkey: string, values: Uint8Array): Promise<readonly bigint[]> {
  const { groups } = await readCommittedHeader(zkey);
  const bases = await readCommittedSection(zkey, COMMITTED_SECTION.bases);
  const weights = bases.subarray(0, groups.weights * G1_BYTES);
  return withSharedCurve((curve) => sumOf(curve, weights, values));
}

/**
 * Returns `Σ value_i · point_i` in words.
 *
 * @throws {ProverError} `WITNESS_LENGTH` where there are more or fewer values than points.
 */
export async function sumOf(
  { G1 }: Curve,
  points: Uint8Array,
  values: Uint8Array,
): Promise<readonly bigint[]> {
  const [length, wires] = [values.length / SCALAR_BYTES, points.length / G1_BYTES];
  if (length !== wires) throw new ProverError({ code: "WITNESS_LENGTH", length, wires });
  return coordinates(G1.toAffine(await G1.multiExpAffine(points, values)));
}

async function prove(
  zkey: string,
  witness: Uint8Array,
  { signal }: StepOptions = {},
): Promise<Groth16Proof> {
  checkAborted(signal);
  const { wires, domainSize, publicSignals, groups, points } = await readCommittedHeader(zkey);
  const values = witnessBytes(witness, wires);
  const section = (id: number): Promise<Uint8Array> => readCommittedSection(zkey, id);
  return withSharedCurve(async (curve) => {
    const { G1, G2, Fr } = curve;
    const draw = (): Uint8Array => Fr.fromRprLE(randomElement(), 0);
    const [r, s] = [draw(), draw()];
    const total = (...terms: readonly Uint8Array[]): Uint8Array =>
      terms.reduce((sum, it) => G1.add(sum, it), G1.zero);

    const coefficients = await section(ZKEY_SECTION.coefficients);
    const quotient = await quotientValues(curve, coefficients, values, domainSize);
    checkAborted(signal);
    const a = total(
      await G1.multiExpAffine(await section(ZKEY_SECTION.a), values),
      points.alpha1,
      G1.timesFr(points.delta1, r),
    );
    const b1 = total(
      await G1.multiExpAffine(await section(ZKEY_SECTION.b1), values),
      points.beta1,
      G1.timesFr(points.delta1, s),
    );
    checkAborted(signal);
    const b2 = [points.beta2, G2.timesFr(points.delta2, s)].reduce(
      (sum, it) => G2.add(sum, it),
      await G2.multiExpAffine(await section(ZKEY_SECTION.b2), values),
    );
    checkAborted(signal);
    const firstOther = publicSignals + 1 + groups.weights + groups.advice;
    const others = values.subarray(firstOther * SCALAR_BYTES);
    const c = total(
      await G1.multiExpAffine(await section(ZKEY_SECTION.c), others),
      await G1.multiExpAffine(await section(ZKEY_SECTION.h), quotient),
      G1.timesFr(a, s),
      G1.timesFr(b1, r),
      G1.timesFr(points.delta1, Fr.neg(Fr.mul(r, s))),
    );
    return [
      ...coordinates(G1.toAffine(a)),
      ...coordinatesOfG2(G2.toAffine(b2)),
      ...coordinates(G1.toAffine(c)),
    ];
  });
}
