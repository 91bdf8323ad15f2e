import type { ReleaseId } from "@vouch/protocol";
import { ExecutionError } from "./errors.ts";

const SECOND_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** Memory of releases that fail, so that a broken one does not take the time of the others. */
export type BackOff = {
  /** @throws {ExecutionError} `RELEASE_BACKED_OFF` where it failed too lately to be tried again. */
  readonly check: (release: ReleaseId) => void;
  readonly failed: (release: ReleaseId, error: unknown) => void;
  readonly succeeded: (release: ReleaseId) => void;
};

type Failure = { readonly count: number; readonly notBefore: number; readonly cause: unknown };

/**
 * Lets a release be tried again at once after one failure, as it may have been the request's or the moment's; waits 1 s after the
 * second in a row and twice as long after each further one, a minute at most.
 *
 * @param now in milliseconds
 */
export function createBackOff(now: () => number): BackOff {
  const failures = new Map<ReleaseId, Failure>();
  return {
    check(release) {
      const failure = failures.get(release);
      if (failure === undefined) return;
      const waitMs = failure.notBefore - now();
      if (waitMs <= 0) return;
      const { count, cause } = failure;
      throw new ExecutionError(
        { code: "RELEASE_BACKED_OFF", release, failures: count, waitMs },
        { cause },
      );
    },
    failed(release, cause) {
      const count = (failures.get(release)?.count ?? 0) + 1;
      const doubled = SECOND_WAIT_MS * 2 ** Math.min(count - 2, 16);
      const waitMs = count === 1 ? 0 : Math.min(doubled, LONGEST_WAIT_MS);
      failures.set(release, { count, notBefore: now() + waitMs, cause });
    },
    succeeded(release) {
      failures.delete(release);
    },
  };
}
