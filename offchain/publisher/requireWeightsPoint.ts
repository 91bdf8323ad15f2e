import type { ProvableModel } from "@vouch/compiler";
import type { Hex, SingleCircuit } from "@vouch/protocol";
import { weightsBlind, wordToHex } from "@vouch/protocol";
import { commitWeights, encodeValues } from "@vouch/prover";
import { PublisherError } from "./errors.ts";

/**
 * Demands that the point which proofs by commit-and-prove are verified against is the one of these weights under the blind that
 * follows from the release's salt: under another one every proof made here would be refused. Other circuits have none.
 *
 * @param zkey the circuit's proving key
 * @throws {PublisherError} `SALT_MISSING`, `WEIGHTS_MISMATCH`.
 */
export async function requireWeightsPoint(
  zkey: string,
  circuit: SingleCircuit,
  { graph }: ProvableModel,
  salt: Hex | undefined,
): Promise<void> {
  if (circuit.system === "groth16" || circuit.registration === null) return;
  if (salt === undefined) throw new PublisherError({ code: "SALT_MISSING" });
  const values = [...graph.parameters.flatMap((it) => it.values), weightsBlind(salt)];
  const derived = await commitWeights(zkey, encodeValues(values));
  requirePoint(circuit.registration.weights.map(wordToHex), derived.map(wordToHex));
}

/** @throws {PublisherError} `WEIGHTS_MISMATCH` unless two points are the same one. */
export function requirePoint(found: readonly Hex[], derived: readonly Hex[]): void {
  if (found.join() === derived.join()) return;
  const [registered, expected] = [found, derived].map((it) => it.join(", "));
  throw new PublisherError({
    code: "WEIGHTS_MISMATCH",
    registered: registered ?? "",
    derived: expected ?? "",
  });
}
