import type {
  CircuitId,
  Contracts,
  Release,
  ReleaseCircuit,
  ReleaseId,
  SingleCircuit,
} from "@vouch/protocol";
import {
  decodeCircuit,
  decodeCommittedCircuit,
  decodeRelease,
  decodeWeightsRegistration,
  joinCircuits,
  releaseCircuitId,
  releaseId,
  withBatches,
} from "@vouch/protocol";
import { SdkError } from "./errors.ts";

/** `ProofSystem.CommittedGroth16`. */
const COMMITTED_SYSTEM = 1n;

/** A release as the chain has it, with the circuit that proves it, or the list of those that do in segments. */
export type FetchedRelease = {
  readonly id: ReleaseId;
  readonly release: Release;
  readonly circuit: ReleaseCircuit | null;
  readonly uri: string;
};

/** A release as its event describes it, without the circuit. */
export type ReleaseHead = Omit<FetchedRelease, "circuit">;

/**
 * Reads a release's whole description from its event; `fromBlock` is the deployment's.
 *
 * @throws {SdkError} `RELEASE_NOT_FOUND`, `RELEASE_FORGED`.
 */
export async function fetchRelease(
  contracts: Pick<Contracts, "models" | "circuits">,
  id: ReleaseId,
  fromBlock: number,
): Promise<FetchedRelease> {
  const found = (await fetchReleases(contracts, fromBlock, id)).find((it) => it.id === id);
  if (found === undefined) throw new SdkError({ code: "RELEASE_NOT_FOUND", release: id, near: [] });
  return found;
}

/**
 * Reads the releases of a chain, each as its id commits to it, oldest first; one of them where `id` is given. A release whose text is not UTF-8 is left
 * out: anyone may publish one, and it must not keep the others from being read.
 *
 * @throws {SdkError} `RELEASE_FORGED`.
 */
export async function fetchReleases(
  contracts: Pick<Contracts, "models" | "circuits">,
  fromBlock: number,
  id?: ReleaseId,
): Promise<FetchedRelease[]> {
  const releases: FetchedRelease[] = [];
  for (const head of await fetchReleaseHeads(contracts, fromBlock, id)) {
    const { circuit: circuitId, weights } = head.release;
    const circuit =
      BigInt(circuitId) === 0n
        ? null
        : await fetchCircuit(contracts, circuitId, weights, fromBlock);
    requireSame(
      head.id,
      "circuit",
      circuitId,
      circuit === null ? circuitId : releaseCircuitId(circuit),
    );
    releases.push({ ...head, circuit });
  }
  return releases;
}

/** As `fetchReleases`, from events alone: one call, however many there are. */
export async function fetchReleaseHeads(
  { models }: Pick<Contracts, "models">,
  fromBlock: number,
  id?: ReleaseId,
): Promise<ReleaseHead[]> {
  const events = await models.queryFilter(models.filters.ReleasePublished(id), fromBlock);
  return events.flatMap(({ args }) => describe(args) ?? []);
}

/**
 * Demands that what an endpoint describes is what its id commits to: by another scale or circuit, an input would mean something else.
 *
 * @throws {SdkError} `RELEASE_FORGED`.
 */
function requireSame(release: ReleaseId, field: string, expected: string, found: string): void {
  if (expected !== found)
    throw new SdkError({ code: "RELEASE_FORGED", release, field, expected, found });
}

/**
 * Reads a registered circuit, the list of circuits with this id, or a circuit with those that prove several inferences at once;
 * reverts where there is none of them.
 *
 * @param weights commitment `W` of the release, whose registration a commit-and-prove circuit comes with; none where absent
 * @param fromBlock the deployment's
 */
export async function fetchCircuit(
  { circuits }: Pick<Contracts, "circuits">,
  id: CircuitId,
  weights = 0n,
  fromBlock = 0,
): Promise<ReleaseCircuit> {
  const fetchOne = (it: string): Promise<SingleCircuit> =>
    fetchSingle({ circuits }, it as CircuitId, weights, fromBlock);
  const segments = await circuits.segmentsOf(id);
  if (segments.length > 0) return joinCircuits(await Promise.all(segments.map(fetchOne)));
  const family = await circuits.batchesOf(id);
  if (family.length === 0) return fetchOne(id);
  const single = await fetchOne(await circuits.singleOf(id));
  const batches = family.map(async ({ count, circuit }) => {
    return { count: Number(count), circuit: await fetchOne(circuit) };
  });
  return withBatches(single, await Promise.all(batches));
}

async function fetchSingle(
  { circuits }: Pick<Contracts, "circuits">,
  id: CircuitId,
  weights: bigint,
  fromBlock: number,
): Promise<SingleCircuit> {
  if ((await circuits.systemOf(id)) !== COMMITTED_SYSTEM)
    return decodeCircuit(await circuits.circuitOf(id));
  const circuit = decodeCommittedCircuit(await circuits.committedCircuitOf(id));
  const filter = circuits.filters.WeightsRegistered(id, weights);
  const [event] = await circuits.queryFilter(filter, fromBlock);
  const registration =
    event === undefined ? null : decodeWeightsRegistration(event.args.registration);
  return { ...circuit, registration };
}

type ReleasePublishedArgs = {
  readonly id: string;
  readonly release: Parameters<typeof decodeRelease>[0];
  readonly uri: string;
};

function describe(args: ReleasePublishedArgs): ReleaseHead | undefined {
  const release = decoded(args);
  if (release === undefined) return undefined;
  const id = args.id as ReleaseId;
  requireSame(id, "description", id, releaseId(release));
  return { id, release, uri: args.uri };
}

/** Undefined where a publisher's text is not UTF-8. */
function decoded({ release }: ReleasePublishedArgs): Release | undefined {
  try {
    return decodeRelease(release);
  } catch {
    return undefined; // decoding only: what fails here is the publisher's text, never the chain
  }
}
