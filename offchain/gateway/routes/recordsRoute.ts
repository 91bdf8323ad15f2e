import { z } from "zod";
import { GatewayError } from "../errors.ts";
import { parseContentId } from "../records/contentId.ts";
import type { RecordStore } from "../records/recordStore.ts";
import { errorResponses } from "./errorResponses.ts";
import type { Routes } from "./routes.ts";

/** `GET /v1/records/:cid`: a record, or a batch's list of them, as the bytes that its address is of. */
export function registerRecordsRoute(routes: Routes, records: RecordStore): void {
  routes.get(
    "/v1/records/:cid",
    {
      schema: {
        description: "Returns a public record by its content address: CIDv1, sha2-256",
        params: z.object({ cid: z.string().max(128) }),
        response: { 200: z.looseObject({ format: z.string() }), ...errorResponses },
      },
      // The bytes are what was hashed: no serializer may touch them.
      serializerCompiler: () => (data) => (typeof data === "string" ? data : JSON.stringify(data)),
    },
    async ({ params }, reply) => {
      const cid = parseContentId(params.cid);
      const bytes = await records.get(cid);
      if (bytes === undefined) throw new GatewayError({ code: "RECORD_UNKNOWN", cid });
      return reply
        .type("application/json; charset=utf-8")
        .header("cache-control", "public, max-age=31536000, immutable")
        .header("etag", `"${cid}"`)
        .send(new TextDecoder().decode(bytes) as never);
    },
  );
}
