import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readEntry } from "./tarEntry.ts";

/** A registry on this machine, until it is closed. */
export type Registry = { readonly url: string; readonly close: () => Promise<void> };

type Tarball = {
  readonly file: string;
  readonly bytes: Buffer;
  readonly manifest: { readonly name: string; readonly version: string };
};

/**
 * Serves the tarballs of a folder as npm's registry does, on the loopback, and sends every other request on to `upstream`: what
 * nobody has published can be installed as if it were.
 */
export async function serveRegistry(folder: string, upstream: string): Promise<Registry> {
  const tarballs = readdirSync(folder)
    .filter((file) => file.endsWith(".tgz"))
    .map((file) => readTarball(folder, file));
  const server = createServer(({ url = "/" }, response) => {
    const path = decodeURIComponent(url).slice(1);
    const own = `http://${address(server.address() as AddressInfo)}`;
    const file = tarballs.find((it) => path === `-/${it.file}`);
    const named = tarballs.find((it) => path === it.manifest.name);
    if (file !== undefined) {
      response.writeHead(200, { "content-type": "application/octet-stream" }).end(file.bytes);
    } else if (named !== undefined) {
      sendJson(response, packumentOf(named, own));
    } else {
      response.writeHead(302, { location: new URL(url.slice(1), upstream).href }).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://${address(server.address() as AddressInfo)}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function readTarball(folder: string, file: string): Tarball {
  const bytes = readFileSync(join(folder, file));
  const text = readEntry(gunzipSync(bytes), "package/package.json").toString();
  return { file, bytes, manifest: JSON.parse(text) as Tarball["manifest"] };
}

function packumentOf({ manifest, file, bytes }: Tarball, registry: string): object {
  const { name, version } = manifest;
  const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  const dist = { tarball: `${registry}/-/${file}`, integrity };
  return { name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } };
}

function sendJson(response: ServerResponse, value: object): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function address({ address: host, port }: AddressInfo): string {
  return `${host}:${port}`;
}
