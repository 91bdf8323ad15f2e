import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { BuildInfo } from "./buildInfo.ts";
import { type Analysis, type Finding, findingAt, isShipped } from "./finding.ts";
import { onPath, runTool } from "./runTool.ts";

type Element = {
  readonly source_mapping?: { readonly filename_relative: string; readonly start: number };
};

type Report = {
  readonly success: boolean;
  readonly error: string | null;
  readonly results: {
    readonly detectors?: readonly {
      readonly check: string;
      readonly description: string;
      readonly elements: readonly Element[];
    }[];
  };
};

/**
 * Slither over Hardhat's own compilations, where it is on PATH. It reads the form that Hardhat 2 wrote, so sources and
 * compilations are laid out that way in a folder of their own.
 */
export function slither(builds: readonly BuildInfo[]): Analysis {
  const program = onPath("slither");
  if (program === undefined) {
    return {
      tool: "slither",
      absent: "not on PATH; it is a Python program (pip install slither-analyzer)",
    };
  }
  const version = runTool(program, ["--version"]).stdout.trim();
  const folder = mkdtempSync(join(tmpdir(), "vouch-slither-"));
  try {
    for (const build of builds) writeProject(folder, build);
    const report = join(folder, "report.json");
    const { stderr } = runTool(
      program,
      [
        ...[".", "--compile-force-framework", "hardhat", "--ignore-compile", "--json", report],
        ...["--hardhat-ignore-compile", "--exclude-informational", "--exclude-optimization"],
      ],
      { cwd: folder },
    );
    const { success, error, results } = readReport(report, stderr);
    if (!success) throw new Error(`slither failed: ${error ?? stderr}`);
    return { tool: "slither", version, findings: (results.detectors ?? []).flatMap(toFinding) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(path: string, stderr: string): Report {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Report;
  } catch (cause) {
    throw new Error(`slither wrote no report:\n${stderr}`, { cause });
  }
}

function toFinding({
  check,
  description,
  elements,
}: {
  readonly check: string;
  readonly description: string;
  readonly elements: readonly Element[];
}): readonly Finding[] {
  const place = elements[0]?.source_mapping;
  if (place === undefined || !isShipped(place.filename_relative)) return [];
  const message = description.split("\n")[0] ?? check;
  return [findingAt("slither", check, place.filename_relative, place.start, message)];
}

function writeProject(folder: string, build: BuildInfo): void {
  const sources = withPaths(build.input.sources);
  for (const [path, { content }] of Object.entries(sources)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const output = {
    ...build.output,
    sources: withAbsolutePaths(withPaths(build.output.sources)),
    contracts: withPaths(build.output.contracts),
  };
  const info = {
    ...build,
    _format: "hh-sol-build-info-1",
    input: { ...build.input, sources },
    output,
  };
  mkdirSync(join(folder, "artifacts/build-info"), { recursive: true });
  writeFileSync(join(folder, "artifacts/build-info", `${build.id}.json`), JSON.stringify(info));
  writeFileSync(join(folder, "hardhat.config.js"), "module.exports = {};\n");
}

/** A source's path in the folder: ours as in the repository, a package's below `packages`. */
function pathOf(sourceName: string): string {
  return sourceName
    .replace(/^project\//, "")
    .replace(/^npm\/@?(.*?)@[^/]+\//, (_, name: string) => `packages/${name}/`);
}

function withPaths<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [pathOf(name), value]));
}

function withAbsolutePaths<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withAbsolutePaths) as T;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]: [string, unknown]) => [
      key,
      key === "absolutePath" && typeof field === "string"
        ? pathOf(field)
        : withAbsolutePaths(field),
    ]),
  ) as T;
}
