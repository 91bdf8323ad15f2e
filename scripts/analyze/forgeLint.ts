import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../solidity/solidityFiles.ts";
import { type Analysis, findingAt, isShipped } from "./finding.ts";
import { onPath, runTool } from "./runTool.ts";

type Diagnostic = {
  readonly message: string;
  readonly level: string;
  readonly code: { readonly code: string } | null;
  readonly spans: readonly { readonly file_name: string; readonly byte_start: number }[];
};

/** Rules of the compiler front end's types and control flow; naming and gas are solhint's and prettier's. */
const SEVERITIES = ["high", "med", "low"];

/** Foundry's linter: the optional package's, or one on PATH. */
export function forgeLint(): Analysis {
  const forge = installedForge() ?? onPath("forge");
  if (forge === undefined) {
    return { tool: "forge lint", absent: "@foundry-rs/forge-linux-amd64 is for Linux on x64 only" };
  }
  const version = /\d+\.\d+\.\d+/.exec(runTool(forge, ["--version"]).stdout)?.[0] ?? "unknown";
  const folder = mkdtempSync(join(tmpdir(), "vouch-forge-"));
  const config = join(folder, "foundry.toml");
  writeFileSync(config, foundryToml(folder));
  try {
    const { stderr } = runTool(
      forge,
      ["lint", "contracts", "--json", "--severity", ...SEVERITIES],
      {
        env: { FOUNDRY_CONFIG: config },
      },
    );
    const lines = stderr.split("\n").filter((line) => line.trim() !== "");
    const other = lines.find((line) => !line.startsWith("{"));
    if (other !== undefined) throw new Error(`forge lint failed: ${lines.join("\n")}`);
    const findings = lines.flatMap((line) => {
      const { message, code, spans } = JSON.parse(line) as Diagnostic;
      const [span] = spans;
      return span === undefined || !isShipped(span.file_name)
        ? []
        : [
            findingAt(
              "forge lint",
              code?.code ?? "unknown",
              span.file_name,
              span.byte_start,
              message,
            ),
          ];
    });
    return { tool: "forge lint", version, findings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function installedForge(): string | undefined {
  try {
    const require = createRequire(import.meta.url);
    return require.resolve("@foundry-rs/forge-linux-amd64/bin/forge");
  } catch {
    return undefined;
  }
}

/** The compiler comes from npm here too: Foundry would download one. */
function foundryToml(folder: string): string {
  return [
    "[profile.default]",
    'src = "contracts"',
    'test = "test/contracts"',
    `out = ${JSON.stringify(join(folder, "out"))}`,
    `cache_path = ${JSON.stringify(join(folder, "cache"))}`,
    'libs = ["node_modules"]',
    `solc = ${JSON.stringify(join(ROOT, "tools/analysis/solc.mjs"))}`,
    "offline = true",
    "",
  ].join("\n");
}
