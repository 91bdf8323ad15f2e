// Writes the artifacts that `@vouch/contracts` and `@vouch/testing` ship, from what `npm run build` compiled. Run by `npm pack` of
// either, in its folder.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
/** What no integrator gets: it is there for the repository's own tests and pages. */
const KEPT_BACK = ["mocks", "examples"];

type Artifact = {
  readonly contractName: string;
  readonly sourceName: string;
  readonly abi: readonly unknown[];
  readonly bytecode: string;
};

/**
 * Writes one JSON file for each contract and interface of a Solidity package into `target`, which is emptied first, and returns
 * their names. A contract that cannot be deployed has its ABI and `0x` for bytecode.
 *
 * @param folder The package's folder in the repository: `contracts` or `testing`.
 * @throws {Error} where two contracts have one name, or nothing was compiled.
 */
export function writeContractArtifacts(folder: string, target: string): readonly string[] {
  const sources = join(ROOT, "artifacts", folder);
  const artifacts = readdirSync(sources, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".json") && !KEPT_BACK.includes(path.split("/")[0] ?? ""))
    .map((path) => JSON.parse(readFileSync(join(sources, path), "utf8")) as Artifact)
    .filter(({ abi }) => abi.length > 0);
  if (artifacts.length === 0)
    throw new Error(`nothing is compiled below ${sources}: run \`npm run build\` first`);

  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const names = artifacts.map(({ contractName }) => contractName).sort();
  const twice = names.find((name, index) => names[index + 1] === name);
  if (twice !== undefined) throw new Error(`two contracts of ${folder} are called ${twice}`);
  for (const artifact of artifacts) {
    const path = join(target, `${artifact.contractName}.json`);
    writeFileSync(path, `${JSON.stringify(published(artifact, folder))}\n`);
  }
  return names;
}

/** As the package's files are called, and without the number of a build that is not shipped. */
function published(artifact: Artifact, folder: string): object {
  const sourceName = `@vouch/${folder}/${relative(folder, artifact.sourceName)}`;
  const kept = Object.entries(artifact).filter(([name]) => name !== "buildInfoId");
  return { ...Object.fromEntries(kept), sourceName, inputSourceName: sourceName };
}

if (import.meta.main) {
  const folder = basename(process.cwd());
  const names = writeContractArtifacts(folder, join(process.cwd(), "artifacts"));
  console.log(`${names.length} artifacts of ${folder}`);
}
