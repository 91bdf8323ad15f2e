import type { ReleaseId } from "@vouch/protocol";
import type { BackOff } from "./backOff.ts";
import { ExecutionError } from "./errors.ts";
import type { Executable } from "./executable.ts";
import type { IntegerSession } from "./integerSession.ts";
import { createLimit } from "./limit.ts";

export type SessionCacheOptions = {
  /** That sessions may take together, by their estimates, those that are being loaded included. */
  readonly budgetBytes: number;
  readonly maxConcurrentLoads: number;
};

export type SessionCacheDeps = {
  readonly load: (executable: Executable) => Promise<IntegerSession>;
  readonly backOff: BackOff;
  /** In milliseconds. */
  readonly now: () => number;
};

/** Counts since the cache was made. */
export type SessionCacheStats = {
  readonly sessions: number;
  readonly residentBytes: number;
  readonly budgetBytes: number;
  readonly hits: number;
  readonly loads: number;
  readonly loadMs: number;
  readonly evictions: number;
  readonly failures: number;
};

/** Sessions within a budget of memory: the least recently used that nobody is using goes first. */
export type SessionCache = {
  /**
   * Calls `work` with the session of an executable, loaded first where it is not there: once, however many ask. A session is
   * neither evicted nor released while work is done with it. A session whose work fails is not used again.
   *
   * @throws {ExecutionError} `MODEL_TOO_LARGE`, `RELEASE_BACKED_OFF`, `MODEL_TAMPERED`, `MODEL_LOAD_FAILED`; what `work` throws.
   */
  readonly use: <T>(
    executable: Executable,
    work: (session: IntegerSession) => Promise<T>,
  ) => Promise<T>;
  /**
   * Loads the session of an executable where it is not there. That it loads says nothing of its runs: a release that failed is
   * backed off as before.
   *
   * @throws {ExecutionError} what `use` throws before it calls `work`.
   */
  readonly warm: (executable: Executable) => Promise<void>;
  readonly stats: () => SessionCacheStats;
  /** Releases every session, each when its work is done. */
  readonly close: () => Promise<void>;
};

type Entry = {
  readonly bytes: number;
  readonly session: Promise<IntegerSession>;
  users: number;
  isLoaded: boolean;
  isBroken: boolean;
};

/** Makes an empty cache. The order of `entries` is that of their last use: the next to go is the first. */
export function createSessionCache(
  { budgetBytes, maxConcurrentLoads }: SessionCacheOptions,
  { load, backOff, now }: SessionCacheDeps,
): SessionCache {
  const entries = new Map<ReleaseId, Entry>();
  const limitLoads = createLimit(maxConcurrentLoads);
  const inTurn = createLimit(1); // who waits for room first gets it first, however large
  const counts = { hits: 0, loads: 0, loadMs: 0, evictions: 0, failures: 0 };
  let resident = 0;
  let onChange: (() => void)[] = [];

  const changed = (): void => {
    const waiting = onChange;
    onChange = [];
    for (const wake of waiting) wake();
  };

  /** Takes an entry that nobody is using out, and gives its memory back. */
  async function drop(release: ReleaseId, entry: Entry): Promise<void> {
    if (entries.get(release) === entry) entries.delete(release);
    try {
      await (await entry.session).release();
    } finally {
      resident -= entry.bytes;
      changed();
    }
  }

  function oldestIdle(): [ReleaseId, Entry] | undefined {
    for (const it of entries) if (it[1].users === 0 && it[1].isLoaded) return it;
    return undefined;
  }

  async function makeRoom(bytes: number): Promise<void> {
    while (resident + bytes > budgetBytes) {
      const oldest = oldestIdle();
      if (oldest === undefined) {
        await new Promise<void>((resolve) => onChange.push(resolve));
      } else {
        counts.evictions += 1;
        await drop(...oldest);
      }
    }
    resident += bytes;
  }

  function open(executable: Executable): Entry {
    const { release, residentBytes: bytes } = executable;
    if (bytes > budgetBytes)
      throw new ExecutionError({ code: "MODEL_TOO_LARGE", release, bytes, budgetBytes });
    backOff.check(release);
    const session = inTurn(() => makeRoom(bytes)).then(() =>
      limitLoads(async () => {
        const start = now();
        try {
          const loaded = await load(executable);
          counts.loads += 1;
          counts.loadMs += now() - start;
          return loaded;
        } catch (error) {
          resident -= bytes;
          throw error;
        }
      }),
    );
    const entry: Entry = { bytes, session, users: 0, isLoaded: false, isBroken: false };
    session.then(
      () => {
        entry.isLoaded = true;
      },
      (error: unknown) => {
        counts.failures += 1;
        backOff.failed(release, error);
        entries.delete(release);
        changed();
      },
    );
    return entry;
  }

  async function leave(release: ReleaseId, entry: Entry): Promise<void> {
    entry.users -= 1;
    if (entry.users > 0) return;
    if (entry.isBroken && entry.isLoaded) await drop(release, entry);
    else changed();
  }

  /** Calls `work` with an entry that stays until it is done. */
  async function held<T>(executable: Executable, work: (entry: Entry) => Promise<T>): Promise<T> {
    const { release } = executable;
    const known = entries.get(release);
    if (known !== undefined) counts.hits += 1;
    const entry = known ?? open(executable);
    entries.delete(release);
    entries.set(release, entry);
    entry.users += 1;
    try {
      return await work(entry);
    } finally {
      await leave(release, entry);
    }
  }

  return {
    use(executable, work) {
      const { release } = executable;
      return held(executable, async (entry) => {
        const session = await entry.session;
        try {
          const result = await work(session);
          backOff.succeeded(release);
          return result;
        } catch (error) {
          counts.failures += 1;
          backOff.failed(release, error);
          entry.isBroken = true;
          if (entries.get(release) === entry) entries.delete(release);
          throw error;
        }
      });
    },
    async warm(executable) {
      await held(executable, (entry) => entry.session);
    },
    stats: () => ({ ...counts, sessions: entries.size, residentBytes: resident, budgetBytes }),
    async close() {
      while (entries.size > 0) {
        const idle = oldestIdle();
        if (idle === undefined) await new Promise<void>((resolve) => onChange.push(resolve));
        else await drop(...idle);
      }
    },
  };
}
