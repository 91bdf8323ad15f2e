import { NO_WEIGHTS } from "./committedChallenge.ts";
import { committedCircuitId } from "./committedCircuit.ts";
import { verifyCommitted } from "./committedProof.ts";
import { ProtocolError } from "./errors.ts";
import type { CommittedEvidence } from "./evidence.ts";
import { wordToHex } from "./hex.ts";
import type { WeightedCircuit } from "./releaseCircuit.ts";
import type { ProvenWords } from "./verifyCircuitProof.ts";
import type { WeightsRegistration } from "./weightsRegistration.ts";
import { verifyWeightsRegistration } from "./weightsRegistration.ts";

/**
 * Verifies that a proof of a commit-and-prove circuit proves the words under the digest. The contract takes the weights' point from the
 * registry; here the circuit brings the registration along, and that is verified too.
 *
 * @throws {ProtocolError} `REGISTRATION_MISSING`, `REGISTRATION_INVALID`, `PROOF_INVALID`, `KEY_INVALID`.
 */
export function verifyCommittedProof(
  { committed }: CommittedEvidence,
  { weights, words, digest }: ProvenWords,
  circuit: WeightedCircuit,
): void {
  const point = registeredPoint(circuit, weights);
  if (!verifyCommitted(circuit.key, committed, { weights: point, digest, v: words }))
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
