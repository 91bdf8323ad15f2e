import type * as transformers from "@huggingface/transformers";
import type { TextFiles } from "@vouch/publisher";

type Library = typeof transformers;

/** The library, loaded once, reading nothing but files that it is handed. */
export type Transformers = {
  readonly library: Library;
  /** Runs a loader that finds the files it is handed, and no others, under the name it is given. */
  readonly withFiles: <T>(files: TextFiles, load: (name: string) => Promise<T>) => Promise<T>;
};

const OWNER = "vouch-release";
const REQUEST = /^.*vouch-release[/\\](\d+)[/\\](?:resolve\/main\/)?(.+)$/;

let opened: Promise<Transformers> | undefined;

/**
 * Loads `@huggingface/transformers`, 300 ms that a worker without language models does not spend, and cuts it off from
 * network and disk: its settings are those of the whole process. Files come from memory, so that what was hashed is what
 * is loaded.
 */
export function openTransformers(): Promise<Transformers> {
  opened ??= open();
  return opened;
}

async function open(): Promise<Transformers> {
  const library = await import("@huggingface/transformers");
  const handed = new Map<string, TextFiles>();
  const { env, LogLevel } = library;
  let count = 0;
  env.logLevel = LogLevel.NONE; // it would write prompts
  env.allowRemoteModels = false;
  env.useFSCache = false;
  env.useCustomCache = true;
  env.customCache = {
    match: (request) => Promise.resolve(responseTo(handed, request)),
    put: () => Promise.reject(new TypeError("nothing is to be cached")),
  };
  return {
    library,
    async withFiles(files, load) {
      const id = String(count++); // the library remembers names
      handed.set(id, files);
      try {
        return await load(`${OWNER}/${id}`);
      } finally {
        handed.delete(id);
      }
    },
  };
}

/** The library asks by a local path, then by the address on the hub: both end in the name and the file's path. */
function responseTo(handed: ReadonlyMap<string, TextFiles>, request: string): Response | undefined {
  const [, id = "", path = ""] = REQUEST.exec(request) ?? [];
  const bytes = handed.get(id)?.get(path.replaceAll("\\", "/"));
  if (bytes === undefined) return undefined;
  const headers = { "content-length": String(bytes.byteLength) };
  return new Response(new Uint8Array(bytes), { headers });
}
