import { spawnSync } from "node:child_process";
import { expect } from "chai";
import type { Session } from "../../../scripts/docs/blocks/shellSession.ts";
import { shellSession } from "../../../scripts/docs/blocks/shellSession.ts";

const SERVER =
  "bash -c 'trap \"echo closed; exit 0\" INT; sleep 0.3; echo listening; while :; do sleep 0.1; done'";
const SESSION: Session = {
  services: [{ command: /^bash -c/u, ready: /^listening$/u }],
  filled: [["<name>", "localhost"]],
};

/** Runs a block; returns how it ended and what it printed. */
function run(code: string): {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
} {
  const program = shellSession(code, SESSION);
  const { status, stdout, stderr } = spawnSync("bash", ["-c", program], { encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

describe("shellSession", function () {
  this.timeout(30_000);

  it("does what the block says, with what the reader would fill in", () => {
    expect(run("echo to \\\n  <name>\necho done")).to.deep.include({
      ...{ status: 0, out: "to localhost\ndone\n" },
    });
  });

  it("ends with the status of the command that fails, and does nothing behind it", () => {
    expect(run("(exit 3)\necho behind")).to.deep.include({ status: 3, out: "" });
  });

  it("waits until a service is ready, and stops it at the end", () => {
    const { status, out } = run(`${SERVER} # in another terminal\necho asks\njobs -p | wc -l`);
    expect({ status, out }).to.deep.equal({ status: 0, out: "asks\n1\n" });
  });

  it("fails where a service ends before it is ready", () => {
    const { status, err } = run("bash -c 'echo no port; exit 1'\necho behind");
    expect(status).to.equal(1);
    expect(err).to.include("not ready").and.to.include("no port");
  });

  it("fails where a service is gone before the block has ended", () => {
    const { status, err } = run(
      "bash -c 'echo listening; sleep 0.5; echo crashed; exit 1'\nsleep 1.5",
    );
    expect(status).to.equal(1);
    expect(err).to.include("ended before").and.to.include("crashed");
  });
});
