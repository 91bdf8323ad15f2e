import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { declarationAt, parseSolidity } from "../solidity/parseSolidity.ts";
import { ROOT } from "../solidity/solidityFiles.ts";
import { branchesOf, tagOf } from "./branchesOf.ts";

/** A line or an outcome of a branch that no test reached; `what` names it without its line's number. */
export type Gap = {
  readonly at: string;
  readonly what: string;
  readonly line: number;
};

export type FileCoverage = {
  readonly path: string;
  readonly lines: number;
  readonly coveredLines: number;
  readonly outcomes: number;
  readonly coveredOutcomes: number;
  readonly gaps: readonly Gap[];
};

const NONE: ReadonlyMap<number, boolean> = new Map<number, boolean>();

/** Reads what the last run of Hardhat's coverage left in `coverage/`. */
export function measuredCoverage(paths: readonly string[]): readonly FileCoverage[] {
  const tags = readTags();
  const lines = readLines();
  return paths.map((path) => fileCoverage(path, tags, lines.get(path) ?? NONE));
}

function fileCoverage(
  path: string,
  tags: ReadonlySet<string>,
  lines: ReadonlyMap<number, boolean>,
): FileCoverage {
  const text = readFileSync(join(ROOT, path), "utf8");
  const unit = parseSolidity(path, text);
  const place = (declaration: string): string =>
    declaration === "" ? path : `${path}#${declaration}`;
  const texts = text.split("\n");
  const offsetOf = (line: number): number =>
    Buffer.byteLength(texts.slice(0, line - 1).join("\n")) +
    1 +
    (texts[line - 1]?.search(/\S/) ?? 0);

  const lineGaps = [...lines]
    .filter(([, covered]) => !covered)
    .map(([line]) => ({
      at: place(declarationAt(unit, offsetOf(line))),
      what: `line: ${texts[line - 1]?.trim() ?? ""}`,
      line,
    }));
  const outcomes = branchesOf(path, text).flatMap((branch) =>
    (branch.kind === "clause" ? [true] : [true, false]).map((outcome) => ({ branch, outcome })),
  );
  const branchGaps = outcomes
    .filter(({ branch, outcome }) => !tags.has(tagOf(branch, outcome)))
    .map(({ branch, outcome }) => ({
      at: place(branch.declaration),
      what: `${branch.text} is ${outcome}`,
      line: branch.line,
    }));
  return {
    path,
    lines: lines.size,
    coveredLines: lines.size - lineGaps.length,
    outcomes: outcomes.length,
    coveredOutcomes: outcomes.length - branchGaps.length,
    gaps: [...lineGaps, ...branchGaps],
  };
}

function readTags(): ReadonlySet<string> {
  const folder = join(ROOT, "coverage/data");
  const files = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
        path.endsWith(".json"),
      )
    : [];
  return new Set(
    files.flatMap((path) =>
      Object.keys(JSON.parse(readFileSync(join(folder, path), "utf8")) as object),
    ),
  );
}

function readLines(): ReadonlyMap<string, ReadonlyMap<number, boolean>> {
  const files = new Map<string, Map<number, boolean>>();
  let lines = new Map<number, boolean>();
  for (const row of readFileSync(join(ROOT, "coverage/lcov.info"), "utf8").split("\n")) {
    if (row.startsWith("SF:")) files.set(row.slice(3), (lines = new Map<number, boolean>()));
    const data = /^DA:(\d+),(\d+)/.exec(row);
    if (data !== null) lines.set(Number(data[1]), data[2] !== "0");
  }
  return files;
}
