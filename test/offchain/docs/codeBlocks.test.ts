import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { configHelp, WORKER_COMMANDS } from "@vouch/worker";
import { operatorHelp } from "@vouch/operator";
import { expect } from "chai";
import hre from "hardhat";
import { checkData } from "../../../scripts/docs/blocks/checkData.ts";
import { checkShell } from "../../../scripts/docs/blocks/checkShell.ts";
import { checkSolidity } from "../../../scripts/docs/blocks/checkSolidity.ts";
import { checkTypescript } from "../../../scripts/docs/blocks/checkTypescript.ts";
import { readBlocks } from "../../../scripts/docs/blocks/readBlocks.ts";
import type { Finding } from "../../../scripts/docs/blocks/readBlocks.ts";
import { runBlocks } from "../../../scripts/docs/blocks/runBlocks.ts";
import {
  namesOf,
  runnableModules,
  scriptsOf,
  sortBlocks,
} from "../../../scripts/docs/blocks/sortBlocks.ts";

const ROOT = join(import.meta.dirname, "../../..");
const blocks = sortBlocks(await readBlocks(ROOT));
const { checked } = blocks;

describe("code blocks of the documentation", () => {
  it("are of a language that is checked, or say why they are not", () => {
    expect(listed(blocks.unknown)).to.equal("");
  });

  it(`type-check: ${checked.typescript.length} of TypeScript`, () => {
    expect(listed(checkTypescript(ROOT, runnableModules(ROOT, blocks)))).to.equal("");
  }).timeout(120_000);

  it(`compile: ${checked.solidity.length} of Solidity`, async () => {
    expect(listed(checkSolidity(ROOT, checked.solidity, await namesOf(ROOT)))).to.equal("");
  }).timeout(120_000);

  it(`name commands that exist: ${checked.shell.length} of the shell`, async () => {
    const worker = WORKER_COMMANDS.map(({ name }) => name);
    const found = checkShell(checked.shell, {
      tasks: hre.tasks.rootTasks,
      globalOptions: Object.keys(hre.globalOptions),
      scripts: await scriptsOf(ROOT),
      programs: {
        "vouch-worker": {
          commands: ["run", "help", ...worker],
          flags: configHelp().map(([flag]) => flag),
        },
        "vouch-gateway": {
          commands: ["run", "prices", "help", ...worker],
          flags: operatorHelp().map(([flag]) => flag),
        },
      },
    });
    expect(listed(found)).to.equal("");
  });

  it("are of `compared=ci` only where `.ci/run` runs each of their commands", async () => {
    const steps = (await readFile(join(ROOT, ".ci/run"), "utf8")).split("\n");
    const commands = (blocks.compared.get("ci") ?? []).flatMap(({ code }) =>
      code.split(/\n|&&/u).map((it) => it.replace(/#.*$/u, "").trim()),
    );
    expect(commands).to.include("npm test");
    expect(commands.filter((it) => it !== "" && !steps.includes(it))).to.deep.equal([]);
  });

  it(`parse: ${checked.data.length} of JSON, YAML and diagrams`, () => {
    expect(listed(checkData(checked.data))).to.equal("");
  });

  if (process.env["VOUCH_DEEP"] === "1") {
    it("end well where they say `run`", async () => {
      expect(listed(await runBlocks(ROOT, blocks))).to.equal("");
    }).timeout(1_200_000);
  }

  after(() => {
    const compared = [...blocks.compared].map(([reason, of]) => `${reason} ${of.length}`);
    process.stderr.write(
      `of ${checked.shell.length} blocks of the shell, compared and not executed, by reason: ${compared.join(", ") || "none"}\n`,
    );
    const reasons = [...blocks.reasons].map(([reason, count]) => `${reason} ${count}`);
    process.stderr.write(
      `blocks of the documentation not checked, by reason: ${reasons.join(", ") || "none"}\n`,
    );
  });
});

/** One line each, as the failure shows it. */
function listed(findings: readonly Finding[]): string {
  return findings.map(({ at, what }) => `${at}: ${what}`).join("\n");
}
