import type { Contracts, ReleaseCircuit, SingleCircuit } from "@vouch/protocol";
import {
  batchesOf,
  circuitsOf,
  encodeCircuit,
  encodeCommittedCircuit,
  encodeRelease,
  encodeWeightsRegistration,
  everyCircuitOf,
  singleCircuitId,
} from "@vouch/protocol";
import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";
import type { ReleaseBundle } from "./bundle.ts";
import { registrationOf, requireRegisteredPoint } from "./requireWeightsPoint.ts";
import type { TextRelease } from "./textRelease.ts";

/** What publishing did on-chain; gas is 0 where the record was there already. */
export type Published = { readonly circuitGas: bigint; readonly releaseGas: bigint };

/**
 * Registers a bundle's circuits, their list where they are segments, those of several inferences with the one of one, and the release, each only if the chain does not have
 * it yet; the signer is the publisher. That somebody else registers a circuit meanwhile is no failure: its id commits to
 * all that it is.
 *
 * @throws {PublisherError} `REGISTRATION_MISSING` before anything is sent; `WEIGHTS_MISMATCH` where another point is registered for the weights.
 */
export async function publishRelease(
  { models, circuits }: Pick<Contracts, "models" | "circuits">,
  { id, release, circuit }: ReleaseBundle,
  uri = "",
): Promise<Published> {
  everyCircuitOf(circuit).forEach(registrationOf); // nothing is paid for where one is missing
  let circuitGas = 0n;
  for (const single of everyCircuitOf(circuit)) {
    circuitGas += await gasOf(
      () => circuits.isRegistered(singleCircuitId(single)),
      () =>
        single.system === "groth16"
          ? circuits.register(encodeCircuit(single))
          : circuits.registerCommitted(encodeCommittedCircuit(single)),
    );
    circuitGas += await registerWeights({ circuits }, single, release.weights);
  }
  circuitGas += await gasOf(
    () => circuits.isRegistered(release.circuit),
    () => registerAll({ circuits }, circuit),
  );
  const releaseGas = await gasOf(
    () => models.isPublished(id),
    () => models.publish(encodeRelease(release), uri),
  );
  return { circuitGas, releaseGas };
}

/** Registers circuits together: those of segments, or one with those of several inferences. */
function registerAll(
  { circuits }: Pick<Contracts, "circuits">,
  circuit: ReleaseCircuit,
): Promise<ContractTransactionResponse> {
  const ids = circuitsOf(circuit).map(singleCircuitId);
  if (circuit.system !== "batches") return circuits.registerSegments(ids);
  return circuits.registerBatches(
    singleCircuitId(circuit.single),
    batchesOf(circuit).map((it) => ({ count: it.count, circuit: singleCircuitId(it.circuit) })),
  );
}

/** Registers what stands for the weights in proofs by commit-and-prove, where there is such a thing; returns the gas. */
async function registerWeights(
  { circuits }: Pick<Contracts, "circuits">,
  circuit: SingleCircuit,
  weights: bigint,
): Promise<bigint> {
  const registration = registrationOf(circuit);
  if (registration === null) return 0n;
  const id = singleCircuitId(circuit);
  const gas = await gasOf(
    async () => (await circuits.weightsPointOf(id, weights)).some((it) => it !== 0n),
    () => circuits.registerWeights(id, weights, encodeWeightsRegistration(registration)),
  );
  await requireRegisteredPoint({ circuits }, circuit, weights);
  return gas;
}

/** Registers a release of a language model, which has no circuit, if the chain does not have it yet; returns the gas. */
export function publishTextRelease(
  { models }: Pick<Contracts, "models">,
  { id, release }: TextRelease,
  uri = "",
): Promise<bigint> {
  return gasOf(
    () => models.isPublished(id),
    () => models.publish(encodeRelease(release), uri),
  );
}

/** Sends what the chain does not have yet; returns the gas, 0 where it has it already or by then. */
async function gasOf(
  isThere: () => Promise<boolean>,
  send: () => Promise<ContractTransactionResponse>,
): Promise<bigint> {
  if (await isThere()) return 0n;
  try {
    const receipt: ContractTransactionReceipt | null = await (await send()).wait();
    return receipt?.gasUsed ?? 0n;
  } catch (error) {
    if (await isThere()) return 0n;
    throw error;
  }
}
