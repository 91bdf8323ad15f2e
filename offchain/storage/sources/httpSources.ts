import { MAX_BLOCK_BYTES } from "../blocks.ts";
import type { ContentId } from "../contentId.ts";
import { StorageError } from "../errors.ts";
import type { Asking } from "./readResponse.ts";
import { SILENCE_MS, readResponse } from "./readResponse.ts";
import type { BlockSink, BlockSource } from "./source.ts";
import { SourceRefusal } from "./source.ts";

export type HttpOptions = {
  /** How long it may be silent. */
  readonly silenceMs?: number;
};

/**
 * A gateway of IPFS that serves single blocks (https://specs.ipfs.tech/http-gateways/trustless-gateway/).
 *
 * @throws {StorageError} `SOURCE_INVALID`.
 */
export function gatewaySource(url: string, options: HttpOptions = {}): BlockSource {
  const base = baseOf(url);
  const headers = { accept: "application/vnd.ipld.raw" };
  return sourceOf(base, options, (id) => {
    const at = below(base, `ipfs/${id}`);
    at.searchParams.set("format", "raw");
    return [at, { headers, redirect: "follow" }];
  });
}

/**
 * A server of files, or a bucket that anybody may read, with each block at `blocks/<id>`.
 *
 * @throws {StorageError} `SOURCE_INVALID`.
 */
export function mirrorSource(url: string, options: HttpOptions = {}): BlockSource {
  const base = baseOf(url);
  return sourceOf(base, options, (id) => [below(base, `blocks/${id}`), { redirect: "follow" }]);
}

/**
 * A Kubo node by its RPC, which is its owner's alone: blocks are read, written and pinned
 * (https://docs.ipfs.tech/reference/kubo/rpc/).
 *
 * @throws {StorageError} `SOURCE_INVALID`.
 */
export function kuboNode(
  url: string,
  options: HttpOptions = {},
): BlockSource &
  BlockSink & { readonly pin: (root: ContentId, signal?: AbortSignal) => Promise<void> } {
  const base = baseOf(url);
  const { silenceMs = SILENCE_MS } = options;
  const command = (path: string, query: Readonly<Record<string, string>>): URL => {
    const at = below(base, `api/v0/${path}`);
    for (const [name, value] of Object.entries(query)) at.searchParams.set(name, value);
    return at;
  };
  const tell = async (at: URL, body: FormData | null, signal?: AbortSignal): Promise<void> => {
    try {
      await readResponse(
        at,
        { method: "POST", body, redirect: "error" },
        {
          ...{ limit: MAX_BLOCK_BYTES, silenceMs, signal },
        },
      );
    } catch (cause) {
      if (!(cause instanceof SourceRefusal)) throw cause;
      throw new StorageError(
        { code: "SINK_FAILED", sink: base.host, reason: cause.reason },
        { cause },
      );
    }
  };
  return {
    ...sourceOf(base, options, (id) => [
      command("block/get", { arg: id }),
      { method: "POST", redirect: "error" },
    ]),
    put(id, bytes, signal) {
      const form = new FormData();
      form.set("data", new Blob([Uint8Array.from(bytes)]), id);
      const format = { "cid-codec": isRaw(id) ? "raw" : "dag-pb", mhtype: "sha2-256" };
      return tell(command("block/put", format), form, signal);
    },
    pin: (root, signal) => tell(command("pin/add", { arg: root, recursive: "true" }), null, signal),
  };
}

/** Ids of leaves begin so, in base32. */
function isRaw(id: ContentId): boolean {
  return id.startsWith("bafk");
}

function sourceOf(
  base: URL,
  { silenceMs = SILENCE_MS }: HttpOptions,
  requestOf: (id: ContentId) => readonly [URL, Asking],
): BlockSource {
  return {
    name: base.host,
    get(id, signal) {
      const [url, init] = requestOf(id);
      return readResponse(url, init, { limit: MAX_BLOCK_BYTES, silenceMs, signal });
    },
  };
}

function baseOf(url: string): URL {
  const refuse = (reason: string): never => {
    throw new StorageError({ code: "SOURCE_INVALID", reason }); // without the address: it may have a password
  };
  if (!URL.canParse(url)) return refuse("its address cannot be read");
  const base = new URL(url);
  if (!["http:", "https:"].includes(base.protocol))
    return refuse("its address is not http or https");
  if (base.username !== "" || base.password !== "")
    return refuse("its address has a password in it");
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base;
}

function below(base: URL, path: string): URL {
  return new URL(path, base);
}
