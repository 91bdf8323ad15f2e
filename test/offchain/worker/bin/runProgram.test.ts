import type { Program } from "@vouch/worker";
import { runProgram, WorkerError } from "@vouch/worker";
import { expect } from "chai";

type Config = { readonly home: string };
type Ran = {
  readonly command: string;
  readonly home: string;
  readonly operands: readonly string[];
};

describe("runProgram", () => {
  let ran: Ran[];
  let said: string[];
  let failed: string[];
  beforeEach(() => {
    [ran, said, failed] = [[], [], []];
  });

  const command = (name: string, status: number): Program<Config>["commands"][0] => ({
    name,
    takes: `<of ${name}>`,
    meaning: `does ${name}`,
    run({ config, operands }) {
      ran.push({ command: name, home: config.home, operands });
      return Promise.resolve(status);
    },
  });
  const program: Program<Config> = {
    name: "vouch-test",
    read({ args, env }) {
      if (env["FAILS"] !== undefined)
        throw new WorkerError({ code: "CONFIG_INVALID", setting: "FAILS", reason: "it is set" });
      return { config: { home: env["HOME_OF"] ?? "" }, rest: args };
    },
    settings: () => [["--home-of", "HOME_OF", ".vouch", "Where it is."]],
    commands: [command("run", 0), command("look", 3)],
  };
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    runProgram(program, args, env, {
      out: (text) => said.push(text),
      err: (text) => failed.push(text),
    });

  it("runs the first command where none is named, with its settings", async () => {
    expect(await run([], { HOME_OF: "/h" })).to.equal(0);
    expect(ran).to.deep.equal([{ command: "run", home: "/h", operands: [] }]);
  });

  it("runs a command with what stands behind its name, and returns its status", async () => {
    expect(await run(["look", "a", "b"])).to.equal(3);
    expect(ran).to.deep.equal([{ command: "look", home: "", operands: ["a", "b"] }]);
  });

  it("lists commands and settings", async () => {
    expect(await run(["help"])).to.equal(0);
    for (const part of ["run <of run>", "look <of look>", "help", "--home-of, HOME_OF [.vouch]"])
      expect(said.join()).to.include(part);
    expect(ran).to.be.empty;
  });

  it("lists them for --help and -h too, also where its settings cannot be read", async () => {
    expect(await run(["look", "--help"], { FAILS: "" })).to.equal(0);
    expect(await run(["-h"], { FAILS: "" })).to.equal(0);
    expect(said).to.have.length(2);
    for (const text of said) expect(text).to.include("look <of look>");
    expect([ran, failed]).to.deep.equal([[], []]);
  });

  it("refuses what is no command, and repeats it unless it looks like a key", async () => {
    const key = `0x${"4c".repeat(32)}`;
    expect(await run(["lok"])).to.equal(2);
    expect(await run([key])).to.equal(2);
    expect(failed[0]).to.include("lok");
    expect(failed[1]).to.not.include(key.slice(2, 10));
  });

  it("says the code of what fails", async () => {
    expect(await run([], { FAILS: "" })).to.equal(1);
    expect(failed.join()).to.match(/^CONFIG_INVALID: /);
  });
});
