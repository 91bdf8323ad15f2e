import type { Circuit, ReleaseCircuit } from "@vouch/protocol";

/** The circuit of a release that one proves. */
export function oneCircuit(circuit: ReleaseCircuit | null | undefined): Circuit {
  if (circuit?.system !== "groth16") throw new Error("not proven by one circuit");
  return circuit;
}
