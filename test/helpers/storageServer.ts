/** Test only: a server of blocks that does as it is told, on this machine. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { ContentId } from "@vouch/storage";

export type BlockServer = {
  readonly url: string;
  readonly host: string;
  /** Paths that were asked for, with their queries. */
  readonly asked: string[];
  readonly close: () => Promise<void>;
};

/** What a server does with a block that it has; `undefined` where it has none. */
export type Conduct = (bytes: Uint8Array, response: ServerResponse) => void;

/** Kilobytes that unpack to 16 MiB. */
const BOMB = gzipSync(Buffer.alloc(16 << 20));

export const CONDUCT: Readonly<Record<string, Conduct>> = {
  honest: (bytes, response) => response.end(bytes),
  lying: (bytes, response) => {
    const other = Uint8Array.from(bytes);
    other[0] = (other[0] ?? 0) ^ 1;
    response.end(other);
  },
  empty: (_, response) => response.end(),
  truncating: (bytes, response) => {
    response.writeHead(200, { "content-length": bytes.length + 1 });
    response.write(bytes, () => response.destroy());
  },
  stalling: (bytes, response) => {
    response.writeHead(200, { "content-length": bytes.length });
    response.write(bytes.subarray(0, 1));
  },
  silent: () => undefined,
  endless: (_, response) => {
    const more = (): void => {
      if (!response.destroyed) response.write(Buffer.alloc(1 << 16), () => setImmediate(more));
    };
    more();
  },
  bombing: (_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.end(BOMB);
  },
  failing: (_, response) => response.writeHead(500).end(),
};

/** Serves blocks at any path that ends with their id: as a mirror, or as a gateway. */
export async function serveBlocks(
  blocks: ReadonlyMap<ContentId, Uint8Array>,
  conduct: Conduct,
): Promise<BlockServer> {
  const asked: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    asked.push(request.url ?? "");
    const path = new URL(request.url ?? "", "http://server").pathname;
    const bytes = blocks.get((path.split("/").at(-1) ?? "") as ContentId);
    if (bytes === undefined) response.writeHead(404).end();
    else conduct(bytes, response);
  };
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => {
          done();
        });
      }),
  };
}
