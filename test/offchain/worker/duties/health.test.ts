import { expect } from "chai";
import fc from "fast-check";
import type { Health, HealthOptions, Leave } from "../../../../offchain/worker/duties/health.ts";
import {
  DEPENDENCIES,
  failuresByCause,
  HEALTHY,
  mayLock,
  noteDependency,
  noteFailure,
  noteLock,
  noteProbeDropped,
  noteSuccess,
} from "../../../../offchain/worker/duties/health.ts";

const OPTIONS: HealthOptions = {
  maxFailures: 3,
  probeSeconds: 60,
  maxProbeSeconds: 600,
  recordSize: 5,
};

type Act =
  | { readonly act: "lock" | "succeed" | "drop" }
  | { readonly act: "fail"; readonly cause: string }
  | { readonly act: "dependency"; readonly index: number; readonly fails: boolean };

const acts: fc.Arbitrary<readonly { readonly act: Act; readonly wait: number }[]> = fc.array(
  fc.record({
    wait: fc.nat(400),
    act: fc.oneof(
      fc.record({ act: fc.constantFrom("lock" as const, "succeed" as const, "drop" as const) }),
      fc.record({ act: fc.constant("fail" as const), cause: fc.constantFrom("A", "B") }),
      fc.record({
        act: fc.constant("dependency" as const),
        index: fc.nat(DEPENDENCIES.length - 1),
        fails: fc.boolean(),
      }),
    ),
  }),
  { maxLength: 80 },
);

/** What happens where a worker locks only with leave. */
function applied(health: Health, act: Act, now: number): Health {
  switch (act.act) {
    case "lock": {
      const leave = mayLock(health, now);
      return leave.may ? noteLock(health, leave, now, OPTIONS) : health;
    }
    case "succeed":
      return noteSuccess(health, now, OPTIONS);
    case "drop":
      return noteProbeDropped(health);
    case "fail":
      return noteFailure(health, act.cause, now, OPTIONS);
    case "dependency":
      return noteDependency(
        health,
        DEPENDENCIES[act.index]!,
        act.fails ? "it does not answer" : undefined,
      );
  }
}

const failed = (times: number, now = 0): Health => {
  let health = HEALTHY;
  for (let i = 0; i < times; i++) health = noteFailure(health, "A", now, OPTIONS);
  return health;
};

describe("mayLock", () => {
  it("gives leave until so many requests failed in a row", () => {
    expect(mayLock(failed(2), 0)).to.deep.equal({ may: true, isProbe: false });
    expect(mayLock(failed(3), 59)).to.deep.include({ may: false, until: 60 });
  });

  it("tries one lock when it is time, and no other until that one ends or was waited for long enough", () => {
    const leave = mayLock(failed(3), 60);
    expect(leave).to.deep.equal({ may: true, isProbe: true });
    const probing = noteLock(failed(3), leave as Extract<Leave, { may: true }>, 60, OPTIONS);
    expect(mayLock(probing, 659)).to.deep.include({ may: false, until: 660 });
    expect(mayLock(probing, 660)).to.deep.equal({ may: true, isProbe: true });
    expect(mayLock(noteProbeDropped(probing), 61).may).to.equal(true);
    expect(mayLock(noteSuccess(probing, 61, OPTIONS), 61)).to.deep.equal({
      may: true,
      isProbe: false,
    });
  });

  it("waits twice as long after each probe that fails, up to a limit", () => {
    let health = failed(3);
    let now = 0;
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      const { halt } = health;
      waits.push(halt!.probeAt - now);
      now = halt!.probeAt;
      const leave = mayLock(health, now);
      health = noteLock(health, leave as Extract<Leave, { may: true }>, now, OPTIONS);
      health = noteFailure(health, "A", now, OPTIONS);
    }
    expect(waits).to.deep.equal([60, 120, 240, 480, 600, 600]);
  });

  it("gives none while a dependency fails, and at once when it no longer does", () => {
    const broken = noteDependency(HEALTHY, "disk", "it is full");
    expect(mayLock(broken, 0).may).to.equal(false);
    expect(mayLock(noteDependency(broken, "disk", undefined), 0).may).to.equal(true);
  });

  it("never gives leave while something fails, never two probes at once while one is waited for, and recovers always", () => {
    fc.assert(
      fc.property(acts, (all) => {
        let health = HEALTHY;
        let now = 0;
        let inRow = 0;
        for (const { act, wait } of all) {
          now += wait;
          if (act.act === "succeed") inRow = 0;
          if (act.act === "fail") inRow += 1;
          health = applied(health, act, now);
          const leave = mayLock(health, now);
          if (health.failing.size > 0) expect(leave.may).to.equal(false);
          if (leave.may) expect(leave.isProbe).to.equal(inRow >= OPTIONS.maxFailures);
          if (now < (health.halt?.probingUntil ?? 0)) expect(leave.may).to.equal(false);
          expect(health.failures).to.equal(inRow);
          expect(health.record.length).to.be.at.most(OPTIONS.recordSize);
        }
        for (const it of DEPENDENCIES) health = noteDependency(health, it, undefined);
        const later = now + OPTIONS.maxProbeSeconds;
        expect(mayLock(health, later).may).to.equal(true);
        expect(mayLock(noteSuccess(health, later, OPTIONS), later)).to.deep.equal({
          may: true,
          isProbe: false,
        });
      }),
      { seed: 61, numRuns: 500 },
    );
  });
});

describe("failuresByCause", () => {
  it("counts what is in the record, the most frequent first", () => {
    let health = HEALTHY;
    for (const cause of ["OLD", "A", "B", "B"]) health = noteFailure(health, cause, 0, OPTIONS);
    health = noteSuccess(health, 1, OPTIONS);
    health = noteFailure(health, "A", 2, OPTIONS);
    expect(failuresByCause(health)).to.deep.equal([
      ["A", 2],
      ["B", 2],
    ]);
  });
});
