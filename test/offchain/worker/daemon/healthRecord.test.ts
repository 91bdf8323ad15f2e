import type { HealthRecord } from "@vouch/worker";
import { createHealthRecord } from "@vouch/worker";
import { expect } from "chai";
import { releaseNamed } from "../../../helpers/executables.ts";

const LIMITS = { maxFailures: 2, probeSeconds: 1, maxProbeSeconds: 60, recordSize: 10 };
const [BAD, WORSE] = [releaseNamed("bad"), releaseNamed("worse")];

describe("a worker's record of itself", () => {
  let health: HealthRecord;
  let seconds: number;
  beforeEach(() => {
    seconds = 0;
    health = createHealthRecord(LIMITS, () => (seconds += 0.001));
  });

  it("counts one release that fails once, however often it does", () => {
    for (let i = 0; i < 10; i++) health.failed("MODEL_RUN_FAILED", BAD);
    expect(health.askLeave()).to.deep.equal({ may: true, isProbe: false });
    expect(health.now().failures).to.equal(1);
  });

  it("halts where one release after the other fails: it may be the machine", () => {
    health.failed("MODEL_RUN_FAILED", BAD);
    health.failed("MODEL_RUN_FAILED", WORSE);
    expect(health.askLeave()).to.include({ may: false });
  });

  it("halts where what fails is no release's fault", () => {
    health.failed("TRANSACTION_LOST");
    health.failed("TRANSACTION_LOST");
    expect(health.askLeave()).to.include({ may: false });
  });

  it("counts a release anew once another request was served", () => {
    health.failed("MODEL_RUN_FAILED", BAD);
    health.succeeded();
    expect(health.now().failures).to.equal(0);
    health.failed("MODEL_RUN_FAILED", BAD);
    expect(health.now().failures).to.equal(1);
  });

  it("tries another lock where nobody tells what became of the one it tried: another process settled it", () => {
    for (let i = 0; i < LIMITS.maxFailures; i++) health.failed("TRANSACTION_LOST");
    seconds += LIMITS.probeSeconds;
    expect(health.askLeave()).to.deep.equal({ may: true, isProbe: true });
    seconds += LIMITS.maxProbeSeconds / 2;
    expect(health.askLeave()).to.include({ may: false });
    seconds += LIMITS.maxProbeSeconds / 2;
    expect(health.askLeave()).to.deep.equal({ may: true, isProbe: true });
  });
});
