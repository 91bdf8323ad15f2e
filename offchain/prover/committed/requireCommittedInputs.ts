import { ProverError } from "../errors.ts";
import { readR1csInputs } from "../r1cs/readInputs.ts";
import type { CommittedGroups } from "./keyFile.ts";

/** `[z, b, e]`, or `[z, b, W]`. */
const PUBLIC_INPUTS = 3;

/**
 * Demands that a circuit's public signals are three inputs, and that its private inputs are the committed ones, each on
 * the wire of its place. An optimiser that moved one would have a proof commit to something else.
 *
 * @throws {ProverError} `COMMITTED_INPUTS`, `R1CS_INVALID`.
 */
export function requireCommittedInputs(
  r1cs: Uint8Array,
  { weights, advice }: CommittedGroups,
): void {
  const { publicOutputs, publicInputs, privateInputs, labels } = readR1csInputs(r1cs);
  const refuse = (reason: string): ProverError =>
    new ProverError({ code: "COMMITTED_INPUTS", reason });
  if (publicOutputs !== 0 || publicInputs !== PUBLIC_INPUTS)
    throw refuse(`it has ${publicOutputs} public outputs and ${publicInputs} public inputs`);
  // A group is its blind at least, and one group is there.
  if (advice < 1 || weights < 0 || privateInputs !== weights + advice)
    throw refuse(`of ${privateInputs} private inputs ${weights} are weights and ${advice} advice`);
  const last = PUBLIC_INPUTS + privateInputs;
  for (let wire = 0; wire <= last; wire++) {
    if (labels[wire] !== wire)
      throw refuse(`wire ${wire} carries signal ${labels[wire] ?? "none"}`);
  }
}
