import type { Circuit, Contracts, Release, ReleaseId } from "@vouch/protocol";
import { decodeCircuit, decodeRelease } from "@vouch/protocol";
import { SdkError } from "./errors.ts";

/** A release as the chain has it, with the circuit that proves it. */
export type FetchedRelease = {
  readonly id: ReleaseId;
  readonly release: Release;
  readonly circuit: Circuit | null;
  readonly uri: string;
};

/**
 * Reads a release's whole description from its event; `fromBlock` is the deployment's.
 *
 * @throws {SdkError} `RELEASE_NOT_FOUND`.
 */
export async function fetchRelease(
  contracts: Pick<Contracts, "models" | "circuits">,
  id: ReleaseId,
  fromBlock: number,
): Promise<FetchedRelease> {
  const [found] = await fetchReleases(contracts, fromBlock, id);
  if (found === undefined) throw new SdkError({ code: "RELEASE_NOT_FOUND", release: id });
  return found;
}

/** Reads the releases of a chain, oldest first; one of them where `id` is given. */
export async function fetchReleases(
  { models, circuits }: Pick<Contracts, "models" | "circuits">,
  fromBlock: number,
  id?: ReleaseId,
): Promise<FetchedRelease[]> {
  const events = await models.queryFilter(models.filters.ReleasePublished(id), fromBlock);
  return Promise.all(
    events.map(async ({ args }) => {
      const release = decodeRelease(args.release);
      const circuit =
        BigInt(release.circuit) === 0n
          ? null
          : decodeCircuit(await circuits.circuitOf(release.circuit));
      return { id: args.id as ReleaseId, release, circuit, uri: args.uri };
    }),
  );
}
