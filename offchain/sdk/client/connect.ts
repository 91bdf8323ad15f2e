import { connectContracts, parseRequestId } from "@vouch/protocol";
import { fetchReleases } from "../fetchRelease.ts";
import { adviseAsk } from "./adviseAsk.ts";
import { openAccess } from "./chainAccess.ts";
import type { VouchClient } from "./client.ts";
import { estimateAsk } from "./estimateAsk.ts";
import { inferAnswer } from "./inferAnswer.ts";
import type { ConnectOptions } from "./options.ts";
import { publishBundle } from "./publishBundle.ts";
import { openReadChain } from "./readChain.ts";
import { receiptsOf } from "./receipts.ts";
import { refundRequest } from "./refundRequest.ts";
import { chooseDeployment, requireDeployed } from "./requireDeployment.ts";
import { resolveRelease } from "./resolveRelease.ts";
import { openSendOnce } from "./sendOnce.ts";
import { sendRequest } from "./sendRequest.ts";
import type { Session } from "./session.ts";
import { watchRequest } from "./watchRequest.ts";

/**
 * Connects to the contracts of a chain. Nothing is asked of a wallet's user until something has to be signed.
 *
 * @example
 * import { readFile } from "node:fs/promises";
 * import { connect } from "@vouch/sdk";
 * import { JsonRpcProvider } from "ethers";
 *
 * const provider = await new JsonRpcProvider("http://127.0.0.1:8545").getSigner();
 * const deployment: unknown = JSON.parse(await readFile("deployments/31337.json", "utf8"));
 * const vouch = await connect({ provider, deployment });
 *
 * @throws {SdkError} `CHAIN_MISMATCH`, `NOT_DEPLOYED`, `MOCK_DEPLOYED`, `DEPLOYMENT_MISMATCH`, `PROVIDER_INVALID`, `RPC_UNAVAILABLE`, `ABORTED`;
 * {ProtocolError} `DEPLOYMENT_MALFORMED`.
 */
export async function connect(options: ConnectOptions): Promise<VouchClient> {
  const { signal, pollIntervalMs = 1_000 } = options;
  const access = openAccess(options.provider);
  const chainId = await openReadChain(options.retry)(
    "reading the chain's id",
    access.chainId,
    signal,
  );
  const deployment = chooseDeployment(options.deployment, chainId);
  const read = openReadChain(options.retry, { access, expected: chainId });
  const contracts = connectContracts(deployment, access.runner);
  await read(
    "looking for the contracts",
    () => requireDeployed(deployment, contracts, access.reader),
    signal,
  );
  return clientOf({
    access,
    deployment,
    domain: { chainId, router: deployment.evidenceRouter },
    contracts,
    read,
    sendOnce: openSendOnce(access, read, { chainId, pollIntervalMs }),
    pollIntervalMs,
    known: new Map(),
  });
}

function clientOf(session: Session): VouchClient {
  const { access, contracts, deployment, domain, read } = session;
  return {
    deployment,
    domain,
    contracts,
    account: access.account,
    infer: (ask, options) => inferAnswer(session, ask, options),
    request: (ask, options) => sendRequest(session, ask, options),
    watch: (id, options) => watchRequest(session, parseRequestId(id), options),
    refund: (id, options) => refundRequest(session, parseRequestId(id), options),
    receipt: receiptsOf(session),
    estimate: (ask, options) => estimateAsk(session, ask, options),
    advise: (question, options) => adviseAsk(session, question, options),
    release: (ref, { signal } = {}) => resolveRelease(session, ref, signal),
    releases: ({ signal } = {}) =>
      read("reading the releases", () => fetchReleases(contracts, deployment.fromBlock), signal),
    publish: (bundle, options) => publishBundle(session, bundle, options),
  };
}
