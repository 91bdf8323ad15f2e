/** Test only: the project of the page about Hardhat: what the page shows, a model, and nothing else. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Surroundings } from "./surroundings.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const HARDHAT = join(ROOT, "node_modules/hardhat/dist/src/cli.js");
const CONFIG = "hardhat.config.ts";

/** Lays the project out in the folder that the page's blocks are written to, by which they find the packages. */
export function projectSurroundings(folder: string): {
  readonly of: Readonly<Record<"project", Surroundings>>;
  readonly close: () => Promise<void>;
} {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "mine", type: "module" }));
  cpSync(join(ROOT, "models/credit-german-mlp"), join(folder, "models/mine"), { recursive: true });
  return {
    of: {
      project: {
        programOf({ path }) {
          // A configuration is executed by whatever task; this one is the plugin's.
          const task = path.endsWith(CONFIG)
            ? ["release:types", "--help"]
            : ["run", "--no-compile", path];
          const args = [HARDHAT, "--config", CONFIG, ...task];
          return {
            ...{ program: process.execPath, args, folder: dirname(path) },
            env: { VOUCH_HOME: join(ROOT, ".vouch", "test-plugin") },
          };
        },
      },
    },
    close() {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}
