import type { EndpointsProvider } from "@vouch/chain";
import type { PublicClient } from "viem";
import { RpcRequestError, createPublicClient, custom, defineChain } from "viem";

type Call = { readonly method: string; readonly params?: readonly unknown[] };

/** Returns viem's reader of the chain over an operator's endpoints, with their failover. */
export function createChainClient(
  provider: Pick<EndpointsProvider, "_send">,
  chainId: bigint,
  pollMs: number,
): PublicClient {
  const chain = defineChain({
    id: Number(chainId),
    name: `eip155:${chainId}`,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [] } }, // asked through the transport alone
  });
  let id = 0;
  const request = async ({ method, params = [] }: Call): Promise<unknown> => {
    const body = { id: ++id, jsonrpc: "2.0" as const, method, params: [...params] };
    const [answer] = await provider._send(body);
    if (answer === undefined) throw new TypeError("endpoints answer each call");
    if (!("error" in answer)) return answer.result as unknown;
    // As the node has it: viem reads a revert's data from there.
    const { code, message = "" } = answer.error;
    const error = { code, message, data: answer.error.data as unknown };
    throw new RpcRequestError({ body, error, url: "the operator's endpoints" });
  };
  // The endpoints try again by themselves.
  const transport = custom({ request }, { retryCount: 0 });
  return createPublicClient({ chain, transport, pollingInterval: pollMs });
}
