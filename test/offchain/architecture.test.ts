import { existsSync, readFileSync, readdirSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { expect } from "chai";
import ts from "typescript";

const ROOT = resolve(import.meta.dirname, "../..");
const MAX_LINES = 600;

/** What each workspace may import of the others (docs/architecture.md): never the other way round. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "@vouch/contracts": [],
  "@vouch/testing": ["@vouch/contracts"],
  "@vouch/circuits": [],
  "create-vouch-app": [],
  "@vouch/protocol": [],
  "@vouch/sdk": ["@vouch/protocol"],
  "@vouch/sealing": ["@vouch/protocol"],
  "@vouch/storage": ["@vouch/protocol"],
  "@vouch/attestation": ["@vouch/protocol"],
  "@vouch/compiler": ["@vouch/protocol", "@vouch/circuits"],
  "@vouch/native": ["@vouch/protocol"],
  "@vouch/prover": ["@vouch/protocol", "@vouch/circuits", "@vouch/compiler", "@vouch/native"],
  "@vouch/publisher": [
    ...["@vouch/protocol", "@vouch/sdk", "@vouch/compiler", "@vouch/prover", "@vouch/sealing"],
  ],
  "@vouch/chain": ["@vouch/protocol"],
  "@vouch/queue": ["@vouch/protocol", "@vouch/chain"],
  "@vouch/ceremony": ["@vouch/protocol", "@vouch/prover", "@vouch/queue"],
  "@vouch/execution": [
    ...["@vouch/protocol", "@vouch/compiler", "@vouch/prover", "@vouch/publisher"],
    "@vouch/sealing",
  ],
  "@vouch/worker": [
    ...["@vouch/protocol", "@vouch/sdk", "@vouch/attestation", "@vouch/chain", "@vouch/queue"],
    ...["@vouch/compiler", "@vouch/prover", "@vouch/publisher", "@vouch/execution"],
    "@vouch/sealing",
  ],
  "@vouch/gateway": [
    ...["@vouch/protocol", "@vouch/sdk", "@vouch/chain", "@vouch/queue"],
    ...["@vouch/execution", "@vouch/worker"],
  ],
  "@vouch/operator": [
    ...["@vouch/protocol", "@vouch/publisher", "@vouch/chain", "@vouch/execution"],
    ...["@vouch/worker", "@vouch/gateway"],
  ],
  "@vouch/indexer": ["@vouch/protocol"],
  "@vouch/explorer": ["@vouch/protocol", "@vouch/sdk", "@vouch/attestation"],
  "@vouch/hardhat": [
    ...["@vouch/protocol", "@vouch/attestation", "@vouch/compiler", "@vouch/prover"],
    ...["@vouch/ceremony", "@vouch/publisher", "@vouch/sdk", "@vouch/worker", "@vouch/sealing"],
  ],
};

/** What an integrator may build on without taking on the GPL. */
const PERMISSIVE = [
  ...["@vouch/contracts", "@vouch/testing", "create-vouch-app"],
  ...["@vouch/protocol", "@vouch/sdk", "@vouch/sealing", "@vouch/storage", "@vouch/attestation"],
  ...["@vouch/chain", "@vouch/queue", "@vouch/native", "@vouch/indexer", "@vouch/explorer"],
];
const COPYLEFT = Object.keys(MAY_IMPORT).filter((name) => !PERMISSIVE.includes(name));
const SOLIDITY_SOURCES = ["@openzeppelin/contracts", "solady"];

type Manifest = {
  readonly name: string;
  readonly license?: string | { readonly type: string };
  readonly licenses?: readonly { readonly type: string }[];
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  /** Of a workspace that nobody installs, what it is built with. */
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly private?: boolean;
  /** What the project that installs it has as well. */
  readonly peerDependencies?: Readonly<Record<string, string>>;
};
type Workspace = { readonly folder: string; readonly manifest: Manifest };
type Import = { readonly file: string; readonly specifier: string };

const workspaces = readWorkspaces();

describe("dependencies between packages", () => {
  it("point one way, and are declared", () => {
    expect([...workspaces.keys()].sort()).to.deep.equal(Object.keys(MAY_IMPORT).sort());
    const wrong = [...workspaces].flatMap(([name, { folder, manifest }]) => {
      const declared = Object.keys({
        ...{ ...manifest.dependencies, ...manifest.peerDependencies },
        ...(manifest.private === true ? manifest.devDependencies : {}),
      });
      const used = importsOf(folder).filter(({ specifier }) => isPackage(specifier));
      return [
        ...declared.filter((it) => isOurs(it) && !mayImport(name, it)),
        ...used
          .filter(({ specifier }) => !declared.includes(packageOf(specifier)))
          .map(({ file, specifier }) => `${file}: ${specifier}`),
      ];
    });
    expect(wrong).to.deep.equal([]);
  });

  it("have no cycle", () => {
    for (const name of Object.keys(MAY_IMPORT)) {
      expect(reach(name, (it) => MAY_IMPORT[it] ?? [])).to.not.include(name);
    }
  });

  it("go through what a package exports, never into its folder", () => {
    const wrong = [...workspaces.values()].flatMap(({ folder }) =>
      importsOf(folder).filter(({ file, specifier }) =>
        specifier.startsWith(".")
          ? !resolve(ROOT, dirname(file), specifier).startsWith(folder + sep)
          : isOurs(specifier) && !isExported(specifier),
      ),
    );
    expect(wrong).to.deep.equal([]);
  });

  it("are pinned to one version each", () => {
    const loose = [...workspaces.values()].flatMap(({ manifest }) =>
      Object.entries(manifest.dependencies ?? {}).filter(
        ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
      ),
    );
    expect(loose).to.deep.equal([]);
  });

  it("leave protocol and sdk free of Node, so that a browser can run them", () => {
    const wrong = ["@vouch/protocol", "@vouch/sdk"].flatMap((name) =>
      importsOf(workspace(name).folder).filter(({ specifier }) => isBuiltin(specifier)),
    );
    expect(wrong).to.deep.equal([]);
  });

  it("are seen by this test", () => {
    const seen = importsOf(workspace("@vouch/prover").folder).map(({ specifier }) => specifier);
    expect(seen).to.include.members(["@vouch/protocol", "snarkjs"]);
    expect(seen.some(isBuiltin)).to.be.true;
    expect(importsIn('export * from "a"; await import("b"); import "c";')).to.have.members([
      ...["a", "b", "c"],
    ]);
  });
});

describe("licences", () => {
  for (const name of PERMISSIVE) {
    it(`${name} is MIT and reaches nothing under the GPL`, () => {
      expect(workspace(name).manifest.license).to.equal("MIT");
      expect(copyleftReachedBy(name)).to.deep.equal([]);
    });
  }

  for (const name of COPYLEFT) {
    it(`${name} is GPL-3.0-or-later`, () => {
      expect(workspace(name).manifest.license).to.equal("GPL-3.0-or-later");
    });
  }

  it("are read by this test: the prover reaches snarkjs", () => {
    expect(copyleftReachedBy("@vouch/prover")).to.include.members(["snarkjs", "circom2"]);
    expect(copyleftReachedBy("@vouch/circuits")).to.include("circomlib");
  });

  it("head every contract: MIT, with imports from itself and permissive libraries only", () => {
    for (const name of ["@vouch/contracts", "@vouch/testing"]) {
      const { folder } = workspace(name);
      const files = filesIn(folder, [".sol"]);
      expect(files).to.not.be.empty;
      for (const file of files) {
        const text = readFileSync(file, "utf8");
        expect(text, file).to.match(/^\/\/ SPDX-License-Identifier: MIT\n/);
        for (const specifier of solidityImports(text)) {
          const inside = specifier.startsWith(".")
            ? resolve(dirname(file), specifier).startsWith(folder + sep)
            : SOLIDITY_SOURCES.includes(packageOf(specifier)) ||
              mayImport(name, packageOf(specifier));
          expect(inside, `${file}: ${specifier}`).to.be.true;
        }
      }
    }
  });
});

describe("the test kit", () => {
  const names = /["']@vouch\/testing|["'][./\w-]*\/testing\/|\bMockVouch\b/;

  it("is named by nothing that is deployed, deploys or runs", () => {
    const kept = ["contracts", "circuits", "offchain"].flatMap((folder) =>
      filesIn(join(ROOT, folder), [".ts", ".sol", ".json"]),
    );
    expect(kept).to.not.be.empty;
    const wrong = kept.filter((file) => names.test(importLines(readFileSync(file, "utf8"))));
    expect(wrong.map((file) => relative(ROOT, file))).to.deep.equal([]);
  });

  it("would be seen by this test", () => {
    for (const line of [
      'import {MockVouch} from "@vouch/testing/MockVouch.sol";',
      'const vouch = m.contract("MockVouch");',
      'import MockVouch from "../../testing/artifacts/MockVouch.json" with { type: "json" };',
      '    "@vouch/testing": "0.1.0"',
    ]) {
      expect(names.test(importLines(line)), line).to.be.true;
    }
  });
});

describe("source files", () => {
  it(`have at most ${MAX_LINES} lines`, () => {
    const folders = [
      ...["contracts", "testing", "circuits", "offchain", "create-vouch-app"],
      ...["scripts", "bench", "test"],
    ];
    const files = folders.flatMap((folder) =>
      filesIn(join(ROOT, folder), [".ts", ".sol", ".circom"]),
    );
    const long = files
      .map((file) => [relative(ROOT, file), readFileSync(file, "utf8").split("\n").length - 1])
      .filter(([, lines]) => Number(lines) > MAX_LINES);
    expect(files).to.not.be.empty;
    expect(long).to.deep.equal([]);
  });
});

function readWorkspaces(): ReadonlyMap<string, Workspace> {
  const offchain = join(ROOT, "offchain");
  const folders = ["contracts", "testing", "circuits", "create-vouch-app"]
    .map((it) => join(ROOT, it))
    .concat(readdirSync(offchain).map((it) => join(offchain, it)));
  return new Map(
    folders.map((folder) => {
      const manifest = readManifest(folder);
      return [manifest.name, { folder, manifest }];
    }),
  );
}

function workspace(name: string): Workspace {
  return workspaces.get(name)!; // the first test compares the names
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** Generated and installed files are nobody's source; a template is a project of its own. */
function filesIn(folder: string, endings: readonly string[]): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ["node_modules", "typechain", "template"].includes(entry.name)
        ? []
        : filesIn(path, endings);
    return endings.some((ending) => entry.name.endsWith(ending)) ? [path] : [];
  });
}

function importsOf(folder: string): Import[] {
  return filesIn(folder, [".ts"]).flatMap((file) =>
    importsIn(readFileSync(file, "utf8")).map((specifier) => ({
      file: relative(ROOT, file),
      specifier,
    })),
  );
}

function solidityImports(text: string): string[] {
  return [...text.matchAll(/^import [^"]*"([^"]+)";/gm)].map(([, specifier = ""]) => specifier);
}

/** What imports, deploys or depends on something: all but comments. */
function importLines(text: string): string {
  return text.replace(/^\s*(\/\/|\/?\*).*$/gm, "");
}

function importsIn(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** `@scope/name` of `@scope/name/deep/path`. */
function packageOf(specifier: string): string {
  if (specifier.startsWith("ponder:")) return "ponder"; // which makes these itself
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Whether a package of ours has that name, or that path in its exports. */
function isExported(specifier: string): boolean {
  const name = packageOf(specifier);
  return `.${specifier.slice(name.length)}` in (workspace(name).manifest.exports ?? {});
}

function isOurs(specifier: string): boolean {
  return specifier.startsWith("@vouch/");
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith("node:") || builtinModules.includes(specifier);
}

function isPackage(specifier: string): boolean {
  return !specifier.startsWith(".") && !isBuiltin(specifier);
}

function mayImport(from: string, to: string): boolean {
  return MAY_IMPORT[from]?.includes(to) ?? false;
}

/** Everything that can be reached in one step or more. */
function reach<Node>(from: Node, next: (node: Node) => readonly Node[]): Node[] {
  const seen = new Set<Node>();
  const open = [...next(from)];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    open.push(...next(node));
  }
  return [...seen];
}

/** Names of what a workspace installs under the GPL, its dependencies' dependencies included. */
function copyleftReachedBy(name: string): string[] {
  return reach(workspace(name).folder, dependenciesOf)
    .map(readManifest)
    .filter((manifest) => /GPL/i.test(licenceOf(manifest)))
    .map((manifest) => manifest.name);
}

function dependenciesOf(folder: string): string[] {
  const { dependencies = {}, optionalDependencies = {} } = readManifest(folder);
  const needed = Object.keys(dependencies).filter((name) => !(name in optionalDependencies));
  return [
    ...needed.map((name) => locate(name, folder) ?? missing(name, folder)),
    // Packages for other systems are not installed.
    ...Object.keys(optionalDependencies).flatMap((name) => locate(name, folder) ?? []),
  ];
}

function missing(name: string, folder: string): never {
  throw new Error(`${name}, a dependency of ${folder}, is not installed`);
}

/** Finds a package the way Node does: the nearest `node_modules` upwards. */
function locate(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (folder === ROOT || dirname(folder) === folder) return undefined;
  }
}

function licenceOf({ name, license, licenses = [] }: Manifest): string {
  const text = typeof license === "object" ? license.type : license;
  const found = text ?? licenses.map(({ type }) => type).join(" OR ");
  if (found === "") throw new Error(`${name} names no licence`);
  return found;
}
