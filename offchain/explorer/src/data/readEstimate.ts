import type { Hex } from "@vouch/protocol";
import * as z from "zod";
import type { LayerEstimate } from "../release/modelPicture.ts";

const count = z.number().nonnegative();
/** Of `vouch.estimate/1` (`npx hardhat model:estimate --json`) what the picture shows. */
const estimateSchema = z.object({
  format: z.literal("vouch.estimate/1"),
  price: z.object({
    layers: z.array(z.object({ name: z.string(), op: z.string(), private: count, public: count })),
    bindings: z.array(z.object({ name: z.string(), private: count, public: count })),
    graph: z.object({
      nodes: z.array(z.object({ id: z.string(), kind: z.string() })),
      edges: z.array(z.tuple([z.string(), z.string()])),
    }),
  }),
});

/** Returns what the server's compiler counted of a manifest's model, which nothing vouches for; null where it did not. */
export async function readEstimate(
  manifest: Hex,
  signal?: AbortSignal,
): Promise<LayerEstimate | null> {
  const response = await fetch(`/estimate/${manifest}`, signal === undefined ? {} : { signal });
  if (!response.ok) return null;
  const parsed = estimateSchema.safeParse(await response.json().catch(() => null));
  return parsed.success ? parsed.data.price : null;
}
