import * as z from "zod";
import { readSettings } from "./settings.ts";

/** `decimals()` of AggregatorV3, which every feed speaks. */
const DECIMALS_SELECTOR = "0x313ce567";

const answerSchema = z.object({
  result: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/i)
    .transform(Number)
    .pipe(z.number().int().max(255)),
});

/** Asks the chain how many decimals a feed's answers have; the index does not know. */
export async function readFeedDecimals(feed: string, signal?: AbortSignal): Promise<number> {
  const { rpc } = await readSettings();
  const response = await fetch(rpc, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      ...{ jsonrpc: "2.0", id: 1, method: "eth_call" },
      params: [{ to: feed, data: DECIMALS_SELECTOR }, "latest"],
    }),
    ...(signal === undefined ? {} : { signal }),
  });
  return answerSchema.parse(await response.json()).result;
}
