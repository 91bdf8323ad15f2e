import { LRUCache } from "lru-cache";
import type { ReleaseId } from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import { ExecutionError } from "../errors.ts";
import type { LoadOptions, TextModel } from "./loadTextModel.ts";
import { loadTextModel } from "./loadTextModel.ts";

/** Models in memory, within a budget of bytes; the least recently used go first. */
export type ModelCache = {
  /**
   * Returns a model that nobody else runs until `done` is called; loads it where it is not there.
   *
   * @throws {ExecutionError} `TEXT_MODEL_TOO_LARGE`, `GENERATION_ABORTED`, and what `loadTextModel` throws.
   */
  readonly take: (release: TextRelease, signal: AbortSignal | undefined) => Promise<TakenModel>;
  /** Frees every model, each once what runs in it is over. */
  readonly close: () => Promise<void>;
};

/** A model, and what hands it back. */
export type TakenModel = { readonly model: TextModel; readonly done: () => void };

export function createModelCache({
  cacheBytes,
  ...options
}: LoadOptions & { readonly cacheBytes: number }): ModelCache {
  const closing = new Set<Promise<void>>();
  const models = new LRUCache<ReleaseId, Promise<TextModel>>({
    maxSize: cacheBytes,
    dispose(loading) {
      const closed = loading
        .then(
          (model) => model.close(),
          () => undefined, // whoever asked for it was told
        )
        .finally(() => closing.delete(closed));
      closing.add(closed);
    },
  });

  const load = (release: TextRelease): Promise<TextModel> => {
    const there = models.get(release.id);
    if (there !== undefined) return there;
    const size = bytesOf(release, cacheBytes);
    const loading = loadTextModel(release, options);
    models.set(release.id, loading, { size });
    loading.catch(() => {
      if (models.peek(release.id) === loading) models.delete(release.id); // its files may be mended
    });
    return loading;
  };
  return {
    async take(release, signal) {
      for (;;) {
        const model = await load(release);
        const done = await model.lock.acquire(signal).catch((cause: unknown) => {
          throw new ExecutionError({ code: "GENERATION_ABORTED", release: release.id }, { cause });
        });
        if (!model.isClosed()) return { model, done };
        done(); // it was put out while this one waited
      }
    },
    async close() {
      models.clear();
      await Promise.all(closing);
    },
  };
}

function bytesOf({ manifest: { source } }: TextRelease, limit: number): number {
  const files = source.kind === "files" ? [...source.model, ...source.tokenizer] : [];
  const bytes = files.reduce((sum, it) => sum + it.bytes, 0);
  if (bytes > limit) throw new ExecutionError({ code: "TEXT_MODEL_TOO_LARGE", bytes, limit });
  return Math.max(1, bytes);
}
