import type { Contracts, Release, ReleaseCircuit, WeightsRegistration } from "@vouch/protocol";
import { decodeWeightsRegistration } from "@vouch/protocol";

/**
 * Reads how the weights of a release were registered; `undefined` where no registration is needed, or none was made.
 * Nothing is verified here: `verifyReceipt` does.
 *
 * @param fromBlock the deployment's
 */
export async function fetchRegistration(
  { circuits }: Pick<Contracts, "circuits">,
  { circuit: id, weights }: Pick<Release, "circuit" | "weights">,
  circuit: ReleaseCircuit | null,
  fromBlock: number,
): Promise<WeightsRegistration | undefined> {
  if (circuit?.system !== "committedGroth16" || circuit.weightsCircuit === null) return undefined;
  const registered = circuits.filters.WeightsRegistered(id, weights);
  const [event] = await circuits.queryFilter(registered, fromBlock);
  return event === undefined ? undefined : decodeWeightsRegistration(event.args.registration);
}
