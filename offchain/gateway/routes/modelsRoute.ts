import { describePolicy, policyToJson } from "@vouch/protocol";
import { z } from "zod";
import type { Catalog, Offer } from "../catalog.ts";
import { selectPrices } from "../catalog.ts";
import { GatewayError } from "../errors.ts";
import { errorResponses } from "./errorResponses.ts";
import type { Routes } from "./routes.ts";

const modelSchema = z.object({
  id: z.string(),
  object: z.literal("model"),
  created: z.number(),
  owned_by: z.string(),
  vouch: z.object({
    release: z.string(),
    kind: z.enum(["tensor", "text"]),
    parameters: z.array(z.string()),
    prices: z.array(
      z.object({
        policy: z.string(),
        policyHash: z.string(),
        demands: z.string(),
        /** The policy itself, as receipts have it: what whoever buys has to name. */
        terms: z.looseObject({}),
        amount: z.string(),
      }),
    ),
  }),
});

/** `GET /v1/models`, as OpenAI's clients read it; what a release costs by policy is in `vouch`. */
export function registerModelsRoute(
  routes: Routes,
  { catalog }: { readonly catalog: Catalog },
): void {
  routes.get(
    "/v1/models",
    {
      schema: {
        description: "Lists the releases that are served, and their prices",
        response: { 200: z.object({ object: z.literal("list"), data: z.array(modelSchema) }) },
      },
    },
    () => ({ object: "list" as const, data: catalog.list().map(modelOf) }),
  );
  routes.get(
    "/v1/models/:model",
    {
      schema: {
        description: "Returns one release, by name or id",
        params: z.object({ model: z.string() }),
        response: { 200: modelSchema, ...errorResponses },
      },
    },
    ({ params: { model } }) => {
      const offer = catalog.find(model);
      if (offer === undefined) throw new GatewayError({ code: "RELEASE_UNKNOWN", model });
      return modelOf(offer);
    },
  );
}

function modelOf(offer: Offer): z.infer<typeof modelSchema> {
  return {
    id: offer.name,
    object: "model",
    created: offer.created,
    owned_by: offer.release.publisher,
    vouch: {
      release: offer.id,
      kind: offer.text === null ? "tensor" : "text",
      parameters: [...(offer.text?.parameters ?? [])],
      prices: selectPrices(offer, undefined).map(({ name, policy, policyHash, amount }) => ({
        policy: name,
        policyHash,
        demands: describePolicy(policy),
        terms: { ...policyToJson(policy) },
        amount: amount.toString(),
      })),
    },
  };
}
