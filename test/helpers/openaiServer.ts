import { createServer } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** What a server was asked. */
export type OpenaiCall = {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
};

export type OpenaiServer = {
  readonly url: string;
  readonly host: string;
  readonly calls: OpenaiCall[];
  /** Answers whose reader left before their end. */
  readonly left: () => number;
  readonly close: () => Promise<void>;
};

export type OpenaiServerOptions = {
  /** Pieces of the stream; a string is sent as it is, `undefined` waits for ever. */
  readonly pieces: readonly (object | string | undefined)[];
  readonly status?: number;
  /** Connections that are cut before anything is answered. */
  readonly cut?: number;
  /** Whether the stream breaks off after its pieces, instead of ending. */
  readonly breaksOff?: boolean;
};

/** A small server that streams the same answer to everybody, as the API of OpenAI does. */
export async function openaiServer(options: OpenaiServerOptions): Promise<OpenaiServer> {
  const calls: OpenaiCall[] = [];
  let [cuts, left] = [options.cut ?? 0, 0];
  const server = createServer((request, response) => {
    if (cuts > 0) {
      cuts -= 1;
      request.socket.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as OpenaiCall["body"];
      calls.push({ path: request.url ?? "", headers: request.headers, body });
      if (options.status !== undefined) {
        response.writeHead(options.status, { "content-type": "application/json" });
        response.end(JSON.stringify({ error: { message: "not today" } }));
        return;
      }
      response.on("close", () => {
        if (!response.writableFinished) left += 1;
      });
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const piece of options.pieces) {
        if (piece === undefined) return;
        response.write(`data: ${typeof piece === "string" ? piece : JSON.stringify(piece)}\n\n`);
      }
      if (options.breaksOff === true) setImmediate(() => response.destroy());
      else response.end("data: [DONE]\n\n");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    host: `127.0.0.1:${port}`,
    calls,
    left: () => left,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
