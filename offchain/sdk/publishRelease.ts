import type { Contracts, Release, ReleaseCircuit, ReleaseId, SingleCircuit } from "@vouch/protocol";
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
import { registrationOf, requireRegisteredPoint } from "./weightsPoint.ts";

/** What publishing did on-chain; gas is 0 where the record was there already. */
export type Published = { readonly circuitGas: bigint; readonly releaseGas: bigint };

/** What the chain has to know of a prepared release; `circuit` is null where it has none. */
export type RegistrableRelease = {
  readonly id: ReleaseId;
  readonly release: Release;
  readonly circuit: ReleaseCircuit | null;
};

/** Sends what the chain does not have yet, as `isThere` says; returns the gas, 0 where it has it already or by then. */
export type SendUnlessThere = (
  isThere: () => Promise<boolean>,
  send: (overrides?: { readonly nonce?: number }) => Promise<ContractTransactionResponse>,
) => Promise<bigint>;

/**
 * Registers a bundle's circuits, their list where they are segments, those of several inferences with the one of one, and the
 * release, each only if the chain does not have it yet; the signer is the publisher. That somebody else registers a circuit
 * meanwhile is no failure: its id commits to all that it is.
 *
 * @example
 * const { circuitGas, releaseGas } = await publishRelease(contracts, { id, release, circuit }, "ipfs://...");
 *
 * @throws {SdkError} `REGISTRATION_MISSING` before anything is sent; `WEIGHTS_MISMATCH` where another point is registered for the weights.
 */
export async function publishRelease(
  { models, circuits }: Pick<Contracts, "models" | "circuits">,
  { id, release, circuit }: RegistrableRelease,
  uri = "",
  send: SendUnlessThere = sendUnlessThere,
): Promise<Published> {
  const circuitGas =
    circuit === null ? 0n : await registerCircuits({ circuits }, circuit, release, send);
  const releaseGas = await send(
    () => models.isPublished(id),
    (overrides) => models.publish(encodeRelease(release), uri, { ...overrides }),
  );
  return { circuitGas, releaseGas };
}

async function registerCircuits(
  { circuits }: Pick<Contracts, "circuits">,
  circuit: ReleaseCircuit,
  release: Release,
  send: SendUnlessThere,
): Promise<bigint> {
  everyCircuitOf(circuit).forEach(registrationOf); // nothing is paid for where one is missing
  let circuitGas = 0n;
  for (const single of everyCircuitOf(circuit)) {
    circuitGas += await send(
      () => circuits.isRegistered(singleCircuitId(single)),
      (overrides) =>
        single.system === "groth16"
          ? circuits.register(encodeCircuit(single), { ...overrides })
          : circuits.registerCommitted(encodeCommittedCircuit(single), { ...overrides }),
    );
    circuitGas += await registerWeights({ circuits }, single, release.weights, send);
  }
  circuitGas += await send(
    () => circuits.isRegistered(release.circuit),
    (overrides) => registerAll({ circuits }, circuit, { ...overrides }),
  );
  return circuitGas;
}

/** Registers circuits together: those of segments, or one with those of several inferences. */
function registerAll(
  { circuits }: Pick<Contracts, "circuits">,
  circuit: ReleaseCircuit,
  overrides: { readonly nonce?: number },
): Promise<ContractTransactionResponse> {
  const ids = circuitsOf(circuit).map(singleCircuitId);
  if (circuit.system !== "batches") return circuits.registerSegments(ids, overrides);
  return circuits.registerBatches(
    singleCircuitId(circuit.single),
    batchesOf(circuit).map((it) => ({ count: it.count, circuit: singleCircuitId(it.circuit) })),
    overrides,
  );
}

/** Registers what stands for the weights in proofs by commit-and-prove, where there is such a thing; returns the gas. */
async function registerWeights(
  { circuits }: Pick<Contracts, "circuits">,
  circuit: SingleCircuit,
  weights: bigint,
  send: SendUnlessThere,
): Promise<bigint> {
  const registration = registrationOf(circuit);
  if (registration === null) return 0n;
  const id = singleCircuitId(circuit);
  const gas = await send(
    async () => (await circuits.weightsPointOf(id, weights)).some((it) => it !== 0n),
    (overrides) =>
      circuits.registerWeights(id, weights, encodeWeightsRegistration(registration), {
        ...overrides,
      }),
  );
  await requireRegisteredPoint({ circuits }, circuit, weights);
  return gas;
}

/** Registers a release of a language model, which has no circuit, if the chain does not have it yet; returns the gas. */
export function publishTextRelease(
  { models }: Pick<Contracts, "models">,
  { id, release }: Pick<RegistrableRelease, "id" | "release">,
  uri = "",
): Promise<bigint> {
  return sendUnlessThere(
    () => models.isPublished(id),
    () => models.publish(encodeRelease(release), uri),
  );
}

const sendUnlessThere: SendUnlessThere = async (isThere, send) => {
  if (await isThere()) return 0n;
  try {
    const receipt: ContractTransactionReceipt | null = await (await send()).wait();
    return receipt?.gasUsed ?? 0n;
  } catch (error) {
    if (await isThere()) return 0n;
    throw error;
  }
};
