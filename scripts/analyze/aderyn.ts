import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Analysis, type Finding, findingOnLine, isShipped } from "./finding.ts";
import { onPath, runTool } from "./runTool.ts";

type Issues = {
  readonly issues: readonly {
    readonly title: string;
    readonly detector_name: string;
    readonly instances: readonly { readonly contract_path: string; readonly line_no: number }[];
  }[];
};

/** Aderyn, where it is on PATH. */
export function aderyn(): Analysis {
  const program = onPath("aderyn");
  if (program === undefined)
    return { tool: "aderyn", absent: "not on PATH; it is a program in Rust" };
  const version = runTool(program, ["--version"])
    .stdout.trim()
    .replace(/^aderyn /, "");
  const folder = mkdtempSync(join(tmpdir(), "vouch-aderyn-"));
  try {
    const path = join(folder, "report.json");
    const { stderr } = runTool(program, [".", "--src", "contracts", "--output", path]);
    return { tool: "aderyn", version, findings: findingsOf(readReport(path, stderr)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Report = { readonly high_issues?: Issues; readonly low_issues?: Issues };

function readReport(path: string, stderr: string): Report {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Report;
  } catch (cause) {
    throw new Error(`aderyn wrote no report:\n${stderr}`, { cause });
  }
}

function findingsOf({ high_issues, low_issues }: Report): readonly Finding[] {
  return [high_issues, low_issues]
    .flatMap((issues) => issues?.issues ?? [])
    .flatMap(({ title, detector_name: rule, instances }) =>
      instances
        .filter(({ contract_path: path }) => isShipped(path))
        .map(({ contract_path: path, line_no: line }) =>
          findingOnLine("aderyn", rule, path, line, title),
        ),
    );
}
