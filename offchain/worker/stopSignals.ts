/** What ends a worker: `stop` lets it finish what is under way for a while, `hurry` does not. */
export type StopSignals = { readonly stop: AbortSignal; readonly hurry: AbortSignal };

/** Never ends; for a caller without such signals. */
export const NEVER: AbortSignal = new AbortController().signal;

/** The first SIGINT or SIGTERM stops, the second hurries; a terminal's Ctrl-C may come twice, so that neither kills. */
export function stopSignals(): StopSignals {
  const stop = new AbortController();
  const hurry = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      (stop.signal.aborted ? hurry : stop).abort();
    });
  }
  return { stop: stop.signal, hurry: hurry.signal };
}
