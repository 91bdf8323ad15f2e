import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Attempt } from "@vouch/execution";
import { ExecutionError } from "@vouch/execution";
import { recordedAttempts } from "@vouch/worker";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { releaseNamed } from "../../helpers/executables.ts";
import { SILENT } from "../../helpers/stores.ts";

const RELEASE = releaseNamed("hungry");
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const FAILURE = new ExecutionError({ code: "MODEL_RUN_FAILED", release: RELEASE });

describe("recordedAttempts", () => {
  let folder = "";
  let time = 0;
  let attempt: Attempt;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vouch-attempts-"));
    time = 1_000_000;
    attempt = recordedAttempts(folder, { log: SILENT, now: () => time });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** What a process leaves that is killed in the middle of an attempt. */
  function endProcess(host = hostname()): void {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    writeFileSync(join(folder, `${RELEASE}.${host}.lock`), JSON.stringify({ pid, host }));
  }
  const made = (release = RELEASE): Promise<string | undefined> =>
    codeOfPromise(attempt(release, () => Promise.resolve()));
  const failed = (): Promise<string | undefined> =>
    codeOfPromise(attempt(RELEASE, () => Promise.reject(FAILURE)));

  it("gives what the work gives, and leaves nothing behind", async () => {
    expect(await attempt(RELEASE, () => Promise.resolve(7))).to.equal(7);
    expect(await failed()).to.equal(FAILURE.code);
    expect(readdirSync(folder)).to.be.empty;
  });

  describe("given processes that ended in the middle of one", () => {
    it("refuses the release behind the third in a row, and no other", async () => {
      endProcess();
      await failed();
      endProcess();
      await failed();
      endProcess();
      expect(await made()).to.equal("RELEASE_ENDED_PROCESS");
      expect(await made()).to.equal("RELEASE_ENDED_PROCESS");
      expect(await made(releaseNamed("another"))).to.equal(undefined);
    });

    it("begins anew behind an attempt that succeeds", async () => {
      for (let ends = 0; ends < 5; ends++) {
        endProcess();
        expect(await made()).to.equal(undefined);
      }
    });

    it("lets it be tried once more a minute later, then four times as long, or without its record", async () => {
      for (let ends = 0; ends < 3; ends++) {
        endProcess();
        await failed();
      }
      time += MINUTE_MS - 1;
      expect(await made()).to.equal("RELEASE_ENDED_PROCESS");
      time += 1;
      expect(await failed()).to.equal(FAILURE.code);
      endProcess();
      time += 4 * MINUTE_MS;
      expect(await made(), "counted as of now").to.equal("RELEASE_ENDED_PROCESS");
      time += 4 * MINUTE_MS - 1;
      expect(await made()).to.equal("RELEASE_ENDED_PROCESS");
      rmSync(join(folder, `${RELEASE}.json`));
      expect(await made()).to.equal(undefined);
    });

    it("lets it rest for no longer than a day", async () => {
      for (let ends = 0; ends < 30; ends++) {
        endProcess();
        await failed();
      }
      time += DAY_MS - 1;
      expect(await made()).to.equal("RELEASE_ENDED_PROCESS");
      time += 1;
      expect(await made()).to.equal(undefined);
    });
  });

  it("counts nothing of a process that lives, or of another machine", async () => {
    for (let ends = 0; ends < 4; ends++) {
      endProcess("another.machine");
      expect(await failed()).to.equal(FAILURE.code);
      await attempt(RELEASE, async () => {
        expect(await failed()).to.equal(FAILURE.code);
      });
    }
  });

  it("leaves no attempt behind that is over, where what it found cannot be written", async () => {
    endProcess();
    mkdirSync(join(folder, `${RELEASE}.json`));
    expect(await failed()).to.equal(FAILURE.code);
    expect(readdirSync(folder).filter((it) => it.endsWith(".lock"))).to.be.empty;
  });

  it("makes the attempt where its record cannot be written", async () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "no folder");
    expect(await made()).to.equal(undefined);
  });
});
