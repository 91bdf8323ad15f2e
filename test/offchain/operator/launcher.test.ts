import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";

const LAUNCHER = join(import.meta.dirname, "../../../offchain/operator/bin/vouch-gateway.js");
/** Says of each program that a process becomes which process it is, and by which flags of Node's; ends the last one. */
const TELL = `data:text/javascript,${encodeURIComponent(`
  console.error(process.pid, process.execArgv.join(" "));
  if (process.execArgv.some((it) => it.startsWith("--max-semi"))) process.exit(0);
`)}`;

/** Starts the launcher; returns what it said of itself, and its status. */
function started(...flags: readonly string[]) {
  const { status, stderr } = spawnSync(
    process.execPath,
    [...flags, "--import", TELL, LAUNCHER, "help"],
    { encoding: "utf8" },
  );
  const told = stderr.split("\n").filter((line) => /^\d+ /.test(line));
  return { status, told: told.map((line) => line.split(" ")) };
}

describe("vouch-gateway", () => {
  it("begins again as the same process, with room for the answers under way, and its own flags", () => {
    const { status, told } = started("--no-deprecation");
    expect(status).to.equal(0);
    const [first, second, ...others] = told;
    expect(others).to.deep.equal([]);
    expect(second?.[0]).to.equal(first?.[0]);
    expect(first).to.not.include("--max-semi-space-size=64");
    expect(second).to.include("--max-semi-space-size=64").and.to.include("--no-deprecation");
  });

  it("begins once where it is told how much room", () => {
    const { status, told } = started("--max-semi-space-size=32");
    expect(status).to.equal(0);
    expect(told).to.have.lengthOf(1);
  });
});
