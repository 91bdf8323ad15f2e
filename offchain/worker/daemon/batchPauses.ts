import type { ReleaseId } from "@vouch/protocol";

/** Seconds in which answers of a release are proven one by one, once a batch of them failed. */
const PAUSE_SECONDS = 600;

/** Which releases had a batch that failed a short while ago: the next would cost as much again, and as much of its answers' time. */
export type BatchPauses = {
  readonly begin: (release: ReleaseId) => void;
  readonly has: (release: ReleaseId) => boolean;
};

/** @param now seconds that only grow */
export function batchPauses(now: () => number = () => performance.now() / 1_000): BatchPauses {
  const until = new Map<ReleaseId, number>();
  return {
    begin(release) {
      until.set(release, now() + PAUSE_SECONDS);
    },
    has: (release) => (until.get(release) ?? 0) > now(),
  };
}
