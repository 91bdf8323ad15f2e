// From which compiler on an integrator can use the packages: every file says so, and it is true.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { ROOT, filesBelow } from "../../scripts/solidity/solidityFiles.ts";

const FLOOR = "0.8.27";
const isDeep = process.env["VOUCH_DEEP"] === "1";

type Solc = { readonly version: () => string; readonly compile: (input: string) => string };
type Output = { readonly errors?: readonly { readonly formattedMessage: string }[] };

/** What the packages hold. */
const files = [...filesBelow("contracts", ".sol"), ...filesBelow("testing", ".sol")].filter(
  (path) => !/^contracts\/(examples|mocks)\//.test(path),
);
const open = files.filter((path) => pragmaOf(read(path)) !== "0.8.37");
/** Folders of which an integrator compiles every file, or of whose files it chooses some. */
const WHOLE = ["contracts/interfaces/", "contracts/types/", "testing/"];

describe("what integrators compile", () => {
  it(`begins with solc ${FLOOR}, in every file that does not name one compiler`, () => {
    const wrong = open.filter((path) => pragmaOf(read(path)) !== `>=${FLOOR}`);
    expect(wrong).to.deep.equal([]);
    expect(open).to.include.members([
      ...files.filter((path) => WHOLE.some((folder) => path.startsWith(folder))),
      ...["InferenceConsumer", "ReceiptConsumer", "ReceiptInference"].map(
        (name) => `contracts/consumers/${name}.sol`,
      ),
      ...["FixedPoint", "FixedTensors", "IntegerModel", "Policies", "Statistics"].map(
        (name) => `contracts/libraries/${name}.sol`,
      ),
    ]);
  });

  it("stands on nothing that names one compiler", () => {
    const wrong = open.flatMap((path) =>
      importsOf(path)
        .filter((it) => files.includes(it) && !open.includes(it))
        .map((it) => `${path}: ${it}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  if (!isDeep) {
    process.stderr.write(`\n  NOT TRIED: solc ${FLOOR} itself: it takes VOUCH_DEEP=1.\n`);
    return;
  }

  it(`compiles with solc ${FLOOR}, without the optimizer and without a warning`, () => {
    const solc = createRequire(import.meta.url)("solc-floor") as Solc;
    expect(solc.version()).to.include(FLOOR);
    const input = {
      language: "Solidity",
      sources: sourcesOf(open),
      // The mock is larger than a live chain takes, without the optimizer: it is never to be on one.
      settings: { outputSelection: { "*": { "*": ["evm.bytecode.object"] } } },
    };
    const { errors = [] } = JSON.parse(solc.compile(JSON.stringify(input))) as Output;
    const messages = errors.map(({ formattedMessage }) => formattedMessage);
    expect(messages.filter((it) => !/(code|initcode) size is/.test(it))).to.deep.equal([]);
  }).timeout(120_000);
});

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

function pragmaOf(text: string): string | undefined {
  return /^pragma solidity (.+);$/m.exec(text)?.[1];
}

/** Paths of the repository, or names of packages, that a file imports. */
function importsOf(path: string): readonly string[] {
  return [...read(path).matchAll(/^import [^"]*"([^"]+)";/gm)].map(([, specifier = ""]) => {
    if (specifier.startsWith(".")) return join(dirname(path), specifier);
    return specifier.replace(/^@vouch\/(contracts|testing)\//, "$1/");
  });
}

/** What the compiler is given: the repository's files by their packages' names, and what they import. */
function sourcesOf(
  paths: readonly string[],
): Readonly<Record<string, { readonly content: string }>> {
  const sources = new Map<string, { readonly content: string }>();
  const add = (path: string): void => {
    const isOurs = files.includes(path);
    const name = isOurs ? `@vouch/${path}` : path;
    if (sources.has(name)) return;
    const at = isOurs ? path : join("node_modules", path);
    sources.set(name, { content: read(at) });
    for (const imported of importsOf(at))
      add(imported.startsWith("node_modules/") ? imported.slice("node_modules/".length) : imported);
  };
  paths.forEach(add);
  return Object.fromEntries(sources);
}
