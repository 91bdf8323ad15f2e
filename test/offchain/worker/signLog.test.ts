import { execFileSync } from "node:child_process";
import fs, {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { parseRequestId } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { openSignLog } from "../../../offchain/worker/signLog.ts";
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

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vouch-sign-log-"));
    path = join(folder, "operator", "signed.log");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const written = (...content: readonly string[]): void => {
    openSignLog(path);
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
      openSignLog(path).record(A, ONE);
      expect(readFileSync(path, "utf8")).to.equal(line(A, ONE));
    });

    it("refuses another digest for the same request, now and after a restart", () => {
      const log = openSignLog(path);
      log.record(A, ONE);
      for (const opened of [log, openSignLog(path)]) {
        expect(() => {
          opened.record(A, TWO);
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
        expect(() => {
          log.record(A, ONE);
        }).to.throw("no space left");
        replaceFlush((fd) => {
          flushed.push(readFileSync(path, "utf8"));
          flush(fd);
        });
        log.record(A, ONE);
      } finally {
        replaceFlush(flush);
      }
      expect(flushed).to.deep.equal([line(A, ONE) + line(A, ONE)]);
      expect(codeOf(() => openSignLog(path))).to.be.undefined;
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

  it("is readable by its owner only", function () {
    if (process.platform === "win32") this.skip(); // no such modes there
    openSignLog(path);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
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
