import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { z } from "zod";
import type { Connection } from "../../../offchain/hardhat/tasks/openChain.ts";

const callSchema = z.object({
  id: z.union([z.number(), z.string(), z.null()]),
  method: z.string(),
  params: z.array(z.unknown()).default([]),
});
const refusalSchema = z.object({ code: z.number(), message: z.string(), data: z.unknown() });

/** A chain of this process, as others reach it. */
export type ServedChain = { readonly url: string; readonly close: () => Promise<void> };

/** Serves a chain of this process by JSON-RPC on a port of this machine: a free one unless told, to no other site's page unless told. */
export async function serveChain(
  provider: Connection["provider"],
  { port: wanted = 0, origin }: { readonly port?: number; readonly origin?: string } = {},
): Promise<ServedChain> {
  async function outcomeOf(call: unknown): Promise<object> {
    const { id, method, params } = callSchema.parse(call);
    const asked: Promise<unknown> = provider.request({ method, params });
    const outcome = await asked.then(
      (result) => ({ result }),
      (error: unknown) => ({ error: refusalOf(error) }),
    );
    return { jsonrpc: "2.0", id, ...outcome };
  }
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (origin !== undefined) {
      response.setHeader("access-control-allow-origin", origin);
      response.setHeader("access-control-allow-headers", "content-type");
    }
    if (request.method === "OPTIONS") {
      response.writeHead(204).end();
      return;
    }
    const asked: unknown = JSON.parse(await text(request));
    const said = Array.isArray(asked)
      ? await Promise.all(asked.map(outcomeOf))
      : await outcomeOf(asked);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(said));
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(400).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(wanted, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a node would have said. */
function refusalOf(error: unknown): z.infer<typeof refusalSchema> {
  const parsed = refusalSchema.safeParse(error);
  if (parsed.success) {
    const { code, message, data } = parsed.data;
    return { code, message, data };
  }
  return { code: -32603, message: String(error), data: undefined };
}
