import { NO_WEIGHTS } from "./committedChallenge.ts";
import { committedCircuitId } from "./committedCircuit.ts";
import { verifyCommitted } from "./committedProof.ts";
import { ProtocolError } from "./errors.ts";
import type { CommittedEvidence } from "./evidence.ts";
import { wordToHex } from "./hex.ts";
import type { Hex } from "./hex.ts";
import type { Receipt } from "./receipt.ts";
import type { WeightedCircuit } from "./releaseCircuit.ts";
import type { WeightsRegistration } from "./weightsRegistration.ts";
import { verifyWeightsRegistration } from "./weightsRegistration.ts";

/**
 * Verifies that a proof of a commit-and-prove circuit proves the statement. The contract takes the weights' point from the
 * registry; here the circuit brings the registration along, and that is verified too.
 *
 * @param digest the statement's
 * @throws {ProtocolError} `REGISTRATION_MISSING`, `REGISTRATION_INVALID`, `PROOF_INVALID`, `KEY_INVALID`.
 */
export function verifyCommittedProof(
  { committed }: CommittedEvidence,
  { release, input, output }: Pick<Receipt, "release" | "input" | "output">,
  circuit: WeightedCircuit,
  digest: Hex,
): void {
  const weights = registeredPoint(circuit, release.weights);
  if (!verifyCommitted(circuit.key, committed, { weights, digest, v: [...input, ...output] }))
    throw new ProtocolError({ code: "PROOF_INVALID", circuit: committedCircuitId(circuit) });
}

/** Where each registration that was verified holds: a circuit that is read once serves many receipts. */
const verified = new WeakMap<WeightsRegistration, string>();

/**
 * Returns the point `D_W` that weights with this commitment `W` are to proofs, once its registration is verified; `NO_WEIGHTS` where the
 * circuit holds them.
 *
 * @throws {ProtocolError} `REGISTRATION_MISSING`, `REGISTRATION_INVALID`, `KEY_INVALID`.
 */
export function registeredPoint(circuit: WeightedCircuit, commitment: bigint): readonly bigint[] {
  const { key, weightsCircuit, registration } = circuit;
  // As registration demands: without the one, nothing would tie a proof to the release's weights.
  if ((weightsCircuit === null) !== (circuit.weights === "constant")) {
    const reason = "private weights take a weights circuit, constant ones none";
    throw new ProtocolError({ code: "KEY_INVALID", reason });
  }
  if (weightsCircuit === null) return NO_WEIGHTS;
  const weights = wordToHex(commitment);
  if (registration === null) throw new ProtocolError({ code: "REGISTRATION_MISSING", weights });
  const id = committedCircuitId(circuit);
  const place = `${id} ${weights}`;
  if (verified.get(registration) !== place) {
    const keys = { inference: key, weights: weightsCircuit.key, link: weightsCircuit.link };
    if (!verifyWeightsRegistration(keys, id, commitment, registration))
      throw new ProtocolError({ code: "REGISTRATION_INVALID", weights });
    verified.set(registration, place);
  }
  return registration.weights;
}
