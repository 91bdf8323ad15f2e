import { PassThrough } from "node:stream";
import { WriteStream } from "node:tty";
import { describeAssurance } from "@vouch/protocol";
import { expect } from "chai";
import { inRed, markWeak } from "../../../offchain/hardhat/tasks/markWeak.ts";

const RED = "\u001b[31m";

/** By which Node tells how many colours a terminal has; in CI it says none. */
const VARIABLES = [
  "NO_COLOR",
  "FORCE_COLOR",
  "NODE_DISABLE_COLORS",
  "TERM",
  "CI",
  "TEAMCITY_VERSION",
] as const;

/** A stream that is a terminal, as far as its colours go, or is none. */
function stream(isTTY: boolean): NodeJS.WritableStream {
  const getColorDepth = (): number => WriteStream.prototype.getColorDepth(process.env);
  return Object.assign(new PassThrough(), { isTTY, getColorDepth });
}

describe("markWeak", () => {
  let kept: readonly (string | undefined)[];

  beforeEach(() => {
    kept = VARIABLES.map((name) => process.env[name]);
    for (const name of VARIABLES) Reflect.deleteProperty(process.env, name);
    process.env["TERM"] = "xterm-256color";
  });
  afterEach(() => {
    VARIABLES.forEach((name, index) => {
      const value = kept[index];
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    });
  });

  const weak = describeAssurance({
    kinds: ["signature", "tee", "zk"],
    developmentSetup: true,
    unattestedSetup: true,
    simulatedEnclave: true,
    vouchedEnclave: true,
    externalVerifier: false,
    quorumArbitration: false,
    quorumK: 0,
    quorumN: 0,
    minTcb: 6,
    tolerance: 0,
    window: 0,
    stakeAtRisk: 0n,
  });

  it("marks what is simulated, what is vouched for and what is a development set-up, each with its reason", () => {
    const marked = markWeak(weak, stream(true));
    const red = (text: string): string => inRed(text, stream(true));
    expect(marked).to.equal(
      `signature + tee + zk (${red("DEVELOPMENT SET-UP: its maker can forge proofs")}; ${red("SIMULATED ENCLAVE: proves nothing")}; ${red("VOUCHED ENCLAVE: registrars say that it is one and no contract verified it")})`,
    );
    expect(red("x")).to.include(RED);
  });

  it("leaves plain words where there is no terminal, or no colour is wanted", () => {
    expect(markWeak(weak, stream(false))).to.equal(weak);
    process.env["NO_COLOR"] = "1";
    expect(markWeak(weak, stream(true))).to.equal(weak);
    expect(inRed("SIMULATED", stream(true))).to.equal("SIMULATED");
  });

  it("marks nothing else", () => {
    const text = "signature + zk (set-up attested by nobody), a development of the simulated kind";
    expect(markWeak(text, stream(true))).to.equal(text);
  });
});
