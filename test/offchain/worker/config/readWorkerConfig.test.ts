import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { configHelp, readWorkerConfig, WorkerError } from "@vouch/worker";
import { expect } from "chai";
import { codeOf } from "../../../helpers/codeOf.ts";

describe("readWorkerConfig", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "vouch-config-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function file(content: unknown): string {
    const path = join(folder, "worker.json");
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  }

  const read = (args: readonly string[], env: Record<string, string> = {}) =>
    readWorkerConfig({ args, env });

  function settingOf(act: () => unknown): string | undefined {
    try {
      act();
    } catch (error) {
      if (error instanceof WorkerError && error.data.code === "CONFIG_INVALID")
        return error.data.setting;
      throw error;
    }
    return undefined;
  }

  it("has a default for everything", () => {
    const { config, rest } = read([]);
    expect(config.chain).to.deep.include({ rpc: ["http://127.0.0.1:8545"], confirmations: 0 });
    expect(config.accept).to.deep.include({ minFee: 0n, minVerificationGas: 200_000 });
    expect(config.accept).to.not.have.property("maxExposure");
    expect(rest).to.deep.equal([]);
  });

  it("takes a flag before a variable, a variable before the file, and the file before a default", () => {
    const path = file({ chain: { confirmations: 1, pollMs: 100 }, work: { infer: 9 } });
    const env = { VOUCH_CONFIG: path, VOUCH_CHAIN_CONFIRMATIONS: "2", VOUCH_CHAIN_POLL_MS: "200" };
    const { config } = read(["--chain-confirmations", "3"], env);
    expect(config.chain).to.include({ confirmations: 3, pollMs: 200, blockRange: 2_000 });
    expect(config.work.infer).to.equal(9);
  });

  it("takes a list with commas, and amounts of any size", () => {
    const env = { VOUCH_ACCEPT_MAX_EXPOSURE: "20000000000000000000" };
    const { config } = read(["--chain-rpc", "https://a.example/k, wss://b.example"], env);
    expect(config.chain.rpc).to.deep.equal(["https://a.example/k", "wss://b.example"]);
    expect(config.accept.maxExposure).to.equal(20n * 10n ** 18n);
  });

  it("takes tokens with the least fee in them, and the least price of gas", () => {
    const [plain, priced] = [`0x${"7a".repeat(20)}`, `0x${"7B".repeat(20)}`];
    const { config } = read(["--accept-tokens", `${plain}:50,${priced}:60:3`]);
    expect([...config.accept.tokens]).to.deep.equal([
      [plain, { minFee: 50n, minGasPrice: 0n }],
      [priced.toLowerCase(), { minFee: 60n, minGasPrice: 3n }],
    ]);
    expect(settingOf(() => read(["--accept-tokens", plain]))).to.equal("--accept-tokens");
  });

  it("leaves commands to the caller", () => {
    expect(read(["retry", "--home", "/x", "all"]).rest).to.deep.equal(["retry", "all"]);
  });

  describe("given a setting that makes no sense", () => {
    it("names the flag", () => {
      expect(settingOf(() => read(["--chain-rpc", "ftp://a"]))).to.equal("--chain-rpc");
    });
    it("names the variable", () => {
      const env = { VOUCH_CHAIN_POLL_MS: "often" };
      expect(settingOf(() => read([], env))).to.equal("VOUCH_CHAIN_POLL_MS");
    });
    it("names the file and the member", () => {
      const path = file({ settle: { batch: 0 } });
      expect(settingOf(() => read(["--config", path]))).to.equal(`${path}: settle.batch`);
    });
    for (const [what, content] of [
      ["a member that there is not", { chain: { rcp: [] } }],
      ["a section that is no object", { chain: 5 }],
      ["a list", []],
      ["half a document", "{"],
    ] as const) {
      it(`refuses a file with ${what}`, () => {
        expect(codeOf(() => read(["--config", file(content)]))).to.equal("CONFIG_INVALID");
      });
    }
    it("refuses a section that is no object where a flag sets a member of it", () => {
      const args = ["--config", file({ chain: 5 }), "--chain-confirmations", "1"];
      expect(codeOf(() => read(args))).to.equal("CONFIG_INVALID");
    });
    it("refuses a flag that there is not, and one without its value", () => {
      expect(codeOf(() => read(["--chain-rcp", "x"]))).to.equal("CONFIG_INVALID");
      expect(codeOf(() => read(["--home"]))).to.equal("CONFIG_INVALID");
    });
    it("refuses a file that is missing", () => {
      const args = ["--config", join(folder, "none.json")];
      expect(codeOf(() => read(args))).to.equal("CONFIG_INVALID");
    });
  });

  describe("given a secret in the wrong place", () => {
    const key = "4c".repeat(32);
    const phrase = "test test test test test test test test test test test junk";
    const textOf = (act: () => unknown): string => {
      try {
        act();
      } catch (error) {
        return inspect(error, { depth: 9 });
      }
      throw new RangeError("nothing is wrong with it");
    };

    for (const [what, args] of [
      ["a key for a file's name", ["--config", key]],
      ["a key with 0x for a file's name", ["--config", `0x${key}`]],
      ["a key for a number", ["--observe-port", `0x${key}`]],
      ["a key for a list of endpoints", ["--chain-rpc", `0x${key}`]],
      ["a key for a choice", ["--observe-log", key]],
    ] as const)
      it(`does not repeat ${what}`, () => {
        expect(textOf(() => read(args))).to.not.include(key.slice(0, 8));
      });

    it("does not repeat a phrase for a file's name", () => {
      expect(textOf(() => read(["--config", phrase]))).to.not.include("junk");
    });

    for (const content of [key, `0x${key}`, `"0x${key}"`, phrase])
      it(`does not repeat a file that holds ${content.slice(0, 6)}…`, () => {
        const text = textOf(() => read(["--config", file(content)]));
        expect(text).to.not.include(key.slice(0, 8)).and.not.include("test test");
        expect(text).to.include("worker.json");
      });
  });

  it("describes every setting, under a name of its own", () => {
    const help = configHelp();
    expect(help.length).to.be.greaterThan(20);
    expect(new Set(help.map(([flag]) => flag)).size).to.equal(help.length);
    expect(help.filter(([, , , meaning]) => meaning === "")).to.deep.equal([]);
  });
});
