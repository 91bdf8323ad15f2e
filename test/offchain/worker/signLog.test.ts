import { execFileSync } from "node:child_process";
import fs, {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { parseRequestId } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import type { OpenSignLog } from "../../../offchain/worker/signLog.ts";
import { openAsyncSignLog, openSignLog as openLog } from "../../../offchain/worker/signLog.ts";
import { codeOf } from "../../helpers/codeOf.ts";

const A = parseRequestId(id("request a"));
const B = parseRequestId(id("request b"));
const ONE = id("digest one") as Hex;
const TWO = id("digest two") as Hex;
const line = (request: string, digest: string): string =>
  `${JSON.stringify({ request, digest })}\n`;

describe("openSignLog", () => {
  let folder = "";
  let path = "";
  let opened: OpenSignLog[] = [];

  const openSignLog = (at: string): OpenSignLog => {
    const log = openLog(at);
    opened.push(log);
    return log;
  };
  /** What a restart is to the file: the old process is gone, a new one opens it. */
  const restarted = (): OpenSignLog => {
    closeAll();
    return openSignLog(path);
  };
  const closeAll = (): void => {
    for (const log of opened) log.close();
    opened = [];
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vouch-sign-log-"));
    path = join(folder, "operator", "signed.log");
  });
  afterEach(() => {
    closeAll();
    rmSync(folder, { recursive: true });
  });

  const written = (...content: readonly string[]): void => {
    restarted();
    closeAll();
    writeFileSync(path, content.join(""));
  };

  describe("when a digest is recorded", () => {
    it("is in the file when record returns, one line a request", () => {
      const log = openSignLog(path);
      log.record(A, ONE);
      expect(readFileSync(path, "utf8")).to.equal(line(A, ONE));
      log.record(B, TWO);
      expect(readFileSync(path, "utf8")).to.equal(line(A, ONE) + line(B, TWO));
    });

    it("may be recorded again, and adds no line", () => {
      const log = openSignLog(path);
      log.record(A, ONE);
      log.record(A, ONE);
      restarted().record(A, ONE);
      expect(readFileSync(path, "utf8")).to.equal(line(A, ONE));
    });

    it("refuses another digest for the same request, now and after a restart", () => {
      const log = openSignLog(path);
      log.record(A, ONE);
      for (const current of [() => log, restarted]) {
        const again = current();
        expect(() => {
          again.record(A, TWO);
        })
          .to.throw()
          .with.property("data")
          .that.deep.equals({
            code: "EQUIVOCATION_REFUSED",
            request: A,
            signed: ONE,
            refused: TWO,
          });
      }
      expect(readFileSync(path, "utf8")).to.equal(line(A, ONE));
    });

    it("allows one digest for two requests", () => {
      const log = openSignLog(path);
      log.record(A, ONE);
      log.record(B, ONE);
      expect(readFileSync(path, "utf8")).to.equal(line(A, ONE) + line(B, ONE));
    });

    it("is flushed to the disk before record returns, and is not on record where that fails", () => {
      const log = openSignLog(path);
      const flushed: string[] = [];
      const flush = fs.fsyncSync;
      const replaceFlush = (by: typeof flush): void => {
        fs.fsyncSync = by;
        syncBuiltinESMExports();
      };
      try {
        replaceFlush(() => {
          throw new Error("no space left");
        });
        expect(
          codeOf(() => {
            log.record(A, ONE);
          }),
        ).to.equal("SIGN_LOG_UNWRITABLE");
        expect(readFileSync(path, "utf8")).to.equal("");
        replaceFlush((fd) => {
          flushed.push(readFileSync(path, "utf8"));
          flush(fd);
        });
        log.record(A, TWO); // nothing was signed for the first
      } finally {
        replaceFlush(flush);
      }
      expect(flushed).to.deep.equal([line(A, TWO)]);
      expect(codeOf(restarted)).to.equal(undefined);
    });

    it("survives a process that is killed right after", () => {
      const module = new URL("../../../offchain/worker/signLog.ts", import.meta.url).href;
      const program = `
        import { openSignLog } from ${JSON.stringify(module)};
        openSignLog(${JSON.stringify(path)}).record(${JSON.stringify(A)}, ${JSON.stringify(ONE)});
        process.kill(process.pid, "SIGKILL");`;
      const run = (): unknown =>
        execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
          stdio: "ignore",
        });
      expect(run).to.throw().with.property("signal", "SIGKILL");
      const code = codeOf(() => {
        openSignLog(path).record(A, TWO);
      });
      expect(code).to.equal("EQUIVOCATION_REFUSED");
    });
  });

  describe("when many are recorded", () => {
    const C = parseRequestId(id("request c"));
    const codes = (refusals: readonly (Error | undefined)[]): (string | undefined)[] =>
      refusals.map((it) => (it === undefined ? undefined : codeOf(() => raise(it))));
    const raise = (error: Error): never => {
      throw error;
    };

    it("writes and flushes once for all of them", () => {
      const log = openSignLog(path);
      const calls: string[] = [];
      const { writeSync, fsyncSync } = fs;
      try {
        fs.writeSync = ((fd: number, bytes: Uint8Array, offset: number) => {
          calls.push("write");
          return writeSync(fd, bytes, offset);
        }) as typeof writeSync;
        fs.fsyncSync = (fd) => {
          calls.push(`flush of ${readFileSync(path, "utf8").length}`);
          fsyncSync(fd);
        };
        syncBuiltinESMExports();
        const entries = [A, B, C].map((request) => ({ request, digest: ONE }));
        expect(log.recordAll(entries)).to.deep.equal([undefined, undefined, undefined]);
      } finally {
        Object.assign(fs, { writeSync, fsyncSync });
        syncBuiltinESMExports();
      }
      const lines = [A, B, C].map((request) => line(request, ONE)).join("");
      expect(readFileSync(path, "utf8")).to.equal(lines);
      expect(calls).to.deep.equal(["write", `flush of ${lines.length}`]);
    });

    it("refuses what contradicts an earlier one, and that alone", () => {
      const log = openSignLog(path);
      log.record(A, ONE);
      const refusals = log.recordAll([
        { request: A, digest: TWO },
        { request: A, digest: ONE },
        { request: B, digest: ONE },
        { request: B, digest: TWO },
        { request: C, digest: TWO },
      ]);
      const refused = "EQUIVOCATION_REFUSED";
      expect(codes(refusals)).to.deep.equal([
        ...[refused, undefined, undefined],
        ...[refused, undefined],
      ]);
      expect(refusals[3]?.data).to.deep.equal({
        code: refused,
        request: B,
        signed: ONE,
        refused: TWO,
      });
      const content = line(A, ONE) + line(B, ONE) + line(C, TWO);
      expect(readFileSync(path, "utf8")).to.equal(content);
      const again = restarted().recordAll([{ request: C, digest: ONE }]);
      expect(codes(again)).to.deep.equal([refused]);
    });

    it("writes nothing where nothing is new", () => {
      const log = openSignLog(path);
      expect(log.recordAll([])).to.deep.equal([]);
      log.record(A, ONE);
      log.recordAll([{ request: A, digest: ONE }]);
      expect(readFileSync(path, "utf8")).to.equal(line(A, ONE));
    });

    it("has none on record where the disk does not take them", () => {
      const log = openSignLog(path);
      const flush = fs.fsyncSync;
      const entries = [A, B].map((request) => ({ request, digest: ONE }));
      try {
        fs.fsyncSync = () => {
          throw new Error("no space left");
        };
        syncBuiltinESMExports();
        expect(codeOf(() => log.recordAll(entries))).to.equal("SIGN_LOG_UNWRITABLE");
      } finally {
        fs.fsyncSync = flush;
        syncBuiltinESMExports();
      }
      expect(readFileSync(path, "utf8")).to.equal("");
      const others = [A, B].map((request) => ({ request, digest: TWO }));
      expect(log.recordAll(others)).to.deep.equal([undefined, undefined]);
    });
  });

  describe("when they are recorded beside other work", () => {
    const one = { request: A, digest: ONE };
    const replaceFlush = (by: typeof fs.fsync): void => {
      fs.fsync = by;
      syncBuiltinESMExports();
    };
    const { fsync } = fs;
    afterEach(() => {
      replaceFlush(fsync);
    });

    it("resolves when they are flushed, and not before", async () => {
      const events: string[] = [];
      const held = ((fd: number, done: (error: Error | null) => void) => {
        fsync(fd, (error) => {
          events.push(`flushed ${readFileSync(path, "utf8").length}`);
          done(error);
        });
      }) as typeof fsync;
      replaceFlush(held);
      const log = openAsyncSignLog(path);
      const recorded = log.recordAll([one]).then(() => events.push("recorded"));
      events.push("other work");
      await recorded;
      await log.close();
      expect(events).to.deep.equal(["other work", `flushed ${line(A, ONE).length}`, "recorded"]);
    });

    it("refuses of two at once the one that contradicts the first, and after a restart", async () => {
      const log = openAsyncSignLog(path);
      const [first, second] = await Promise.all([
        log.recordAll([one]),
        log.recordAll([{ request: A, digest: TWO }, one]),
      ]);
      await log.close();
      expect(first).to.deep.equal([undefined]);
      expect(second.map((it) => it?.code)).to.deep.equal(["EQUIVOCATION_REFUSED", undefined]);
      expect(readFileSync(path, "utf8")).to.equal(line(A, ONE));
      const again = codeOf(() => {
        openSignLog(path).record(A, TWO);
      });
      expect(again).to.equal("EQUIVOCATION_REFUSED");
    });

    it("has none on record where the disk does not take them", async () => {
      const log = openAsyncSignLog(path);
      replaceFlush(((_: number, done: (error: Error | null) => void) => {
        done(new Error("no space left"));
      }) as typeof fsync);
      const failure = await log.recordAll([one]).catch((error: unknown) => error);
      expect(failure).to.have.property("code", "SIGN_LOG_UNWRITABLE");
      expect(readFileSync(path, "utf8")).to.equal("");
      replaceFlush(fsync);
      expect(await log.recordAll([{ request: A, digest: TWO }])).to.deep.equal([undefined]);
      await log.close();
      expect(readFileSync(path, "utf8")).to.equal(line(A, TWO));
    });

    it("is closed behind what is being recorded, and is no other process's until then", async () => {
      const log = openAsyncSignLog(path);
      const recorded = log.recordAll([one]);
      const closed = log.close();
      expect(codeOf(() => openSignLog(path))).to.equal("SIGN_LOG_LOCKED");
      await Promise.all([recorded, closed]);
      expect(codeOf(() => openSignLog(path))).to.equal(undefined);
      const late = await log.recordAll([one]).catch((error: unknown) => error);
      expect(late).to.have.property("code", "SIGN_LOG_UNWRITABLE");
    });
  });

  describe("given a disk that takes a part of a line", () => {
    const module = new URL("../../../offchain/worker/signLog.ts", import.meta.url).href;
    const requestAt = (index: number): string => id(`request ${index}`);

    /** Records one request after the other where files may have one block, and returns the code of each attempt. */
    function recordInOneBlock(): (string | null)[] {
      const program = `
        import { openSignLog } from ${JSON.stringify(module)};
        const log = openSignLog(${JSON.stringify(path)});
        const codes = ${JSON.stringify([0, 1, 2, 3, 4, 5, 6, 7].map(requestAt))}.map((request) => {
          try {
            log.record(request, ${JSON.stringify(ONE)});
            return null;
          } catch ({ code }) {
            return code;
          }
        });
        process.stdout.write(JSON.stringify(codes));`;
      const script = join(folder, "fill.mjs");
      writeFileSync(script, program);
      const shell = 'ulimit -f 1 && exec "$0" "$1" 2>/dev/null';
      const args = ["-c", shell, process.execPath, script];
      // A pipe has no such limit; a shell's block is 512 or 1,024 bytes, and no line of 162 ends there.
      return JSON.parse(execFileSync("sh", args, { encoding: "utf8" })) as (string | null)[];
    }

    it("throws SIGN_LOG_UNWRITABLE, keeps what was whole, and takes no part of a line for a record", function () {
      if (process.platform === "win32") this.skip(); // no such limits there
      const codes = recordInOneBlock();
      const first = codes.indexOf("SIGN_LOG_UNWRITABLE");
      expect(first).to.be.greaterThan(1);
      expect(codes.slice(first)).to.deep.equal(codes.slice(first).map(() => "SIGN_LOG_UNWRITABLE"));
      const whole = codes.slice(0, first).map((_, index) => line(requestAt(index), ONE));
      expect(readFileSync(path, "utf8")).to.equal(whole.join(""));

      const log = restarted();
      for (const [index, code] of codes.entries()) {
        const request = parseRequestId(requestAt(index));
        const again = codeOf(() => {
          log.record(request, TWO);
        });
        expect(again).to.equal(code === null ? "EQUIVOCATION_REFUSED" : undefined);
      }
    });
  });

  describe("given a process that has it", () => {
    const holder = (change: object = {}): string =>
      JSON.stringify({ pid: process.pid, host: hostname(), ...change });

    it("is opened by no other, whom it tells which process it is", () => {
      openSignLog(path);
      expect(() => openSignLog(path))
        .to.throw()
        .with.property("data")
        .that.deep.equals({
          code: "SIGN_LOG_LOCKED",
          lock: `${path}.lock`,
          pid: process.pid,
          host: hostname(),
        });
    });

    it("refuses a second process", () => {
      openSignLog(path);
      const module = new URL("../../../offchain/worker/signLog.ts", import.meta.url).href;
      const program = `
        import { openSignLog } from ${JSON.stringify(module)};
        try { openSignLog(${JSON.stringify(path)}); } catch ({ code }) { process.stdout.write(code); }`;
      const args = ["--input-type=module", "--eval", program];
      const options = { encoding: "utf8" as const, stdio: "pipe" as const };
      expect(execFileSync(process.execPath, args, options)).to.equal("SIGN_LOG_LOCKED");
    });

    it("is opened by another when it is closed, and closing twice gives nobody else's away", () => {
      const first = openSignLog(path);
      first.close();
      openSignLog(path);
      first.close();
      expect(codeOf(() => openSignLog(path))).to.equal("SIGN_LOG_LOCKED");
    });

    it("leaves no lock behind where it ends, or where the log is damaged", () => {
      const module = new URL("../../../offchain/worker/signLog.ts", import.meta.url).href;
      const program = `
        import { openSignLog } from ${JSON.stringify(module)};
        openSignLog(${JSON.stringify(path)});`;
      execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
        stdio: "ignore",
      });
      expect(existsSync(`${path}.lock`)).to.equal(false);
      writeFileSync(path, "\n");
      expect(codeOf(() => openSignLog(path))).to.equal("SIGN_LOG_CORRUPT");
      expect(existsSync(`${path}.lock`)).to.equal(false);
    });

    for (const [what, lock, code] of [
      ["takes over from a process that is gone", () => holder({ pid: 2 ** 22 + 1 }), undefined],
      ["takes over from an earlier process of its own number", () => holder(), undefined],
      [
        "takes over from an earlier process of a number that another has now",
        () => holder({ pid: process.ppid, started: "1" }),
        process.platform === "linux" ? undefined : "SIGN_LOG_LOCKED",
      ],
      ["waits for a process that runs", () => holder({ pid: process.ppid }), "SIGN_LOG_LOCKED"],
      [
        "takes nothing over from another machine",
        () => holder({ pid: 2 ** 22 + 1, host: "another" }),
        "SIGN_LOG_LOCKED",
      ],
      ["takes nothing over where the lock is half written", () => '{"pid":', "SIGN_LOG_LOCKED"],
    ] as const) {
      it(what, () => {
        written();
        writeFileSync(`${path}.lock`, lock());
        expect(codeOf(() => openSignLog(path))).to.equal(code);
        expect(existsSync(`${path}.lock.takeover`)).to.equal(false);
      });
    }

    it("leaves a stale lock to the process that is taking it over", () => {
      written();
      writeFileSync(`${path}.lock`, holder({ pid: 2 ** 22 + 1 }));
      writeFileSync(`${path}.lock.takeover`, holder({ pid: process.ppid }));
      expect(codeOf(() => openSignLog(path))).to.equal("SIGN_LOG_LOCKED");
    });
  });

  it("adds no listener to the process for each log", () => {
    const before = process.listenerCount("exit");
    for (let index = 0; index < 20; index++) openSignLog(`${path}.${index}`);
    expect(process.listenerCount("exit")).to.equal(before);
  });

  it("is readable by its owner only", function () {
    if (process.platform === "win32") this.skip(); // no such modes there
    openSignLog(path);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
  });

  describe("given more lines than are read at once", () => {
    const requestAt = (index: number) => parseRequestId(id(`request ${index}`));
    const COUNT = 20_000;

    it("knows all of them, and the number of a damaged one", () => {
      const lines = Array.from({ length: COUNT }, (_, index) => line(requestAt(index), ONE));
      written(...lines);
      const log = openSignLog(path);
      const entries = Array.from({ length: COUNT }, (_, index) => requestAt(index));
      const refusals = log.recordAll(entries.map((request) => ({ request, digest: TWO })));
      expect(new Set(refusals.map((it) => it?.code))).to.deep.equal(
        new Set(["EQUIVOCATION_REFUSED"]),
      );
      closeAll();
      writeFileSync(path, [...lines, "{}\n"].join(""));
      expect(() => openSignLog(path))
        .to.throw()
        .with.property("data")
        .that.deep.equals({ code: "SIGN_LOG_CORRUPT", path, line: COUNT + 1 });
    });

    it("drops a torn last line behind them", () => {
      const lines = Array.from({ length: COUNT }, (_, index) => line(requestAt(index), ONE));
      written(...lines, line(A, TWO).slice(0, 30));
      openSignLog(path).record(A, ONE);
      expect(readFileSync(path, "utf8")).to.equal([...lines, line(A, ONE)].join(""));
    });
  });

  describe("given a torn last line", () => {
    it("drops it: nothing was signed for it", () => {
      const torn = line(B, TWO).slice(0, -10);
      written(line(A, ONE), torn);
      const log = openSignLog(path);
      expect(readFileSync(path, "utf8")).to.equal(line(A, ONE));
      log.record(B, ONE);
      expect(readFileSync(path, "utf8")).to.equal(line(A, ONE) + line(B, ONE));
    });

    it("drops it where it is whole but for its newline, and where it is the only one", () => {
      written(line(A, ONE), line(B, TWO).trimEnd());
      openSignLog(path);
      expect(readFileSync(path, "utf8")).to.equal(line(A, ONE));
      written(line(A, ONE).slice(0, 5));
      openSignLog(path);
      expect(readFileSync(path, "utf8")).to.equal("");
    });

    it("drops bytes that are no text", () => {
      written(line(A, ONE));
      appendFileSync(path, Buffer.from([0xff, 0xfe, 0x00, 0xc3]));
      openSignLog(path);
      expect(readFileSync(path, "utf8")).to.equal(line(A, ONE));
    });
  });

  describe("given a damaged line with its newline", () => {
    for (const [what, damaged] of [
      ["cut in the middle", line(A, ONE).replace(/.{20}$/m, "")],
      ["of zeros", "\0".repeat(80) + "\n"],
      ["empty", "\n"],
      ["of another form", '{"request":1}\n'],
      ["with a digit lost", line(A, ONE).replace("0x", "0")],
      ["with a byte that is no digit", line(A, ONE).replace(/[0-9a-f]"}/, 'z"}')],
      ["that contradicts another", line(B, ONE)],
    ] as const) {
      it(`throws SIGN_LOG_CORRUPT naming the line ${what}`, () => {
        written(line(B, TWO), damaged, line(parseRequestId(id("c")), ONE));
        expect(() => openSignLog(path))
          .to.throw()
          .with.property("data")
          .that.deep.equals({ code: "SIGN_LOG_CORRUPT", path, line: 2 });
      });
    }
  });
});
