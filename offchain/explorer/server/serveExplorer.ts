import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { ExplorerDeps } from "./createExplorerApp.ts";
import { createExplorerApp } from "./createExplorerApp.ts";
import { ServerError } from "./errors.ts";
import { parseExplorerSettings } from "./explorerSettings.ts";
import { readAssets } from "./readAssets.ts";

/** How the page is served. */
export type ServeExplorerOptions = Pick<ExplorerDeps, "indexer" | "manifestOf" | "estimateOf"> & {
  /** The built page. */
  readonly folder: string;
  readonly settings: unknown;
  /** 127.0.0.1 where absent. */
  readonly host?: string;
  /** 0 takes any that is free. */
  readonly port: number;
};

/** The page's server: where it is, and its end. */
export type ExplorerServer = { readonly url: string; readonly ended: Promise<void> };

/**
 * Serves the page until the signal fires.
 *
 * @throws {ServerError} `SETTING_INVALID`, `PAGE_NOT_BUILT`, `PORT_TAKEN`.
 */
export async function serveExplorer(
  options: ServeExplorerOptions,
  signal: AbortSignal,
): Promise<ExplorerServer> {
  const { folder, indexer, manifestOf, estimateOf, host = "127.0.0.1", port } = options;
  const settings = parseExplorerSettings(options.settings);
  const app = createExplorerApp({
    ...{ settings, indexer, manifestOf, estimateOf, assets: await readAssets(folder) },
  });
  // Its own form of a response loses the headers of one that answers HEAD.
  const own = { overrideGlobalObjects: false };
  const server = createAdaptorServer({ fetch: app.fetch, ...own }) as Server; // no HTTP/2 was asked for
  await listen(server, host, port);
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
  const bound = server.address() as AddressInfo; // it listens on a port
  const name = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  return { url: `http://${name}:${bound.port}`, ended };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === "EADDRINUSE";
      reject(isTaken ? new ServerError({ code: "PORT_TAKEN", port }, { cause }) : cause);
    });
    server.listen(port, host, resolve);
  });
}
