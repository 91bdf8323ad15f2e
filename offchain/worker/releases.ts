import { createLimit, ExecutionError } from "@vouch/execution";
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

export type LazyReleasesOptions = {
  /** Bytes that loaded releases may take together; one alone may take more. */
  readonly budgetBytes: number;
};

export type LazyReleasesDeps = {
  /** Gives a release whose session is a back end's: one that is let go of has nothing to free, and whoever works with it goes on. */
  readonly load: (id: ReleaseId) => Promise<ServedRelease>;
  /** An estimate of what a release takes beside its session. */
  readonly bytesOf: (served: ServedRelease) => number;
  /** In milliseconds. */
  readonly now?: () => number;
};

type Held = {
  readonly served: Promise<ServedRelease>;
  bytes: number;
  /** Of one that failed to load: when it is tried again. */
  retryAt: number;
};

/** Between tries to load a release that failed to: each may compile it, and whoever asks for it may be anybody. */
const RETRY_MS = 30_000;

/** Loading compiles, and takes more memory than what it gives. */
const LOADS_AT_ONCE = 2;

/**
 * Releases that are loaded when they are first asked for. Beyond the budget the least recently asked for is let go of, and loaded
 * again the next time. One that failed to load is tried again after a while, unless it is too large: no time mends that. Until then
 * whoever asks for it gets the same error.
 */
export function lazyReleases(
  ids: readonly ReleaseId[],
  { budgetBytes }: LazyReleasesOptions,
  { load, bytesOf, now = () => performance.now() }: LazyReleasesDeps,
): Releases {
  const known = new Set(ids);
  const limitLoads = createLimit(LOADS_AT_ONCE);
  // In the order of their last use.
  const held = new Map<ReleaseId, Held>();
  let taken = 0;

  function makeRoom(newest: Held): void {
    for (const [id, it] of held) {
      if (taken <= budgetBytes) return;
      if (it === newest || it.bytes === 0) continue; // nothing is freed by what is being loaded
      held.delete(id);
      taken -= it.bytes;
    }
  }

  async function loaded(entry: Held): Promise<void> {
    try {
      entry.bytes = bytesOf(await entry.served);
    } catch (error) {
      const isTooLarge = error instanceof ExecutionError && error.code === "MODEL_TOO_LARGE";
      if (!isTooLarge) entry.retryAt = now() + RETRY_MS; // whoever asked has the error
      return;
    }
    taken += entry.bytes;
    makeRoom(entry);
  }

  return {
    ids,
    has: (id) => known.has(id),
    get(release) {
      if (!known.has(release))
        return Promise.reject(new WorkerError({ code: "RELEASE_NOT_SERVED", release }));
      const earlier = held.get(release);
      held.delete(release);
      if (earlier !== undefined && now() < earlier.retryAt) {
        held.set(release, earlier);
        return earlier.served;
      }
      const entry: Held = { served: limitLoads(() => load(release)), bytes: 0, retryAt: Infinity };
      held.set(release, entry);
      void loaded(entry);
      return entry.served;
    },
    async close() {
      const all = await Promise.allSettled([...held.values()].map(({ served }) => served));
      for (const it of all) if (it.status === "fulfilled") await unloadRelease(it.value);
    },
  };
}
