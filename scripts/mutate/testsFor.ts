import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ROOT, filesBelow, importClosure } from "../solidity/solidityFiles.ts";

/** Test files in the order in which they are asked: those of the contract itself, then those of what imports it. */
export type ConcernedTests = {
  readonly own: readonly string[];
  readonly dependents: readonly string[];
};

/**
 * Finds the tests that concern a contract. No list is kept: a test concerns a contract where it lies in a folder of its
 * name or names it, a Solidity test where it imports it. Tests of gas are left out: their snapshots notice any change
 * of the code, and would call every mutant killed.
 */
export function testsFor(path: string): ConcernedTests {
  const closure = importClosure();
  const dependents = [...closure]
    .filter(([file, imports]) => file.startsWith("contracts/") && imports.has(path))
    .map(([file]) => basename(file, ".sol"));
  const mocha = filesBelow("test/contracts", ".test.ts").filter((file) => !/gas/i.test(file));
  const concerned = (name: string): readonly string[] =>
    mocha.filter(
      (file) =>
        file.split("/").includes(name) ||
        new RegExp(`\\b${name}\\b`).test(readFileSync(join(ROOT, file), "utf8")),
    );
  const solidity = filesBelow("test/contracts", ".t.sol").filter((file) =>
    closure.get(file)?.has(path),
  );
  const own = [...concerned(basename(path, ".sol")), ...solidity];
  const others = dependents.flatMap((name) => concerned(name));
  return {
    own: unique(own),
    dependents: unique(others).filter((file) => !own.includes(file)),
  };
}

function unique(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].sort();
}
