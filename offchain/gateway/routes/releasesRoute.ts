import { releaseCircuitToJson, releaseToJson } from "@vouch/protocol";
import { z } from "zod";
import type { Catalog } from "../catalog.ts";
import { GatewayError } from "../errors.ts";
import { errorResponses } from "./errorResponses.ts";
import type { Routes } from "./routes.ts";

const document = z.record(z.string(), z.unknown());

/**
 * `GET /v1/releases/:id`: a release and its circuit, whole. Nobody has to believe them: the release hashes to its id, and the
 * circuit to what the release says.
 */
export function registerReleasesRoute(
  routes: Routes,
  { catalog }: { readonly catalog: Catalog },
): void {
  routes.get(
    "/v1/releases/:id",
    {
      schema: {
        description: "Returns the description of a release, from which its id follows",
        params: z.object({ id: z.string() }),
        response: {
          200: z.object({ id: z.string(), release: document, circuit: document.nullable() }),
          ...errorResponses,
        },
      },
    },
    ({ params: { id: model } }) => {
      const offer = catalog.find(model);
      if (offer === undefined) throw new GatewayError({ code: "RELEASE_UNKNOWN", model });
      const { id, release, circuit } = offer;
      return {
        id,
        release: { ...releaseToJson(release) },
        circuit: circuit === null ? null : { ...releaseCircuitToJson(circuit) },
      };
    },
  );
}
