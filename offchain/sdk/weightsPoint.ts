import type { Contracts, SingleCircuit, WeightsRegistration } from "@vouch/protocol";
import { registeredPoint, singleCircuitId, wordToHex } from "@vouch/protocol";
import { SdkError } from "./errors.ts";

/**
 * Demands that the chain has the point of the circuit's registration: whoever knows the weights and their salt can have registered one
 * before whose blind nobody else has, and where none is registered no proof is taken at all. The registration is verified too, as
 * whoever gets a receipt does. Other circuits have none.
 *
 * @param weights commitment `W` of the release
 * @throws {SdkError} `REGISTRATION_MISSING`, `WEIGHTS_MISMATCH`; {ProtocolError} `REGISTRATION_INVALID`, `KEY_INVALID`.
 */
export async function requireRegisteredPoint(
  { circuits }: Pick<Contracts, "circuits">,
  circuit: SingleCircuit,
  weights: bigint,
): Promise<void> {
  if (circuit.system === "groth16" || registrationOf(circuit) === null) return;
  const own = registeredPoint(circuit, weights).map(wordToHex).join(", ");
  const point = await circuits.weightsPointOf(singleCircuitId(circuit), weights);
  const registered = point.map(wordToHex).join(", ");
  if (registered !== own)
    throw new SdkError({ code: "WEIGHTS_MISMATCH", registered, derived: own });
}

/**
 * Returns how a circuit's weights are registered; null where they are none that have to be.
 *
 * @throws {SdkError} `REGISTRATION_MISSING`.
 */
export function registrationOf(circuit: SingleCircuit): WeightsRegistration | null {
  if (circuit.system === "groth16" || circuit.weightsCircuit === null) return null;
  if (circuit.registration === null)
    throw new SdkError({ code: "REGISTRATION_MISSING", circuit: singleCircuitId(circuit) });
  return circuit.registration;
}
