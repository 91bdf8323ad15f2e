import type { Deployment, Hex } from "@vouch/protocol";
import { connectContracts, connectCourts } from "@vouch/protocol";
import { JsonRpcProvider } from "ethers";
import { IndexerError } from "./errors.ts";
import type { Settings } from "./settings.ts";

/** Where those contracts are that a deployment's record does not name. */
export type Judges = { readonly disputes: Hex; readonly quorum: Hex | undefined };

/**
 * Asks the chain which contracts decide disputes, and whether it is the chain that the deployment is on.
 *
 * @throws {IndexerError} `CHAIN_UNREACHABLE`, `CHAIN_ID_WRONG`, `CHAIN_FOREIGN`.
 */
export async function findJudges({
  deployment,
  rpc,
}: Pick<Settings, "deployment" | "rpc">): Promise<Judges> {
  // The network is given: without, ethers waits for an endpoint that is not there for ever.
  const provider = new JsonRpcProvider(rpc, Number(deployment.chainId), { staticNetwork: true });
  try {
    await requireChain(provider, deployment);
    const { disputes, panels } = await connectCourts(connectContracts(deployment, provider));
    const [judge, quorum] = await Promise.all([disputes.getAddress(), panels?.quorum.getAddress()]);
    return { disputes: lower(judge), quorum: quorum === undefined ? undefined : lower(quorum) };
  } catch (cause) {
    if (cause instanceof IndexerError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new IndexerError({ code: "CHAIN_UNREACHABLE", reason }, { cause });
  } finally {
    provider.destroy();
  }
}

async function requireChain(provider: JsonRpcProvider, deployment: Deployment): Promise<void> {
  const { chainId, fromBlock, anchor } = deployment;
  const found = BigInt((await provider.send("eth_chainId", [])) as string).toString();
  if (found !== chainId)
    throw new IndexerError({ code: "CHAIN_ID_WRONG", expected: chainId, found });
  const block = await provider.getBlock(fromBlock);
  if (block?.hash !== anchor)
    throw new IndexerError({ code: "CHAIN_FOREIGN", block: fromBlock, expected: anchor });
}

function lower(address: string): Hex {
  return address.toLowerCase() as Hex;
}
