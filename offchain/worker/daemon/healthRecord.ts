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
  readonly succeeded: () => void;
  readonly failed: (cause: string) => void;
  readonly dependency: (name: Dependency, reason: string | undefined) => void;
  readonly now: () => Health;
};

/** Returns a record that begins healthy; `clock` gives seconds. */
export function createHealthRecord(
  options: HealthOptions,
  clock: () => number = () => performance.now() / 1_000,
): HealthRecord {
  let health = HEALTHY;
  return {
    askLeave() {
      const leave = mayLock(health, clock());
      if (leave.may) health = noteLock(health, leave);
      return leave;
    },
    notLocked(leave) {
      if (leave.may && leave.isProbe) health = noteProbeDropped(health);
    },
    succeeded() {
      health = noteSuccess(health, clock(), options);
    },
    failed(cause) {
      health = noteFailure(health, cause, clock(), options);
    },
    dependency(name, reason) {
      health = noteDependency(health, name, reason);
    },
    now: () => health,
  };
}
