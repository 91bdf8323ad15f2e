import { LRUCache } from "lru-cache";
import type { ReleaseId } from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import type { Attempt } from "../attempt.ts";
import { ExecutionError } from "../errors.ts";
import type { LoadOptions, TextModel } from "./loadTextModel.ts";
import { loadTextModel } from "./loadTextModel.ts";
import { textBytes } from "./textBytes.ts";

/** Models in memory, within a budget of bytes by their estimates; the least recently used go first. */
export type ModelCache = {
  /** @throws {ExecutionError} `TEXT_MODEL_TOO_LARGE` for a release that the budget never has room for. */
  readonly requireRoom: (release: TextRelease) => void;
  /**
   * Returns a model that nobody else runs until `done` is called; loads it where it is not there.
   *
   * @throws {ExecutionError} `TEXT_MODEL_TOO_LARGE`, `GENERATION_ABORTED`, and what `attempt` and `loadTextModel` throw.
   */
  readonly take: (release: TextRelease, signal: AbortSignal | undefined) => Promise<TakenModel>;
  /** Frees every model, each once what runs in it is over. */
  readonly close: () => Promise<void>;
};

/** A model, and what hands it back. */
export type TakenModel = { readonly model: TextModel; readonly done: () => void };

export function createModelCache(
  { cacheBytes, ...options }: LoadOptions & { readonly cacheBytes: number },
  attempt: Attempt,
): ModelCache {
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
    const size = bytesWithin(cacheBytes, release);
    const loading = attempt(release.id, () => loadTextModel(release, options));
    models.set(release.id, loading, { size });
    loading.catch(() => {
      if (models.peek(release.id) === loading) models.delete(release.id); // its files may be mended
    });
    return loading;
  };
  return {
    requireRoom(release) {
      bytesWithin(cacheBytes, release);
    },
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

function bytesWithin(limit: number, release: TextRelease): number {
  const bytes = textBytes(release);
  if (bytes > limit)
    throw new ExecutionError({ code: "TEXT_MODEL_TOO_LARGE", release: release.id, bytes, limit });
  return Math.max(1, bytes);
}
