import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Module } from "./checkTypescript.ts";
import { modulesOf } from "./checkTypescript.ts";
import type { Block, Finding } from "./readBlocks.ts";
import { placeOf } from "./readBlocks.ts";
import { solidityNames } from "./solidityNames.ts";

/** How each language is checked; a language of none of these needs a reason. */
const CHECKS = {
  typescript: ["ts", "js", "mjs"],
  solidity: ["solidity", "sol"],
  shell: ["sh", "bash"],
  data: ["json", "yaml", "mermaid"],
  nothing: ["text", ""],
} as const;

/** Blocks by what is done with them; `reasons` has those that are not checked, `compared` those of the shell that are checked and not executed. */
export type Sorted = {
  /** All of them, in the order of their pages. */
  readonly blocks: readonly Block[];
  readonly checked: Readonly<Record<keyof typeof CHECKS, readonly Block[]>>;
  readonly reasons: ReadonlyMap<string, number>;
  readonly compared: ReadonlyMap<string, readonly Block[]>;
  readonly unknown: readonly Finding[];
};

/** Sorts blocks by how they are checked. */
export function sortBlocks(blocks: readonly Block[]): Sorted {
  const reasons = new Map<string, number>();
  const compared = new Map<string, Block[]>();
  const rest: Block[] = [];
  for (const block of blocks) {
    const reason = block.words.get("test");
    if (reason === undefined) rest.push(block);
    else reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    const why = block.words.get("compared");
    if (why !== undefined) compared.set(why, [...(compared.get(why) ?? []), block]);
  }
  const by = (check: keyof typeof CHECKS): readonly Block[] =>
    rest.filter(({ language }) => CHECKS[check].some((it) => it === language));
  const known: readonly string[] = Object.values(CHECKS).flat();
  return {
    blocks,
    checked: {
      typescript: by("typescript"),
      solidity: by("solidity"),
      shell: by("shell"),
      data: by("data"),
      nothing: by("nothing"),
    },
    reasons,
    compared,
    unknown: [
      ...rest
        .filter(({ language }) => !known.includes(language))
        .map((it) => ({
          at: placeOf(it),
          what: `say test=<reason>: ${it.language} is not checked`,
        })),
      ...blocks
        .filter(({ words }) => words.get("test") === "" || words.get("compared") === "")
        .map((it) => ({ at: placeOf(it), what: "test= and compared= need a reason" })),
      ...blocks
        .filter(({ words }, at) => words.has("printed") && !isExecuted(blocks[at - 1]))
        .map((it) => ({ at: placeOf(it), what: "nothing that is executed stands before it" })),
      ...by("typescript")
        .filter((it) => !isExecuted(it))
        .map((it) => ({ at: placeOf(it), what: "say run, with=<surroundings> or test=<reason>" })),
      ...by("shell")
        .filter((it) => !isExecuted(it) && !it.words.has("compared"))
        .map((it) => ({ at: placeOf(it), what: "say run, with=<terminals> or compared=<reason>" })),
    ],
  };
}

function isExecuted(block: Block | undefined): boolean {
  return block !== undefined && (block.words.has("run") || block.words.has("with"));
}

/** Returns the names that a Solidity fragment may mention without an import. */
export function namesOf(root: string): Promise<ReadonlyMap<string, string>> {
  return solidityNames({
    "@vouch/contracts": join(root, "contracts"),
    "@vouch/testing": join(root, "testing"),
  });
}

/** Returns the modules of the TypeScript blocks, as files of a folder of the cache, where their imports find the packages. */
export function runnableModules(
  root: string,
  { checked }: Sorted,
  folder = "docs-blocks",
): readonly Module[] {
  return modulesOf(join(root, "cache", folder), checked.typescript);
}

/** Returns the scripts of the project's package.json. */
export async function scriptsOf(root: string): Promise<readonly string[]> {
  const text = await readFile(join(root, "package.json"), "utf8");
  const { scripts } = JSON.parse(text) as { readonly scripts: Readonly<Record<string, string>> };
  return Object.keys(scripts);
}
