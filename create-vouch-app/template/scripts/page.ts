// Serves the page with a chain of its own behind it, until Ctrl-C.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { network } from "hardhat";

const PORT = Number(process.env["PORT"] ?? "5173");

const connection = await network.create();
const local = await connection.vouch.local();
const release = await local.publish("models/vol-eth-mlp");
const { outputFiles } = await build({
  entryPoints: ["page/main.ts"],
  bundle: true,
  format: "esm",
  platform: "browser",
  minify: true,
  write: false,
});
const { samples, id } = release;
const facts = JSON.stringify({ deployment: local.deployment, release: id, samples });
const files = {
  "/": { type: "text/html; charset=utf-8", body: await readFile("page/index.html") },
  "/main.js": { type: "text/javascript", body: outputFiles[0]?.contents ?? "" },
  "/facts.json": { type: "application/json", body: facts },
} as const;

/** Answers what a wallet or ethers asks of the chain; a batch is a list of such. */
async function answer({ id, method, params = [] }: RpcRequest): Promise<object> {
  try {
    const result: unknown = await connection.provider.request({ method, params });
    return { jsonrpc: "2.0", id, result };
  } catch (error) {
    const { code = -32603, message, data } = error as RpcFailure;
    return { jsonrpc: "2.0", id, error: { code, message, data } };
  }
}
type RpcRequest = { readonly id: number; readonly method: string; readonly params?: unknown[] };
type RpcFailure = { readonly code?: number; readonly message: string; readonly data?: unknown };

const server = createServer((request, response) => {
  const { url = "/", method } = request;
  // Only this page asks: another site's may neither read here nor send what a browser does not ask leave for.
  const json = request.headers["content-type"] === "application/json";
  if (url === "/rpc" && method === "POST" && json) {
    void text(request)
      .then((body) => {
        const asked = JSON.parse(body) as RpcRequest | RpcRequest[];
        return Array.isArray(asked) ? Promise.all(asked.map(answer)) : answer(asked);
      })
      .then(
        (it) =>
          response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(it)),
        () => response.writeHead(400).end(),
      );
    return;
  }
  const file = files[url as keyof typeof files] as (typeof files)[keyof typeof files] | undefined;
  if (file === undefined) response.writeHead(404).end();
  else response.writeHead(200, { "content-type": file.type }).end(file.body);
});
server.listen(PORT, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(`The page is at http://127.0.0.1:${port}/ (Ctrl-C ends it)`);
});
await new Promise((resolve) => {
  process.once("SIGINT", resolve).once("SIGTERM", resolve);
});
server.close();
server.closeAllConnections();
await connection.close();
