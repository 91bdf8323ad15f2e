// What the pages' TypeScript and commands do when they are executed, against operators, a gateway and a chain as their readers have them.
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { placeOf, readBlocks } from "../../scripts/docs/blocks/readBlocks.ts";
import { runBlock, writeModules } from "../../scripts/docs/blocks/runBlocks.ts";
import { runnableModules, sortBlocks } from "../../scripts/docs/blocks/sortBlocks.ts";
import { deepOnly } from "../helpers/deepOnly.ts";
import { chainSurroundings } from "../helpers/docs/chainSurroundings.ts";
import { gatewaySurroundings } from "../helpers/docs/gatewaySurroundings.ts";
import { projectSurroundings } from "../helpers/docs/projectSurroundings.ts";
import { TERMINALS, terminalOf } from "../helpers/docs/shellSurroundings.ts";
import type { Surroundings } from "../helpers/docs/surroundings.ts";

/** Surroundings that are opened together, by the names that fences give them. */
type Opened = {
  readonly of: Readonly<Record<string, Surroundings>>;
  readonly close: () => Promise<void>;
};

const ROOT = resolve(import.meta.dirname, "../..");
/** In the cache, where the blocks find the packages. */
const FOLDER = "docs-executed";
const SITES: readonly {
  readonly names: readonly string[];
  readonly open: () => Promise<Opened>;
}[] = [
  { names: ["chain", "committed", "unpublished"], open: chainSurroundings },
  { names: ["tensors", "texts"], open: gatewaySurroundings },
  { names: ["project"], open: openProject },
];

const sorted = sortBlocks(await readBlocks(ROOT));
const modules = runnableModules(ROOT, sorted, FOLDER);
const executed = modules.flatMap((module) =>
  module.blocks
    .filter(({ words }) => words.has("with"))
    .map((block) => ({ module, block, name: block.words.get("with") ?? "" })),
);

const typed = sorted.checked.shell.filter(({ words }) => words.has("with"));

describe("commands of the documentation", function () {
  this.timeout(900_000);

  it("are given in terminals that there are", () => {
    const unknown = typed.filter(({ words }) => !TERMINALS.includes(words.get("with") ?? ""));
    expect(unknown.map(placeOf)).to.deep.equal([]);
  });

  deepOnly(`what ${typed.length} blocks of the shell do`, () => {
    for (const block of typed)
      it(`${placeOf(block)} ends as the page says`, async () => {
        const { program, close } = await terminalOf(block.words.get("with") ?? "", block.code);
        try {
          const found = await runBlock(sorted, block, program);
          expect(found.map(({ at, what }) => `${at}: ${what}`).join("\n")).to.equal("");
        } finally {
          close();
        }
      });
  });
});

describe("TypeScript of the documentation", () => {
  it("names surroundings that there are, once in a file", () => {
    const known = SITES.flatMap(({ names }) => names);
    const places = (of: typeof executed): readonly string[] =>
      of.map(({ block }) => placeOf(block));
    expect(places(executed.filter(({ name }) => !known.includes(name)))).to.deep.equal([]);
    expect(new Set(executed.map(({ module }) => module)).size).to.equal(executed.length);
  });

  if (process.env["VOUCH_DEEP"] !== "1") {
    process.stderr.write(
      `\n  NOT TRIED: what ${executed.length} blocks of the documentation do: they take VOUCH_DEEP=1.\n`,
    );
    return;
  }

  before(() => writeModules(modules));
  after(() => rm(join(ROOT, "cache", FOLDER), { recursive: true, force: true }));

  for (const { names, open } of SITES) {
    describe(`given ${names.join(", ")}`, function () {
      this.timeout(600_000);
      let opened: Opened | undefined;
      before(async () => {
        opened = await open();
      });
      after(() => opened?.close());

      for (const { module, block, name } of executed.filter((it) => names.includes(it.name))) {
        it(`${placeOf(block)} ends, and prints what the page shows`, async () => {
          const surroundings = opened?.of[name];
          if (surroundings === undefined) throw new Error(`${name} is not among what was opened`);
          const program = surroundings.programOf(module, block);
          const found = await runBlock(sorted, block, program);
          expect(found.map(({ at, what }) => `${at}: ${what}`).join("\n")).to.equal("");
        });
      }
    });
  }
});

/** The project is where the blocks of its page are. */
function openProject(): Promise<Opened> {
  return Promise.resolve(projectSurroundings(join(ROOT, "cache", FOLDER, "docs/how-to/hardhat")));
}
