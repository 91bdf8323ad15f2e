/** What a worker rests on, and what is wrong with it where it fails. */
export const DEPENDENCIES = ["chain", "sender", "disk", "backlog", "enclave", "models"] as const;

/** One of them. */
export type Dependency = (typeof DEPENDENCIES)[number];

/** When a worker takes on no more; times in seconds. */
export type HealthOptions = {
  /** Failures in a row after which it locks nothing new. */
  readonly maxFailures: number;
  /** Time after which one lock is tried again; it doubles with each that fails, up to `maxProbeSeconds`. */
  readonly probeSeconds: number;
  readonly maxProbeSeconds: number;
  /** Outcomes that the record holds. */
  readonly recordSize: number;
};

/** How one request went: `cause` is an error's code, undefined for a success. */
export type Outcome = { readonly at: number; readonly cause: string | undefined };

/** What a worker knows of its own reliability. Plain data: every function here returns another one. */
export type Health = {
  /** The latest outcomes, the oldest first. */
  readonly record: readonly Outcome[];
  /** Failures since the last success. */
  readonly failures: number;
  /** Where it locks nothing new: since when, how many probes failed, and until when one that is under way is waited for. */
  readonly halt:
    | {
        readonly since: number;
        readonly probes: number;
        readonly probeAt: number;
        readonly probingUntil: number | undefined;
      }
    | undefined;
  /** What fails now, and why. */
  readonly failing: ReadonlyMap<Dependency, string>;
};

/** Whether a new lock may be taken, and why not. */
export type Leave =
  | { readonly may: true; readonly isProbe: boolean }
  | { readonly may: false; readonly reason: string; readonly until: number | undefined };

export const HEALTHY: Health = { record: [], failures: 0, halt: undefined, failing: new Map() };

/**
 * Returns whether a new lock may be taken at `now`: not while a dependency fails, nor after too many failures in a row until it
 * is time for a probe, one lock that decides whether there are more.
 */
export function mayLock({ failing, halt, failures }: Health, now: number): Leave {
  const [first] = failing;
  if (first !== undefined) {
    const [dependency, why] = first;
    return { may: false, reason: `${dependency} fails: ${why}`, until: undefined };
  }
  if (halt === undefined) return { may: true, isProbe: false };
  const reason = `${failures} requests failed in a row`;
  if (halt.probingUntil !== undefined && now < halt.probingUntil)
    return { may: false, reason: `${reason}; a probe is under way`, until: halt.probingUntil };
  if (now < halt.probeAt) return { may: false, reason, until: halt.probeAt };
  return { may: true, isProbe: true };
}

/**
 * Returns the health after a lock was taken with leave: of a probe, no other lock is taken until it ends, or for as long as between two
 * at most, for another process of the fleet may settle it, and this one is not told.
 */
export function noteLock(
  health: Health,
  leave: Extract<Leave, { readonly may: true }>,
  now: number,
  { maxProbeSeconds }: Pick<HealthOptions, "maxProbeSeconds">,
): Health {
  const { halt } = health;
  if (!leave.isProbe || halt === undefined) return health;
  return { ...health, halt: { ...halt, probingUntil: now + maxProbeSeconds } };
}

/** Returns the health after a request was served: whatever halted it is over. */
export function noteSuccess(health: Health, now: number, options: HealthOptions): Health {
  const record = appended(health.record, { at: now, cause: undefined }, options);
  return { ...health, record, failures: 0, halt: undefined };
}

/**
 * Returns the health after a request was not served through a fault of this worker; `cause` is the error's code. Whoever calls
 * leaves out what is nobody's fault, such as a fee that is still too low.
 */
export function noteFailure(
  health: Health,
  cause: string,
  now: number,
  options: HealthOptions,
): Health {
  const record = appended(health.record, { at: now, cause }, options);
  const failures = health.failures + 1;
  const { halt } = health;
  const next = { ...health, record, failures };
  if (halt === undefined) {
    if (failures < options.maxFailures) return next;
    const probeAt = now + backOff(0, options);
    return { ...next, halt: { since: now, probes: 0, probeAt, probingUntil: undefined } };
  }
  // What was locked before the halt may fail during it: that is no probe.
  if (halt.probingUntil === undefined) return next;
  const probes = halt.probes + 1;
  const probeAt = now + backOff(probes, options);
  return { ...next, halt: { since: halt.since, probes, probeAt, probingUntil: undefined } };
}

/** Returns the health after a probe ended without an outcome: another may be taken at once. */
export function noteProbeDropped(health: Health): Health {
  const { halt } = health;
  return halt === undefined ? health : { ...health, halt: { ...halt, probingUntil: undefined } };
}

/** Returns the health once a dependency fails, with the reason, or no longer does, without one. */
export function noteDependency(
  health: Health,
  dependency: Dependency,
  reason: string | undefined,
): Health {
  const failing = new Map(health.failing);
  if (reason === undefined) failing.delete(dependency);
  else failing.set(dependency, reason);
  return { ...health, failing };
}

/** Returns how often each cause is in the record, the most frequent first; successes are left out. */
export function failuresByCause({ record }: Health): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { cause } of record)
    if (cause !== undefined) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

function backOff(probes: number, { probeSeconds, maxProbeSeconds }: HealthOptions): number {
  return Math.min(probeSeconds * 2 ** Math.min(probes, 30), maxProbeSeconds);
}

function appended(
  record: readonly Outcome[],
  outcome: Outcome,
  { recordSize }: HealthOptions,
): readonly Outcome[] {
  return [...record, outcome].slice(-recordSize);
}
