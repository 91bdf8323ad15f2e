import type { CircuitId, CommittedClaim, Hex, WeightsRegistration } from "@vouch/protocol";
import {
  buildCircuit,
  calculateWitness,
  committedDevelopmentSetup,
  developmentLink,
  drawBlind,
  proveWeights,
} from "@vouch/prover";
import type {
  CircuitArtefacts,
  CommittedSetup,
  CommittedSignals,
  CommittedWork,
  LinkSetup,
  RegistrationWork,
} from "@vouch/prover";
import { id } from "ethers";
import {
  count,
  INFERENCE,
  INFERENCE_GROUPS,
  inferenceInputs,
  SALT,
  WEIGHTS,
  WEIGHTS_CIRCUIT,
  WEIGHTS_GROUPS,
  weightsCommitment,
} from "./committedCircuits.ts";

export const CIRCUIT = id("circuit") as CircuitId;
export const DIGEST = id("a statement") as Hex;
export const W = weightsCommitment(WEIGHTS);
export const X: readonly bigint[] = [3n, 15n, 0n];

/** Both circuits with keys and link, and what only who registered the weights knows. */
export type CommittedFixture = {
  readonly circuit: CircuitArtefacts;
  readonly weightsCircuit: CircuitArtefacts;
  readonly inference: CommittedSetup;
  readonly weights: CommittedSetup;
  readonly link: LinkSetup;
  readonly blinds: { readonly inference: bigint; readonly weights: bigint };
  readonly registration: WeightsRegistration;
};

export async function committedFixture(cache: string): Promise<CommittedFixture> {
  const circuit = await buildCircuit(INFERENCE, { cache });
  const weightsCircuit = await buildCircuit(WEIGHTS_CIRCUIT, { cache });
  const inference = await committedDevelopmentSetup(circuit, INFERENCE_GROUPS, { cache });
  const weights = await committedDevelopmentSetup(weightsCircuit, WEIGHTS_GROUPS, { cache });
  const link = await developmentLink({ inference, weights }, { cache });
  const blinds = { inference: drawBlind(), weights: drawBlind() };
  const made = { circuit, weightsCircuit, inference, weights, link, blinds };
  const registration = await proveWeights(made, registrationWork(made, {}));
  return { ...made, registration };
}

/** What a registration of `of` as W is made of. */
export function registrationWork(
  { weightsCircuit, blinds }: Pick<CommittedFixture, "weightsCircuit" | "blinds">,
  { of = WEIGHTS, commitment = W }: { of?: readonly bigint[]; commitment?: bigint },
): RegistrationWork {
  const adviceBlind = drawBlind();
  return {
    circuit: CIRCUIT,
    commitment,
    weights: of,
    blinds,
    advice: [SALT, ...count(of), adviceBlind],
    witnessOf: ({ z, b, commitment: W }) =>
      calculateWitness(weightsCircuit.wasm, {
        ...{ w: of, weightsBlind: blinds.weights, salt: SALT, multiplicities: count(of) },
        ...{ adviceBlind, z, b, W },
      }),
  };
}

/** What a proof of the input's output is made of; `weights` are those of the witness. */
export function inferenceWork(
  { circuit, blinds, registration }: CommittedFixture,
  x: readonly bigint[] = X,
  weights: readonly bigint[] = WEIGHTS,
): CommittedWork & { readonly adviceBlind: bigint } {
  const inputs = inferenceInputs(weights, x);
  const adviceBlind = drawBlind();
  const claim: CommittedClaim = {
    weights: registration.weights,
    digest: DIGEST,
    v: [...inputs.x, ...inputs.y],
  };
  return {
    adviceBlind,
    claim,
    advice: [...inputs.x, ...inputs.y, ...inputs.multiplicities, adviceBlind],
    witnessOf: (signals: CommittedSignals) =>
      calculateWitness(circuit.wasm, {
        ...inputs,
        ...{ weightsBlind: blinds.inference, adviceBlind, ...signals },
      }),
  };
}
