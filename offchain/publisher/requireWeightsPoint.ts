import type { ProvableModel } from "@vouch/compiler";
import type { Hex, SingleCircuit } from "@vouch/protocol";
import {
  singleCircuitId,
  weightsBlind,
  weightsCommitment,
  weightsSalt,
  wordToHex,
} from "@vouch/protocol";
import { commitWeights, encodeValues } from "@vouch/prover";
import { registrationOf } from "@vouch/sdk";
import { PublisherError } from "./errors.ts";

/**
 * Demands that the point which proofs by commit-and-prove are verified against is the one of these weights under the blind that
 * follows from the release's salt, them and the circuit: under another one every proof made here would be refused. Other circuits have none.
 *
 * @param zkey the circuit's proving key
 * @throws {PublisherError} `SALT_MISSING`, `WEIGHTS_MISMATCH`; {SdkError} `REGISTRATION_MISSING`.
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
