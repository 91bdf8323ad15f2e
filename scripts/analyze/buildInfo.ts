import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../solidity/solidityFiles.ts";
import { runTool } from "./runTool.ts";

export type SolcMessage = {
  readonly errorCode?: string;
  readonly message: string;
  readonly sourceLocation?: { readonly file: string; readonly start: number };
};

/** A compilation of Hardhat's: what the compiler got and what it said. */
export type BuildInfo = {
  readonly id: string;
  readonly solcVersion: string;
  readonly input: { readonly sources: Readonly<Record<string, { readonly content: string }>> };
  readonly output: {
    readonly errors?: readonly SolcMessage[];
    readonly sources: Readonly<Record<string, unknown>>;
    readonly contracts: Readonly<Record<string, unknown>>;
  };
};

/**
 * Builds everything and returns the compilations. One that was kept from an earlier build may hold another version of a file that
 * others share, and slither reads all of them as one project.
 */
export function readBuildInfo(): readonly BuildInfo[] {
  const cli = join(ROOT, "node_modules/hardhat/dist/src/cli.js");
  const env = { HARDHAT_DISABLE_TELEMETRY: "true" };
  const built = runTool(process.execPath, [cli, "build", "--force", "--quiet"], { env });
  if (built.status !== 0) throw new Error(`The contracts do not compile:\n${built.stderr}`);
  const folder = join(ROOT, "artifacts/build-info");
  const read = (name: string): object =>
    JSON.parse(readFileSync(join(folder, name), "utf8")) as object;
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json") && !name.endsWith(".output.json"))
    .map((name) => ({ ...read(name), ...read(name.replace(/json$/, "output.json")) }) as BuildInfo);
}

/** The path in this repository of a source that the compiler was given, where it has one. */
export function repositoryPath(sourceName: string): string | undefined {
  return sourceName.startsWith("project/") ? sourceName.slice("project/".length) : undefined;
}
