import { existsSync } from "node:fs";
import { join } from "node:path";
import { operatorHelp } from "@vouch/operator";
import { configHelp } from "@vouch/worker";
import type { Task } from "hardhat/types/tasks";
import { filesBelow, shippedContracts } from "../../solidity/solidityFiles.ts";
import { circuitPages } from "./circuitPages.ts";
import type { Page } from "./page.ts";
import { writePages } from "./page.ts";
import { settingPages } from "./settingPages.ts";
import { solidityPages } from "./solidityPages.ts";
import { sourcePages } from "./sourcePages.ts";
import { taskPages, tasksOf } from "./taskPages.ts";
import { typescriptPages } from "./typescriptPages.ts";

/** Packages that somebody else builds on. */
const PACKAGES = [
  ...["protocol", "sdk", "sdk/http", "sdk/openai", "sdk/langchain", "hardhat", "attestation"],
];

const INDEX: Page = {
  path: "index",
  text: `# Reference

Made from the sources when the site is built: nothing here is written twice.

| | made from |
| --- | --- |
| Hardhat tasks | their definitions, as \`--help\` has them |
| Settings | the schemas of \`vouch-worker\` and \`vouch-gateway\` |
| Solidity | NatSpec of every contract that ships |
| TypeScript | TSDoc of what the packages export |
| Circuits | the headers of the circom templates |`,
};

/** Writes docs/reference/ of the project at `root`; `tasks` are Hardhat's. */
export async function writeReference(root: string, tasks: Iterable<Task>): Promise<void> {
  const testing = existsSync(join(root, "testing")) ? filesBelow("testing", ".sol") : [];
  const contracts = shippedContracts().filter((path) => !path.startsWith("contracts/examples/"));
  const pages = await Promise.all([
    solidityPages(root, [...contracts, ...testing]),
    circuitPages(root, filesBelow("circuits", ".circom")),
    typescriptPages(root, PACKAGES),
    sourcePages(root),
  ]);
  await writePages(join(root, "docs"), [
    INDEX,
    ...taskPages("hardhat", tasksOf("@vouch/hardhat", tasks)),
    ...settingPages({ "vouch-worker": configHelp(), "vouch-gateway": operatorHelp() }),
    ...pages.flat(),
  ]);
}
