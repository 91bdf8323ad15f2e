import type { Contracts, ReleaseId } from "@vouch/protocol";
import { evidenceKindIndex } from "@vouch/protocol";
import { Contract, Interface, ZeroAddress } from "ethers";
import type { PoolFacts } from "./facts.ts";

/** What is read of courts and pools: their whole ABIs would weigh on every browser that loads the SDK. */
const VIEWS = new Interface([
  "function pools() view returns (address)",
  "function arbiter() view returns (address)",
  "function minStake() view returns (uint256)",
  "function poolSizeOf(address client, bytes32 release) view returns (uint256)",
]);

/** Reads who offered themselves for panels over a release; null where the router takes no evidence from a quorum. */
export async function fetchPools(
  { requests, router }: Pick<Contracts, "requests" | "router">,
  release: ReleaseId,
): Promise<PoolFacts | null> {
  const read = async (address: string, name: string, ...args: string[]): Promise<unknown> =>
    new Contract(address, VIEWS, requests.runner).getFunction(name).staticCall(...args);
  const [quorum, disputes] = await Promise.all([
    router.verifierOf(evidenceKindIndex("quorum")),
    requests.disputes(),
  ]);
  if (quorum === ZeroAddress) return null;
  const pools = String(await read(quorum, "pools"));
  const sizeFor = async (client: string): Promise<number> =>
    Number(await read(pools, "poolSizeOf", client, release));
  const [answering, judging, minStake] = await Promise.all([
    sizeFor(await requests.getAddress()),
    read(disputes, "arbiter").then((arbiter) => sizeFor(String(arbiter))),
    read(pools, "minStake"),
  ]);
  return { answering, judging, minStake: BigInt(String(minStake)) };
}
