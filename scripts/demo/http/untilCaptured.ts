import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";

const foundSchema = z.object({
  receipt: z.unknown(),
  payment: z.object({ state: z.string(), transaction: z.string().nullable() }),
});

/** What a gateway says of a request that was paid. */
export type Found = z.infer<typeof foundSchema>;

const PATIENCE_MS = 60_000;
const POLL_MS = 200;

/** Asks for a receipt until its payment is on the chain. */
export async function untilCaptured(url: string, request: string): Promise<Found> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const response = await fetch(`${url}/v1/receipts/${request}`);
    const found = foundSchema.parse(await response.json());
    if (found.payment.state === "captured") return found;
    if (performance.now() > end)
      throw new Error(`the payment of ${request} is still ${found.payment.state}`);
    await delay(POLL_MS);
  }
}
