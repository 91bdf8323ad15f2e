import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { messageOf } from "../messageOf.ts";
import type { Metrics, Observed } from "./metrics.ts";

/** What is asked of a worker before it answers for itself. */
export type StatusDeps = {
  readonly metrics: Metrics;
  readonly observe: () => Promise<Observed>;
  /** Why it cannot serve, or undefined where it can. */
  readonly unready: (facts: Observed) => string | undefined;
  readonly log: Logger;
};

/** A server that is listening. */
export type StatusServer = { readonly url: string; readonly close: () => Promise<void> };

type Answer = { readonly status: number; readonly type: string; readonly body: string };

/** No request of these pages has a body; one that takes longer to arrive is not waited for. */
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Serves `/healthz` (the process runs), `/readyz` (it can serve; else 503 with the reason), `/status` (JSON, what
 * `vouch-worker status` shows) and `/metrics` (Prometheus).
 */
export async function serveStatus(
  { host, port }: { readonly host: string; readonly port: number },
  deps: StatusDeps,
): Promise<StatusServer> {
  const server = createServer((request, response) => {
    void answer(request.method ?? "", request.url ?? "", deps).then(({ status, type, body }) => {
      response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
    });
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  await new Promise<void>((listening, failed) => {
    server.once("error", failed).listen(port, host, listening);
  });
  const { port: bound } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return { url: `http://${host}:${bound}`, close: () => closed(server) };
}

async function answer(method: string, url: string, deps: StatusDeps): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") return text(405, "only GET");
  const path = url.split("?")[0];
  try {
    switch (path) {
      case "/healthz":
        return text(200, "ok");
      case "/readyz": {
        const reason = deps.unready(await deps.observe());
        return reason === undefined ? text(200, "ready") : text(503, reason);
      }
      case "/status":
        return json(await deps.observe());
      case "/metrics": {
        deps.metrics.observe(await deps.observe());
        const { registry } = deps.metrics;
        return { status: 200, type: registry.contentType, body: await registry.metrics() };
      }
      default:
        return text(404, "there are /healthz, /readyz, /status and /metrics");
    }
  } catch (error) {
    deps.log.warn({ path, error: messageOf(error) }, "status not known");
    return text(503, messageOf(error));
  }
}

function text(status: number, body: string): Answer {
  return { status, type: "text/plain; charset=utf-8", body: `${body}\n` };
}

function json(facts: Observed): Answer {
  const body = JSON.stringify(facts, (_, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
  return { status: 200, type: "application/json", body };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done, failed) => {
    server.close((error) => {
      if (error === undefined) done();
      else failed(error);
    });
  });
}
