// Makes a tarball of every package, as `npm publish` takes it, in dist/packages. The contracts must be built.
import { execFile } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { progressLine } from "../offchain/hardhat/tasks/progressLine.ts";
import { emitSources } from "./pack/emit.ts";
import { stagePackage } from "./pack/stage.ts";
import { publishedWorkspaces, ROOT } from "./pack/workspaces.ts";

/** What `npm pack --json` says of each. */
type Packed = { readonly name: string; readonly size: number; readonly entryCount: number };

const dist = join(ROOT, "dist");
const tarballs = join(dist, "packages");
const { onProgress, done } = progressLine(false);

onProgress("compile the packages to JavaScript");
await emitSources(join(dist, "emit")).finally(done);

onProgress("put each package together");
const workspaces = publishedWorkspaces();
const folders = workspaces.map((it) => stagePackage(it, join(dist, "emit"), join(dist, "stage")));
done();

onProgress(`pack ${folders.length} packages`);
rmSync(tarballs, { recursive: true, force: true });
mkdirSync(tarballs, { recursive: true });
const { stdout } = await promisify(execFile)(
  "npm",
  ["pack", "--json", "--ignore-scripts", "--pack-destination", tarballs, ...folders],
  { maxBuffer: 1 << 28, cwd: dist, shell: process.platform === "win32" },
).finally(done);
for (const { name, size, entryCount } of JSON.parse(stdout) as readonly Packed[]) {
  console.log(`${name.padEnd(22)} ${(size / 1000).toFixed(0).padStart(6)} kB  ${entryCount} files`);
}
console.log(`The tarballs are in ${tarballs}`);
