import type { StepLog } from "../demo/steps.ts";
import type { Stack } from "./startStack.ts";

/** Says what is where, and what is worth a look. */
export function printStack(log: Pick<StepLog, "heading" | "note">, stack: Stack): void {
  const { url, rpc, gateway, indexer, deployment, token, receipts, history, catalog } = stack;
  log.heading("What is where");
  for (const [what, where] of [
    ["page", url],
    ["chain", `${rpc} (id ${deployment.chainId})`],
    ["gateway", `${gateway}, paid in ${token}`],
    ["indexer", `${indexer}/graphql, ${indexer}/status`],
    ["requests", deployment.inferenceRequests],
    ["router", deployment.evidenceRouter],
    ["stake", deployment.stakeVault],
    ["receipts", `${receipts}: drop one on ${url}/verify`],
  ] as const)
    log.note(`${what.padEnd(10)}${where}`);

  log.heading("Worth a look");
  for (const [policy, id] of history.requests) log.note(`${policy.padEnd(26)}${url}/request/${id}`);
  for (const [what, path] of [
    ["overturned, slashed", `request/${history.overturned}`],
    ["refunded", `request/${history.refunded}`],
    ["taken, never answered", `request/${history.missed}`],
    ["a release with changes", `release/${catalog.network.id}`],
    ["a feed", `feed/${history.feed}`],
  ] as const)
    log.note(`${what.padEnd(26)}${url}/${path}`);
}
