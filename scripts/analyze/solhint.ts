import { createRequire } from "node:module";
import { join } from "node:path";
import { ROOT } from "../solidity/solidityFiles.ts";
import { type Analysis, findingOnLine, isShipped } from "./finding.ts";
import { runTool } from "./runTool.ts";

type Line = {
  readonly filePath?: string;
  readonly line?: number;
  readonly ruleId?: string;
  readonly message?: string;
};

/** solhint with the repository's rules. */
export function solhint(): Analysis {
  const require = createRequire(import.meta.url);
  const { version } = require("solhint/package.json") as { readonly version: string };
  const run = runTool(process.execPath, [
    join(ROOT, "node_modules/solhint/solhint.js"),
    ...["--disc", "--noPoster", "--formatter", "json", "contracts/**/*.sol"],
  ]);
  const text = run.stdout.slice(run.stdout.indexOf("["));
  if (text === "") throw new Error(`solhint printed no report:\n${run.stderr}`);
  const findings = (JSON.parse(text) as readonly Line[]).flatMap(
    ({ filePath = "", line = 1, ruleId = "unknown", message = "" }) =>
      isShipped(filePath) ? [findingOnLine("solhint", ruleId, filePath, line, message)] : [],
  );
  return { tool: "solhint", version, findings };
}
