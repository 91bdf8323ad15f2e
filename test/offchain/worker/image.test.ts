import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { rtmr3Of } from "@vouch/attestation/guest";
import { gramineTrustedFiles, measureImage } from "@vouch/worker";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const FOLDERS = [
  ...["circuits", "contracts", "create-vouch-app", "offchain", "scripts", "testing", "tools"],
];
const FILES = [".npmrc", "hardhat.config.ts", "package-lock.json", "package.json", "tsconfig.json"];
const NODE = "v22.23.2";
/** The recipe of docs/operate.md. */
const RECIPE = `own='(circuits|contracts|create-vouch-app|testing|offchain/[^/]+)/node_modules|offchain/protocol/(abi|typechain)'
below() { find ${FOLDERS.join(" ")} -regextype posix-extended -type d -regex "$own" -prune -o "$@" -print; }
test ! -e npm-shrinkwrap.json && test -z "$(below \\( -name node_modules -o ! -type d ! -type f \\))" &&
{ printf 'vouch.worker.image.v1\\nnode ${NODE}\\n'
  { printf '%s\\n' ${FILES.join(" ")}
    below -type f
  } | LC_ALL=C sort | xargs sha384sum
} | sha384sum`;

describe("measureImage", () => {
  let folder = "";
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  const digestOf = async (root = folder, node = NODE): Promise<string> =>
    hex((await measureImage(root, node)).digest);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vouch-image-"));
    for (const name of FOLDERS) {
      mkdirSync(join(folder, name, "deep"), { recursive: true });
      writeFileSync(join(folder, name, "deep", "file.ts"), `export const name = "${name}";\n`);
    }
    for (const name of FILES) writeFileSync(join(folder, name), `${name}\n`);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("is what sha384sum says, by the recipe in the docs", async function () {
    if (!hasRecipe()) this.skip(); // no coreutils here
    for (const root of [folder, ROOT]) {
      expect(String(runRecipe(root).stdout).split(" ")[0]).to.equal(await digestOf(root));
    }
  });

  it("is the same of two copies with other dates, and in another place", async () => {
    const copy = mkdtempSync(join(tmpdir(), "vouch-image-copy-"));
    cpSync(folder, copy, { recursive: true });
    utimesSync(join(copy, "scripts/deep/file.ts"), 1, 1);
    expect(await digestOf(copy)).to.equal(await digestOf());
    rmSync(copy, { recursive: true });
  });

  it("leaves out what the lockfile and the contracts determine", async () => {
    const before = await digestOf();
    for (const path of [
      "node_modules",
      "circuits/node_modules",
      "offchain/worker/node_modules",
      "offchain/protocol/abi",
      "offchain/protocol/typechain",
    ]) {
      mkdirSync(join(folder, path), { recursive: true });
      writeFileSync(join(folder, path, "index.js"), "anything");
    }
    mkdirSync(join(folder, "docs"));
    writeFileSync(join(folder, "docs/operate.md"), "anything");
    expect(await digestOf()).to.equal(before);
  });

  it("knows the workspaces, whose packages npm installs beside them", () => {
    const { workspaces } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      workspaces: string[];
    };
    expect(workspaces).to.have.members([
      ...["circuits", "contracts", "create-vouch-app", "offchain/*", "testing"],
    ]);
  });

  for (const [what, change] of [
    [
      "a byte of a source file",
      () => {
        append("offchain/deep/file.ts");
      },
    ],
    [
      "a byte of the lockfile",
      () => {
        append("package-lock.json");
      },
    ],
    [
      "a byte of a contract",
      () => {
        append("contracts/deep/file.ts");
      },
    ],
    [
      "one more file",
      () => {
        append("scripts/deep/another.ts");
      },
    ],
    [
      "a file of another name",
      () => {
        rename("tools/deep/file.ts", "tools/deep/other.ts");
      },
    ],
    [
      "a file that moved",
      () => {
        rename("tools/deep/file.ts", "tools/file.ts");
      },
    ],
    [
      "one file less",
      () => {
        rmSync(join(folder, "scripts/deep/file.ts"));
      },
    ],
  ] as const) {
    it(`is another with ${what}`, async () => {
      const before = await digestOf();
      change();
      expect(await digestOf()).to.not.equal(before);
    });
  }

  it("is another on another version of Node", async () => {
    expect(await digestOf(folder, "v22.23.1")).to.not.equal(await digestOf());
  });

  it("gives the register of a TD that extends it once", async () => {
    const { digest, rtmr3 } = await measureImage(folder, NODE);
    expect(hex(rtmr3)).to.equal(hex(rtmr3Of(digest)));
  });

  it("lists every file for Gramine, with its SHA-256", async () => {
    const listed = gramineTrustedFiles(await measureImage(folder, NODE));
    expect(listed.split("\n")).to.have.length(FOLDERS.length + FILES.length + 2);
    // sha256sum of "package.json\n"
    const sha256 = spawnSync("sha256sum", [join(folder, "package.json")], { encoding: "utf8" });
    if (sha256.status === 0) expect(listed).to.include(sha256.stdout.split(" ")[0]);
    expect(listed).to.match(/^ {2}\{ uri = "file:package\.json", sha256 = "[0-9a-f]{64}" \},$/m);
  });

  for (const [what, change] of [
    [
      "a folder that is missing",
      () => {
        rmSync(join(folder, "circuits"), { recursive: true });
      },
    ],
    [
      "a file that is missing",
      () => {
        rmSync(join(folder, "tsconfig.json"));
      },
    ],
    [
      "a link, which leads to what is not measured",
      () => {
        symlinkSync("/etc/hostname", join(folder, "scripts/link.ts"));
      },
    ],
    [
      "packages where npm installs none, for all workspaces",
      () => {
        plant("offchain/node_modules/zod/index.js");
      },
    ],
    [
      "packages where npm installs none, beside the scripts",
      () => {
        plant("scripts/node_modules/zod/index.js");
      },
    ],
    [
      "packages where npm installs none, within a workspace",
      () => {
        plant("offchain/worker/deep/node_modules/zod/index.js");
      },
    ],
    [
      "a link in the place of a workspace's packages",
      () => {
        mkdirSync(join(folder, "offchain/worker"));
        symlinkSync("/tmp", join(folder, "offchain/worker/node_modules"));
      },
    ],
    [
      "a file that is named as packages are",
      () => {
        plant("offchain/worker/node_modules");
      },
    ],
    [
      "a link in the place of generated types",
      () => {
        mkdirSync(join(folder, "offchain/protocol"));
        symlinkSync("/tmp", join(folder, "offchain/protocol/typechain"));
      },
    ],
    [
      "a file that npm would install by in the lockfile's place",
      () => {
        plant("npm-shrinkwrap.json");
      },
    ],
    [
      "a name that listings quote",
      () => {
        append("scripts/deep/two words.ts");
      },
    ],
  ] as const) {
    it(`throws IMAGE_UNREADABLE for ${what}`, async () => {
      change();
      expect(await codeOfPromise(digestOf())).to.equal("IMAGE_UNREADABLE");
    });
  }

  for (const path of [
    "offchain/node_modules/zod/index.js",
    "scripts/node_modules",
    "npm-shrinkwrap.json",
  ]) {
    it(`gives no digest by the recipe in the docs either, with ${path}`, function () {
      if (!hasRecipe()) this.skip(); // no coreutils here
      plant(path);
      expect(runRecipe(folder)).to.include({ stdout: "", status: 1 });
    });
  }

  function hasRecipe(): boolean {
    return spawnSync("sha384sum", ["--version"]).status === 0;
  }

  function runRecipe(root: string): ReturnType<typeof spawnSync> {
    return spawnSync("sh", ["-c", RECIPE], { cwd: root, encoding: "utf8" });
  }

  function plant(path: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), "anything");
  }

  function append(path: string): void {
    appendFileSync(join(folder, path), "\n");
  }

  function rename(from: string, to: string): void {
    renameSync(join(folder, from), join(folder, to));
  }
});
