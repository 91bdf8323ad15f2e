import type { ReleaseId } from "@vouch/protocol";
import type { Dependency, Health, HealthOptions, Leave } from "../duties/health.ts";
import {
  HEALTHY,
  mayLock,
  noteDependency,
  noteFailure,
  noteLock,
  noteProbeDropped,
  noteSuccess,
} from "../duties/health.ts";

/** What a process knows of its own reliability, as it goes on. */
export type HealthRecord = {
  /** Asks for leave to lock, and takes it. */
  readonly askLeave: () => Leave;
  /** A request for which leave was taken was not locked after all. */
  readonly notLocked: (leave: Leave) => void;
  /** A request that was locked ended, and neither as a success nor as a failure: was it the probe, another may be taken. */
  readonly undecided: () => void;
  readonly succeeded: () => void;
  /** A request was not served; where that was its release's fault, a release counts once until one is served. */
  readonly failed: (cause: string, release?: ReleaseId) => void;
  readonly dependency: (name: Dependency, reason: string | undefined) => void;
  readonly now: () => Health;
};

/** Returns a record that begins healthy; `clock` gives seconds. */
export function createHealthRecord(
  options: HealthOptions,
  clock: () => number = () => performance.now() / 1_000,
): HealthRecord {
  let health = HEALTHY;
  const unfit = new Set<ReleaseId>();
  return {
    askLeave() {
      const now = clock();
      const leave = mayLock(health, now);
      if (leave.may) health = noteLock(health, leave, now, options);
      return leave;
    },
    notLocked(leave) {
      if (leave.may && leave.isProbe) health = noteProbeDropped(health);
    },
    undecided() {
      health = noteProbeDropped(health);
    },
    succeeded() {
      unfit.clear();
      health = noteSuccess(health, clock(), options);
    },
    failed(cause, release) {
      if (release !== undefined && unfit.has(release)) return;
      if (release !== undefined) unfit.add(release);
      health = noteFailure(health, cause, clock(), options);
    },
    dependency(name, reason) {
      health = noteDependency(health, name, reason);
    },
    now: () => health,
  };
}
