import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { privateWorkspaces, ROOT } from "./workspaces.ts";

/** Where the TypeScript that is published lies. */
const SOURCES = ["offchain", "create-vouch-app"];
/** An import or export of another file, in a declaration: `from "./x.ts"`, `import("./x.ts")`. */
const RELATIVE_SOURCE = /((?:from|import\()\s*["']\.{1,2}\/[^"']+)\.ts(["'])/g;
/** A file that is started rather than imported. */
const PROGRAM_SOURCE = /(new URL\("[^"]+)\.ts("\s*,\s*import\.meta\.url\))/g;

/**
 * Compiles the TypeScript of every package to JavaScript and declarations below `target`, at the same relative paths: Node
 * reads no types in installed packages. Only what changed is compiled again.
 *
 * @throws {Error} where the compiler refuses a file; it has printed why.
 */
export async function emitSources(target: string): Promise<void> {
  mkdirSync(target, { recursive: true });
  const project = join(target, "tsconfig.json");
  const compilerOptions = {
    rootDir: ROOT,
    outDir: target,
    noEmit: false,
    declaration: true,
    incremental: true,
    tsBuildInfoFile: join(target, "tsconfig.tsbuildinfo"),
    rewriteRelativeImportExtensions: true,
  };
  const config = {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: { ...compilerOptions, typeRoots: [join(ROOT, "node_modules/@types")] },
    include: SOURCES.map((it) => join(ROOT, it)),
    exclude: [
      join(ROOT, "**/node_modules"),
      join(ROOT, "create-vouch-app/template"),
      ...privateWorkspaces().map(({ folder }) => join(ROOT, folder)),
    ],
  };
  writeFileSync(project, JSON.stringify(config, null, 2));
  await compile(project);
  rewrite(target);
}

function compile(project: string): Promise<void> {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const child = spawn(process.execPath, [tsc, "-p", project], { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error("the packages do not compile"));
    });
  });
}

/** The compiler leaves `.ts` in declarations, and in the names of programs. */
function rewrite(target: string): void {
  const files = SOURCES.flatMap((folder) =>
    readdirSync(join(target, folder), { recursive: true, encoding: "utf8" }).map((it) =>
      join(folder, it),
    ),
  );
  for (const name of files) {
    const isDeclaration = name.endsWith(".d.ts");
    if (!isDeclaration && !name.endsWith(".js")) continue;
    const path = join(target, name);
    if (!existsSync(join(ROOT, name.replace(/(\.d\.ts|\.js)$/, ".ts")))) {
      rmSync(path); // left by a source that is gone
      continue;
    }
    const text = readFileSync(path, "utf8");
    const pattern = isDeclaration ? RELATIVE_SOURCE : PROGRAM_SOURCE;
    const rewritten = text.replace(pattern, "$1.js$2");
    if (rewritten !== text) writeFileSync(path, rewritten);
  }
}
