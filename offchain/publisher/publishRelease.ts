import type { Contracts } from "@vouch/protocol";
import { circuitId, circuitsOf, encodeCircuit, encodeRelease } from "@vouch/protocol";
import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";
import type { ReleaseBundle } from "./bundle.ts";

/** What publishing did on-chain; gas is 0 where the record was there already. */
export type Published = { readonly circuitGas: bigint; readonly releaseGas: bigint };

/** Registers a bundle's circuits, their list where there are several, and the release, each only if the chain does not have it yet; the signer is the publisher. */
export async function publishRelease(
  { models, circuits }: Pick<Contracts, "models" | "circuits">,
  { id, release, circuit }: ReleaseBundle,
  uri = "",
): Promise<Published> {
  const segments = circuitsOf(circuit);
  let circuitGas = 0n;
  for (const segment of segments) {
    if (await circuits.isRegistered(circuitId(segment))) continue;
    circuitGas += await gasOf(circuits.register(encodeCircuit(segment)));
  }
  if (!(await circuits.isRegistered(release.circuit)))
    circuitGas += await gasOf(circuits.registerSegments(segments.map(circuitId)));
  const releaseGas = (await models.isPublished(id))
    ? 0n
    : await gasOf(models.publish(encodeRelease(release), uri));
  return { circuitGas, releaseGas };
}

async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<bigint> {
  const receipt: ContractTransactionReceipt | null = await (await sent).wait();
  return receipt?.gasUsed ?? 0n;
}
