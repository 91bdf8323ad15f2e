import type { ProvableModel } from "@vouch/compiler";
import type { Contracts, Hex, SingleCircuit, WeightsRegistration } from "@vouch/protocol";
import {
  registeredPoint,
  singleCircuitId,
  weightsBlind,
  weightsCommitment,
  weightsSalt,
  wordToHex,
} from "@vouch/protocol";
import { commitWeights, encodeValues } from "@vouch/prover";
import { PublisherError } from "./errors.ts";

/**
 * Demands that the point which proofs by commit-and-prove are verified against is the one of these weights under the blind that
 * follows from the release's salt, them and the circuit: under another one every proof made here would be refused. Other circuits have none.
 *
 * @param zkey the circuit's proving key
 * @throws {PublisherError} `REGISTRATION_MISSING`, `SALT_MISSING`, `WEIGHTS_MISMATCH`.
 */
export async function requireWeightsPoint(
  zkey: string,
  circuit: SingleCircuit,
  { graph }: ProvableModel,
  salt: Hex | undefined,
): Promise<void> {
  const registration = registrationOf(circuit);
  if (registration === null) return;
  if (salt === undefined) throw new PublisherError({ code: "SALT_MISSING" });
  const parameters = graph.parameters.map(({ type, values }) => ({ ...type, values }));
  const commitment = weightsCommitment(weightsSalt(salt), parameters);
  const blind = weightsBlind(salt, commitment, singleCircuitId(circuit));
  const values = [...parameters.flatMap((it) => it.values), blind];
  const derived = await commitWeights(zkey, encodeValues(values));
  requirePoint(registration.weights.map(wordToHex), derived.map(wordToHex));
}

/**
 * Demands that the chain has the point of the circuit's registration: whoever knows the weights and their salt can have registered one
 * before whose blind nobody else has, and where none is registered no proof is taken at all. The registration is verified too, as
 * whoever gets a receipt does. Other circuits have none.
 *
 * @param weights commitment `W` of the release
 * @throws {PublisherError} `REGISTRATION_MISSING`, `WEIGHTS_MISMATCH`; {ProtocolError} `REGISTRATION_INVALID`, `KEY_INVALID`.
 */
export async function requireRegisteredPoint(
  { circuits }: Pick<Contracts, "circuits">,
  circuit: SingleCircuit,
  weights: bigint,
): Promise<void> {
  if (circuit.system === "groth16" || registrationOf(circuit) === null) return;
  const own = registeredPoint(circuit, weights);
  const point = await circuits.weightsPointOf(singleCircuitId(circuit), weights);
  requirePoint(point.map(wordToHex), own.map(wordToHex));
}

/**
 * Returns how a circuit's weights are registered; null where they are none that have to be.
 *
 * @throws {PublisherError} `REGISTRATION_MISSING`.
 */
export function registrationOf(circuit: SingleCircuit): WeightsRegistration | null {
  if (circuit.system === "groth16" || circuit.weightsCircuit === null) return null;
  if (circuit.registration === null)
    throw new PublisherError({ code: "REGISTRATION_MISSING", circuit: singleCircuitId(circuit) });
  return circuit.registration;
}

/** @throws {PublisherError} `WEIGHTS_MISMATCH` unless two points are the same one. */
function requirePoint(found: readonly Hex[], derived: readonly Hex[]): void {
  if (found.join() === derived.join()) return;
  const [registered, expected] = [found, derived].map((it) => it.join(", "));
  throw new PublisherError({
    code: "WEIGHTS_MISMATCH",
    registered: registered ?? "",
    derived: expected ?? "",
  });
}
