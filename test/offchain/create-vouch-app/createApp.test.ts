import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, parse, relative, resolve } from "node:path";
import { expect } from "chai";
import { createApp } from "../../../create-vouch-app/createApp.ts";
import { codeOf } from "../../helpers/codeOf.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const TEMPLATE = join(ROOT, "create-vouch-app/template");

type Manifest = {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
};

describe("createApp", () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "vouch-create-"));
  });
  afterEach(() => {
    rmSync(parent, { recursive: true, force: true });
  });
  const create = (folder: string): string =>
    createApp(parent, { folder, name: "some-app", template: "hardhat" });

  describe("given a folder that is new or empty", () => {
    it("writes the whole template, named as asked", () => {
      mkdirSync(join(parent, "empty"));
      for (const folder of ["new", "empty", "deep/er"]) {
        const made = create(folder);
        expect(made).to.equal(join(parent, folder));
        expect(readManifest(made).name).to.equal("some-app");
        expect(filesOf(made)).to.deep.equal(
          filesOf(TEMPLATE).map((it) => (it === "gitignore" ? ".gitignore" : it)),
        );
      }
    });
  });

  describe("given the root of the file system, as containers begin in", () => {
    it("writes below it", () => {
      const { root } = parse(parent);
      const folder = relative(root, join(parent, "rooted"));
      const made = createApp(root, { folder, name: "some-app", template: "hardhat" });
      expect(made).to.equal(join(parent, "rooted"));
      expect(
        codeOf(() => createApp(root, { folder: "", name: "a", template: "hardhat" })),
      ).to.equal("FOLDER_OUTSIDE");
    });
  });

  describe("given a folder that is not empty, or no folder", () => {
    it("refuses and leaves it as it was", () => {
      mkdirSync(join(parent, "full"));
      writeFileSync(join(parent, "full/mine"), "kept");
      expect(codeOf(() => create("full"))).to.equal("FOLDER_NOT_EMPTY");
      expect(codeOf(() => create("full/mine"))).to.equal("FOLDER_IS_FILE");
      expect(readdirSync(join(parent, "full"))).to.deep.equal(["mine"]);
    });
  });

  describe("given a folder that is not below the current one", () => {
    for (const folder of ["..", "../other", ".", "", "a/../..", "/tmp/vouch-elsewhere"]) {
      it(`refuses "${folder}"`, () => {
        expect(codeOf(() => create(folder))).to.equal("FOLDER_OUTSIDE");
      });
    }
  });
});

describe("the template", () => {
  it("pins what this repository pins", () => {
    const ours = readManifest(ROOT);
    const known = { ...ours.devDependencies, ...ours.optionalDependencies, ethers: "6.17.0" };
    const { dependencies, devDependencies, optionalDependencies } = readManifest(TEMPLATE);
    const pinned = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
    const expected = pinned.map(([name]) => [
      name,
      name.startsWith("@vouch/") ? "0.1.0" : known[name as keyof typeof known],
    ]);
    expect(pinned).to.deep.equal(expected);
  });

  it("has the repository's model, and its repair of what npm leaves out", () => {
    for (const [path, origin] of [
      ["models/vol-eth-mlp/model.onnx", "models/vol-eth-mlp/model.onnx"],
      ["models/vol-eth-mlp/samples.json", "models/vol-eth-mlp/samples.json"],
      ["models/vol-eth-mlp/release.json", "models/vol-eth-mlp/release.json"],
      ["tools/ensure-native.mjs", "tools/ensure-native.mjs"],
    ] as const) {
      const same = readFileSync(join(TEMPLATE, path)).equals(readFileSync(join(ROOT, origin)));
      expect(same, path).to.be.true;
    }
  });
});

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** Files below a folder, but for what a build leaves there. */
function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name).slice(folder.length + 1))
    .filter((it) => !/^(?:node_modules|artifacts|cache|\.vouch)\b/.test(it))
    .sort((a, b) => (a.replace(/^\./, "") < b.replace(/^\./, "") ? -1 : 1));
}
