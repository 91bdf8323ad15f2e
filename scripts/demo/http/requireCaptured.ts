import type { GatewayClient, Settleable } from "@vouch/sdk/http";

const PATIENCE_MS = 60_000;

/** Waits until a payment is on the chain, and returns the transaction that took it: the chain's word, not the gateway's. */
export async function requireCaptured(gateway: GatewayClient, answer: Settleable): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const settlement = await gateway.settlement(answer, { signal });
  if (settlement.state !== "captured")
    throw new Error(`the payment of ${answer.id} is ${settlement.state}`);
  return settlement.transaction;
}
