import type { VouchClient } from "@vouch/sdk";
import { connect } from "@vouch/sdk";
import { JsonRpcProvider } from "ethers";
import { readSettings } from "../data/settings.ts";

let open: Promise<VouchClient> | undefined;

/** Returns a client that reads the page's own chain. It brings the SDK with it: import it lazily. */
export function openVouch(): Promise<VouchClient> {
  open ??= readSettings().then(({ rpc, deployment }) =>
    connect({
      provider: new JsonRpcProvider(rpc, Number(deployment.chainId), { staticNetwork: true }),
      deployment,
    }),
  );
  open.catch(() => (open = undefined)); // tried again the next time
  return open;
}
