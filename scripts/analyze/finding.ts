import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type AstNode, declarationAt, lineAt, parseSolidity } from "../solidity/parseSolidity.ts";
import { ROOT } from "../solidity/solidityFiles.ts";

/** What an analyser says; `at` is `path#Contract.function`, which outlives a change of lines. */
export type Finding = {
  readonly tool: string;
  readonly rule: string;
  readonly at: string;
  readonly path: string;
  readonly line: number;
  readonly message: string;
};

/** An analyser that ran, or why it did not. */
export type Analysis =
  | { readonly tool: string; readonly version: string; readonly findings: readonly Finding[] }
  | { readonly tool: string; readonly absent: string };

type Parsed = { readonly source: Buffer; readonly unit: AstNode };

const parsed = new Map<string, Parsed>();

function parse(path: string): Parsed {
  const known = parsed.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(join(ROOT, path), "utf8");
  const made = { source: Buffer.from(text), unit: parseSolidity(path, text) };
  parsed.set(path, made);
  return made;
}

/** Places a finding at a byte offset of a file. */
export function findingAt(
  tool: string,
  rule: string,
  path: string,
  offset: number,
  message: string,
): Finding {
  const { source, unit } = parse(path);
  const declaration = declarationAt(unit, offset);
  const at = declaration === "" ? path : `${path}#${declaration}`;
  return { tool, rule, at, path, line: lineAt(source, offset), message };
}

/** Places a finding at the first code of a 1-based line. */
export function findingOnLine(
  tool: string,
  rule: string,
  path: string,
  line: number,
  message: string,
): Finding {
  const { source } = parse(path);
  const lines = source.toString().split("\n");
  const before = lines
    .slice(0, line - 1)
    .reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
  const indent = lines[line - 1]?.match(/^\s*/)?.[0].length ?? 0;
  return findingAt(tool, rule, path, before + indent, message);
}

/** Whether a path is of a contract that ships. */
export function isShipped(path: string): boolean {
  return path.startsWith("contracts/") && !path.startsWith("contracts/mocks/");
}
