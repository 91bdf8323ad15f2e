import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { parseRequestId } from "@vouch/protocol";
import type { SignEntry, SignLog } from "@vouch/worker";
import { memorySignLog, moveSignLog, openAsyncSignLog, openSignLog } from "@vouch/worker";
import { expect } from "chai";
import { id } from "ethers";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";

const A = parseRequestId(id("request a"));
const B = parseRequestId(id("request b"));
const ONE = id("digest one") as Hex;
const TWO = id("digest two") as Hex;

describe("moveSignLog", () => {
  let folder = "";
  let path = "";
  let shared: SignLog;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vouch-move-"));
    path = join(folder, "operator", "signed.jsonl");
    shared = memorySignLog();
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const move = (
    recordAll: (entries: readonly SignEntry[]) => readonly (Error | undefined)[] = shared.recordAll,
  ): Promise<number> =>
    moveSignLog(path, { recordAll: (entries) => Promise.resolve(recordAll(entries)) });
  function signedBefore(entries: readonly SignEntry[]): void {
    const log = openSignLog(path);
    log.recordAll(entries);
    log.close();
  }
  const codeOfShared = (request: SignEntry["request"], digest: Hex): string | undefined =>
    codeOf(() => {
      shared.record(request, digest);
    });

  describe("given a log that has entries", () => {
    const BOTH = [
      { request: A, digest: ONE },
      { request: B, digest: TWO },
    ];
    beforeEach(() => {
      signedBefore(BOTH);
    });

    it("has the other log refuse what contradicts them, and take them again", async () => {
      expect(await move()).to.equal(2);
      expect(codeOfShared(A, TWO)).to.equal("EQUIVOCATION_REFUSED");
      expect(codeOfShared(A, ONE)).to.equal(undefined);
    });

    it("keeps what it moved beside it, and moves it once", async () => {
      const before = readFileSync(path, "utf8");
      await move();
      expect(existsSync(path)).to.equal(false);
      expect(readFileSync(`${path}.moved`, "utf8")).to.equal(before);
      expect(await move()).to.equal(0);
    });

    it("refuses to begin the log anew", async () => {
      await move();
      expect(codeOf(() => openSignLog(path))).to.equal("SIGN_LOG_MOVED");
      expect(codeOf(() => openAsyncSignLog(path))).to.equal("SIGN_LOG_MOVED");
      expect(existsSync(path)).to.equal(false);
      expect(existsSync(`${path}.lock`)).to.equal(false);
    });

    it("goes on where the other log failed, and forgets nothing meanwhile", async () => {
      const failed = move(() => {
        throw Object.assign(new Error("down"), { code: "DATABASE_FAILED" });
      });
      expect(await codeOfPromise(failed)).to.equal("DATABASE_FAILED");
      expect(existsSync(path)).to.equal(true);
      expect(codeOf(() => openSignLog(path))).to.equal("SIGN_LOG_MOVED");
      expect(await move()).to.equal(2);
      expect(codeOfShared(B, ONE)).to.equal("EQUIVOCATION_REFUSED");
    });

    it("refuses the start where the other log has another digest, and keeps the file", async () => {
      shared.record(B, ONE);
      expect(await codeOfPromise(move())).to.equal("EQUIVOCATION_REFUSED");
      expect(existsSync(path)).to.equal(true);
    });

    it("takes nothing from a process that has the log", async () => {
      const used = openSignLog(path);
      expect(await codeOfPromise(move())).to.equal("SIGN_LOG_LOCKED");
      used.close();
      signedBefore(BOTH); // it may go on with its log
    });

    it("moves nothing of one that is damaged", async () => {
      writeFileSync(path, "{}\n");
      expect(await codeOfPromise(move())).to.equal("SIGN_LOG_CORRUPT");
      expect(existsSync(`${path}.moved`)).to.equal(false);
    });
  });

  it("moves many, all of them", async () => {
    const many = Array.from({ length: 12_345 }, (_, index) => ({
      request: parseRequestId(id(`request ${index}`)),
      digest: ONE,
    }));
    signedBefore(many);
    const given: number[] = [];
    await move((entries) => {
      given.push(entries.length);
      return shared.recordAll(entries);
    });
    expect(given).to.deep.equal([5_000, 5_000, 2_345]);
    for (const { request } of many)
      expect(codeOfShared(request, TWO)).to.equal("EQUIVOCATION_REFUSED");
  });

  it("says where nothing was signed yet that another log has begun", async () => {
    expect(await move()).to.equal(0);
    expect(codeOf(() => openSignLog(path))).to.equal("SIGN_LOG_MOVED");
    expect(await move()).to.equal(0);
  });
});
