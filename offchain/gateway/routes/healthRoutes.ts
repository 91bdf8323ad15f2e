import type { Registry } from "prom-client";
import { z } from "zod";
import type { Routes } from "./routes.ts";

export type HealthRouteDeps = {
  readonly registry: Registry;
  /** Why nothing can be sold now; `null` where it can. */
  readonly notReady: () => string | null;
};

/** `GET /healthz`, `/readyz` and `/metrics`: outside of rate limits, for whoever runs the gateway. */
export function registerHealthRoutes(
  routes: Routes,
  { registry, notReady }: HealthRouteDeps,
): void {
  const config = { rateLimit: false } as const;
  routes.get(
    "/healthz",
    { config, schema: { response: { 200: z.object({ status: z.literal("ok") }) } } },
    () => ({ status: "ok" as const }),
  );
  const readiness = z.object({ status: z.string() });
  routes.get(
    "/readyz",
    { config, schema: { response: { 200: readiness, 503: readiness } } },
    (_, reply) => {
      const reason = notReady();
      reply.code(reason === null ? 200 : 503);
      return { status: reason ?? "ready" };
    },
  );
  routes.get("/metrics", { config, schema: { hide: true } }, async (_, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}
