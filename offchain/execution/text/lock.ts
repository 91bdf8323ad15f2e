/** Lets one at a time through, in the order of asking. */
export type Lock = {
  /** Resolves with what lets the next one through; rejects with the signal's reason where it is aborted before. */
  readonly acquire: (signal?: AbortSignal) => Promise<() => void>;
};

export function createLock(): Lock {
  let last: Promise<unknown> = Promise.resolve();

  return {
    async acquire(signal) {
      signal?.throwIfAborted();
      const before = last;
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      last = before.then(() => released);
      try {
        await (signal === undefined ? before : orAborted(before, signal));
      } catch (reason) {
        release(); // whoever asked next still waits for those before
        throw reason;
      }
      return release;
    },
  };
}

async function orAborted(turn: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", onAbort, { once: true, signal: done.signal });
  });
  try {
    await Promise.race([turn, aborted]);
    signal.throwIfAborted();
  } finally {
    done.abort(); // a signal may outlive thousands of requests
  }
}
