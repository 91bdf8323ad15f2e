import { ExecutionError } from "@vouch/execution";
import type { ReleaseId } from "@vouch/protocol";
import { WorkerError } from "./errors.ts";
import type { ServedRelease } from "./servedRelease.ts";
import { unloadRelease } from "./servedRelease.ts";

/** The releases that an operator serves. */
export type Releases = {
  readonly ids: readonly ReleaseId[];
  readonly has: (id: ReleaseId) => boolean;
  /**
   * Returns a release, verified and ready to be run and proven.
   *
   * @throws {WorkerError} `RELEASE_NOT_SERVED`; what loading it throws.
   */
  readonly get: (id: ReleaseId) => Promise<ServedRelease>;
  /** Frees what was loaded. */
  readonly close: () => Promise<void>;
};

/** Releases that are loaded already. */
export function loadedReleases(releases: ReadonlyMap<ReleaseId, ServedRelease>): Releases {
  return {
    ids: [...releases.keys()],
    has: (id) => releases.has(id),
    get(release) {
      const served = releases.get(release);
      if (served !== undefined) return Promise.resolve(served);
      return Promise.reject(new WorkerError({ code: "RELEASE_NOT_SERVED", release }));
    },
    async close() {
      await Promise.all([...releases.values()].map(unloadRelease));
    },
  };
}

/** Between tries to load a release that failed to: each may compile it, and whoever asks for it may be anybody. */
const RETRY_MS = 30_000;

/**
 * Releases that are loaded when they are first asked for. One that failed to load is tried again after a while, unless it is too
 * large: no time mends that. Until then whoever asks for it gets the same error.
 *
 * @param now in milliseconds
 */
export function lazyReleases(
  ids: readonly ReleaseId[],
  load: (id: ReleaseId) => Promise<ServedRelease>,
  now: () => number = () => performance.now(),
): Releases {
  const known = new Set(ids);
  const loading = new Map<ReleaseId, Promise<ServedRelease>>();
  const retryAt = new Map<ReleaseId, number>();
  return {
    ids,
    has: (id) => known.has(id),
    get(release) {
      if (!known.has(release))
        return Promise.reject(new WorkerError({ code: "RELEASE_NOT_SERVED", release }));
      const earlier = loading.get(release);
      if (earlier !== undefined && now() < (retryAt.get(release) ?? Infinity)) return earlier;
      retryAt.delete(release);
      const served = load(release);
      loading.set(release, served);
      served.catch((error: unknown) => {
        const isTooLarge = error instanceof ExecutionError && error.code === "MODEL_TOO_LARGE";
        if (!isTooLarge) retryAt.set(release, now() + RETRY_MS); // whoever asked has the error
      });
      return served;
    },
    async close() {
      const loaded = await Promise.allSettled(loading.values());
      for (const it of loaded) if (it.status === "fulfilled") await unloadRelease(it.value);
    },
  };
}
