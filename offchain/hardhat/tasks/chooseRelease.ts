import { parseReleaseId } from "@vouch/protocol";
import type { FetchedRelease } from "@vouch/sdk";
import { fetchRelease, fetchReleases } from "@vouch/sdk";
import type { Chain } from "./openChain.ts";
import { TaskError } from "./taskError.ts";

/**
 * Returns the release that an option names, the newest of the chain where it is empty.
 *
 * @throws {TaskError} `NOTHING_PUBLISHED`; {SdkError} `RELEASE_NOT_FOUND`; {ProtocolError} `HEX_INVALID`.
 */
export async function chooseRelease(
  { contracts, deployment }: Chain,
  id: string,
): Promise<FetchedRelease> {
  if (id !== "") return fetchRelease(contracts, parseReleaseId(id), deployment.fromBlock);
  const last = (await fetchReleases(contracts, deployment.fromBlock)).at(-1);
  if (last === undefined) {
    throw new TaskError(
      "NOTHING_PUBLISHED",
      "No release on this chain. Publish one with `npx hardhat model:publish`.",
    );
  }
  return last;
}
