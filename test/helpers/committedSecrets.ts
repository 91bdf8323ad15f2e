/** Test only: commit-and-prove circuits whose secrets are known, and registrations of weights made from them. */
import type { CommittedCircuit, Hex, WeightsRegistration } from "@vouch/protocol";
import { id } from "ethers";
import type { CommittedTrapdoor, LinkTrapdoor } from "./committedTrapdoor.ts";
import { committedTrapdoor, linkTrapdoor, trapdoorRegistration } from "./committedTrapdoor.ts";
import { SCALAR_FIELD } from "./trapdoorKey.ts";

/** A committed circuit with the secrets of its keys. */
export type CommittedSecrets = {
  readonly circuit: CommittedCircuit;
  readonly inference: CommittedTrapdoor;
  readonly weights: CommittedTrapdoor;
  readonly link: LinkTrapdoor;
};

/** One word in and one out, as the scenario's own circuit. */
export function committedSecrets(
  label: string,
  change: Partial<CommittedCircuit> = {},
): CommittedSecrets {
  const inference = committedTrapdoor(`${label}/inference`);
  const weights = committedTrapdoor(`${label}/weights`);
  const link = linkTrapdoor(`${label}/link`);
  const circuit: CommittedCircuit = {
    system: "committedGroth16",
    weights: "committed",
    setup: "development",
    input: { mode: "public", elements: 4, bits: 16, signed: true },
    output: { mode: "public", elements: 1, bits: 32, signed: true },
    r1cs: id(label) as Hex,
    transcript: id("transcript") as Hex,
    key: inference.key,
    weightsCircuit: { r1cs: id(`${label}/weights`) as Hex, key: weights.key, link: link.link },
    ...change,
  };
  return { circuit, inference, weights, link };
}

/** Likewise of a circuit that holds its weights. */
export const constantSecrets = (
  label: string,
  change: Partial<CommittedCircuit> = {},
): CommittedSecrets =>
  committedSecrets(label, { ...change, weights: "constant", weightsCircuit: null });

/** The logarithm of the point that stands for weights, by a name. */
export const weightsSecretOf = (name: string): bigint => BigInt(id(`D_W/${name}`)) % SCALAR_FIELD;

/** A registration of a point for weights that the keys accept. */
export function registrationOf(
  { weights, link }: CommittedSecrets,
  circuitId: string,
  commitment: bigint,
  secret: bigint,
): WeightsRegistration {
  const secrets = { weights: secret, registered: weightsSecretOf("registered") };
  return trapdoorRegistration(weights, link, circuitId as Hex, commitment, secrets);
}
