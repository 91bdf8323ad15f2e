import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CAPTURES } from "./captures.ts";
import { maskVarying } from "./maskVarying.ts";
import { terminalSvg } from "./terminalSvg.ts";

const HARDHAT = "node_modules/hardhat/dist/src/cli.js";

/**
 * Publishes a model in a store of its own, runs each command against it on a chain that lives as long as the command, and returns what
 * each printed to its output as a picture, by the name of its file. Progress, which goes to the other stream, is left out.
 *
 * @throws {Error} where a command ends with another status than 0.
 */
export async function runCaptures(root: string): Promise<ReadonlyMap<string, string>> {
  const home = await mkdtemp(join(tmpdir(), "vouch-captures-"));
  const hardhat = async (...task: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, [HARDHAT, ...task], {
      cwd: root,
      env: {
        ...process.env,
        ...{ VOUCH_HOME: home, NO_COLOR: "1", HARDHAT_DISABLE_TELEMETRY: "true" },
      },
    });
    return stdout;
  };
  try {
    await hardhat("model:publish");
    const pictures = new Map<string, string>();
    for (const { name, task } of CAPTURES) {
      const command = ["npx", "hardhat", ...task.map(quoted)].join(" ");
      const printed = maskVarying(await hardhat(...task), home);
      pictures.set(`${name}.svg`, terminalSvg(name, command, printed));
    }
    return pictures;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** An argument as a shell takes it. */
function quoted(argument: string): string {
  return /[|\s]/u.test(argument) ? `"${argument}"` : argument;
}
