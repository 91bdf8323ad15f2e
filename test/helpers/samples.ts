/** Test only: a sample project as a stranger has it, beside packed packages instead of the repository. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const INSTALLED = join(ROOT, "node_modules");
/** Never linked from the repository: what is under test, and what a compiler must find inside the project. */
const COPIED = ["@vouch", "@openzeppelin"];

export type Finished = { readonly code: number | null; readonly output: string };

/** Packs `@vouch/contracts` and `@vouch/testing` into `folder`, as `npm pack` does in theirs. */
export async function packSolidity(folder: string): Promise<void> {
  for (const name of ["contracts", "testing"]) {
    const args = ["pack", "--silent", "--pack-destination", folder];
    const packed = await run("npm", args, join(ROOT, name));
    if (packed.code !== 0) throw new Error(`npm pack of ${name} failed: ${packed.output}`);
  }
}

/**
 * Lays a folder of the repository out in `project` with the packages of `tarballs` unpacked where npm unpacks them. What else it
 * depends on is linked from the repository, so that nothing is downloaded.
 */
export async function layOut(source: string, tarballs: string, project: string): Promise<void> {
  cpSync(join(ROOT, source), project, { recursive: true });
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, "@vouch"), { recursive: true });
  cpSync(join(INSTALLED, "@openzeppelin/contracts"), join(modules, "@openzeppelin/contracts"), {
    recursive: true,
  });
  for (const name of readdirSync(INSTALLED).filter((it) => !COPIED.includes(it)))
    symlinkSync(join(INSTALLED, name), join(modules, name));
  for (const tarball of readdirSync(tarballs)) {
    const name = /^vouch-(\w+)-/.exec(tarball)?.[1];
    if (name === undefined) continue; // create-vouch-app, which no project depends on
    const target = join(modules, "@vouch", name);
    mkdirSync(target);
    const unpacked = await run(
      "tar",
      ["xzf", join(tarballs, tarball), "-C", target, "--strip-components=1"],
      project,
    );
    if (unpacked.code !== 0) throw new Error(`${tarball} cannot be read: ${unpacked.output}`);
  }
}

/** Runs a command in `cwd` with the repository's tools on the path; standard error is part of the output. */
export function run(command: string, args: readonly string[], cwd: string): Promise<Finished> {
  const path = [join(INSTALLED, ".bin"), process.env["PATH"] ?? ""].join(delimiter);
  const env = { ...process.env, PATH: path, HARDHAT_DISABLE_TELEMETRY: "true", NO_COLOR: "1" };
  return new Promise((fulfil, reject) => {
    const child = spawn(command, args, { cwd, env });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      fulfil({ code, output });
    });
  });
}
