// What people type or have where an app is to go, and what they read then.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { parseCommand } from "../../../create-vouch-app/command.ts";
import { createApp } from "../../../create-vouch-app/createApp.ts";
import type { CreateErrorData } from "../../../create-vouch-app/errors.ts";
import { codeOf } from "../../helpers/codeOf.ts";

const BIN = resolve(import.meta.dirname, "../../../create-vouch-app/bin/create-vouch-app.js");
const isWindows = process.platform === "win32";
const tooLong = "a".repeat(300);

type Case = readonly [
  what: string,
  args: readonly string[],
  code: CreateErrorData["code"],
  arrange?: (parent: string) => void,
];
const CASES: readonly Case[] = [
  ["a device of Windows", ["con"], "FOLDER_NAME_INVALID"],
  ["a device with an ending", ["nul.txt"], "FOLDER_NAME_INVALID"],
  ["a device above the app", ["LPT1/app"], "FOLDER_NAME_INVALID"],
  ["a dot at the end", ["app."], "FOLDER_NAME_INVALID"],
  ["a space at the end", ["app ", "--name", "app"], "FOLDER_NAME_INVALID"],
  ["a sign of a shell", ["app?", "--name", "app"], "FOLDER_NAME_INVALID"],
  ["an app among packages", ["node_modules/app"], "FOLDER_NAME_INVALID"],
  ["the folder of packages", ["node_modules", "--name", "app"], "FOLDER_NAME_INVALID"],
  ["a name that npm keeps to itself", ["node_modules"], "NAME_INVALID"],
  ["a name that browsers ask for", ["app", "--name", "favicon.ico"], "NAME_INVALID"],
  ["a name that begins with a dot", [".app"], "NAME_INVALID"],
  ["a name that is too long for a file", [tooLong, "--name", "app"], "WRITE_FAILED"],
  ["one below a folder to be made", [`deep/er/${tooLong}`, "--name", "app"], "WRITE_FAILED"],
  [
    "a file",
    ["file"],
    "FOLDER_IS_FILE",
    (parent) => {
      writeFileSync(join(parent, "file"), "");
    },
  ],
  [
    "a folder below a file",
    ["file/app"],
    "FOLDER_IS_FILE",
    (parent) => {
      writeFileSync(join(parent, "file"), "");
    },
  ],
  [
    "a folder with files",
    ["full"],
    "FOLDER_NOT_EMPTY",
    (parent) => {
      mkdirSync(join(parent, "full/.git"), { recursive: true });
    },
  ],
  [
    "a parent that leads elsewhere",
    ["link/app"],
    "FOLDER_OUTSIDE",
    (parent) => {
      symlinkSync(import.meta.dirname, join(parent, "link"), "junction");
    },
  ],
  [
    "a link that leads nowhere",
    ["link"],
    "WRITE_FAILED",
    (parent) => {
      symlinkSync(join(parent, "missing"), join(parent, "link"), "junction");
    },
  ],
];

describe("create-vouch-app", () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "vouch-create-"));
  });
  afterEach(() => {
    rmSync(parent, { recursive: true, force: true });
  });
  const create = (args: readonly string[]): string | undefined =>
    codeOf(() => {
      const command = parseCommand(args, undefined);
      if (command !== "help") createApp(parent, command);
    });

  for (const [what, args, code, arrange] of CASES) {
    it(`refuses ${what} and leaves everything as it was`, () => {
      arrange?.(parent);
      const before = entriesOf(parent);
      expect(create(args)).to.equal(code);
      expect(entriesOf(parent)).to.deep.equal(before);
    });
  }

  it("takes names that only resemble these, and a link to a folder beside it", () => {
    mkdirSync(join(parent, "there"));
    symlinkSync(join(parent, "there"), join(parent, "link"), "junction");
    for (const folder of ["console", "com10", "nullable.txt", "link/app", "trailing/"])
      expect(create([folder]), folder).to.equal(undefined);
  });

  if (isWindows) {
    process.stderr.write(
      "\n  NOT TRIED: folders without leave to write, Ctrl-C: not on Windows.\n",
    );
    return;
  }

  it("refuses a folder where nothing may be written", () => {
    mkdirSync(join(parent, "theirs"));
    chmodSync(parent, 0o755);
    chmodSync(join(parent, "theirs"), 0o555);
    expect(asNobody(() => create(["theirs/app"]))).to.equal("WRITE_FAILED");
    expect(readdirSync(join(parent, "theirs"))).to.deep.equal([]);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`given ${signal} while it installs, ends the package manager and says what is there`, async () => {
      const bin = join(parent, "bin");
      mkdirSync(bin);
      writeFileSync(join(bin, "npm"), `#!${process.execPath}\n${ENDLESS_INSTALL}`, { mode: 0o755 });
      const child = spawn(process.execPath, [BIN, "app"], {
        cwd: parent,
        env: { ...process.env, PATH: [bin, process.env["PATH"]].join(delimiter) },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const said = text(child.stderr);
      for await (const chunk of child.stdout) if (String(chunk).includes("installing")) break;
      child.kill(signal);
      const [status] = (await once(child, "exit")) as [number | null];
      expect(status).to.equal(130);
      expect(await said)
        .to.include("Stopped.")
        .and.include("npm install");
      expect(readdirSync(join(parent, "app"))).to.include.members(["package.json", "stopped"]);
    });
  }
});

/** Stands for npm: says that it has begun, and what ended it. */
const ENDLESS_INSTALL = `
const { writeFileSync } = require("node:fs");
setInterval(() => {}, 1000);
process.once("SIGINT", () => {
  writeFileSync("stopped", "");
  process.exit(1);
});
console.log("installing");
`;

/** Paths below a folder, with links as what they are. */
function entriesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((it) => `${it} ${lstatSync(join(folder, it)).mode}`)
    .sort();
}

/** Does something without the rights of root, whom nothing is refused. */
function asNobody<T>(action: () => T): T {
  if (process.geteuid?.() !== 0) return action();
  process.seteuid?.(65_534);
  try {
    return action();
  } finally {
    process.seteuid?.(0);
  }
}
