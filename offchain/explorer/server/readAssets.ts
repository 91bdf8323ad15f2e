import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { ServerError } from "./errors.ts";

/** A file of the page in every form that it is handed out in. */
export type Asset = {
  readonly type: string;
  readonly etag: string;
  /** Whether its name tells its content, so that it is never asked for twice. */
  readonly isHashed: boolean;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzip?: Uint8Array<ArrayBuffer>;
  readonly br?: Uint8Array<ArrayBuffer>;
};

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};
const COMPRESSIBLE = new Set([".html", ".js", ".css", ".json", ".svg", ".wasm"]);
/** Below this a compressed form saves no packet. */
const LEAST_BYTES = 1_000;
/** The last steps of brotli's scale take ten times as long for a twentieth. */
const BROTLI_QUALITY = 9;

const compressGzip = promisify(gzip);
const compressBrotli = promisify(brotliCompress);

/**
 * Reads the built page into memory, by address: an address that is no file's name leads nowhere, however it is spelt.
 *
 * @throws {ServerError} `PAGE_NOT_BUILT`.
 */
export async function readAssets(folder: string): Promise<ReadonlyMap<string, Asset>> {
  if (!existsSync(join(folder, "index.html")))
    throw new ServerError({ code: "PAGE_NOT_BUILT", folder });
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(
      files.map(async (entry): Promise<readonly [string, Asset]> => {
        const path = join(entry.parentPath, entry.name);
        const address = `/${relative(folder, path).split(sep).join("/")}`;
        return [address, await readAsset(path, address)];
      }),
    ),
  );
}

async function readAsset(path: string, address: string): Promise<Asset> {
  const plain = new Uint8Array(await readFile(path));
  const extension = extname(path);
  const asset: Asset = {
    type: TYPES[extension] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(plain).digest("base64url").slice(0, 27)}"`,
    isHashed: address.startsWith("/assets/"),
    plain,
  };
  if (!COMPRESSIBLE.has(extension) || plain.byteLength < LEAST_BYTES) return asset;
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
  const [small, br] = await Promise.all([
    compressGzip(plain, { level: constants.Z_BEST_COMPRESSION }),
    compressBrotli(plain, { params }),
  ]);
  return { ...asset, gzip: new Uint8Array(small), br: new Uint8Array(br) };
}
