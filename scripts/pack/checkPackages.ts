// Holds the tarballs of dist/packages to what Node, TypeScript and bundlers expect of a package: publint and arethetypeswrong. Any
// finding is an error.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { ROOT } from "./workspaces.ts";

/** Packages are ES modules only, which the first cannot import; the second reads no `exports` at all. */
const NOT_SUPPORTED = ["node16-cjs", "node10"];
/** Solidity, JSON and a command's own starter have no types. */
const UNTYPED = /\.(sol|json)$|^\.\/launch$|\*/;

/** Returns what is wrong with a tarball, one line each. */
export async function findProblems(path: string): Promise<readonly string[]> {
  const tarball = readFileSync(path);
  const data = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: data }, strict: true });
  const lints = messages.map((it) => formatMessage(it, pkg, { color: false }) ?? it.code);
  const types = await checkPackage(createPackageFromTarballData(tarball), {
    excludeEntrypoints: [UNTYPED],
  });
  if (types.types === false) return lints;
  const wrong = types.problems
    .filter((it) => !("resolutionKind" in it) || !NOT_SUPPORTED.includes(it.resolutionKind))
    .map((it) => `${it.kind}${"entrypoint" in it ? ` at ${it.entrypoint}` : ""}`);
  return [...lints, ...wrong];
}

if (import.meta.main) {
  const folder = join(ROOT, "dist/packages");
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const names = files.filter((it) => it.endsWith(".tgz"));
  if (names.length === 0)
    throw new Error(`there are no tarballs in ${folder}: run \`npm run pack\``);
  for (const name of names) {
    const problems = await findProblems(join(folder, name));
    console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${name}`);
    for (const problem of problems) console.log(`       ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  }
}
