import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Module } from "../../../scripts/docs/blocks/checkTypescript.ts";
import type { Block } from "../../../scripts/docs/blocks/readBlocks.ts";
import type { Program } from "../../../scripts/docs/blocks/runProgram.ts";

/** What a block of a page has around it when it is executed: a folder, addresses that answer, arguments. */
export type Surroundings = {
  /** Returns how a block is executed here. */
  readonly programOf: (module: Module, block: Block) => Program;
};

/** What processes of blocks are told, as JSON in `VOUCH_DOCS`. */
export type Told = {
  /** Addresses as pages have them, and where what they stand for listens. */
  readonly routes: Readonly<Record<string, string>>;
  /** What exported functions are called with, by their name in `calls.ts`. */
  readonly given: Given;
};

/** What `calls.ts` takes arguments from; each surroundings has some of them. */
export type Given = {
  readonly deployment?: unknown;
  readonly input?: readonly number[];
  readonly release?: string;
  readonly token?: string;
  readonly key?: string;
  readonly operator?: string;
};

const ROUTE = pathToFileURL(join(import.meta.dirname, "route.ts")).href;
const CALL = join(import.meta.dirname, "callBlock.ts");

/** Where a program of Node's works, and what it is told. */
export type Place = {
  readonly folder: string;
  readonly args: readonly string[];
  readonly told: Told;
};

/** A program of Node's for a block: the block itself, or one that calls what it exports where its fence says `call=`. */
export function nodeProgram(module: Module, block: Block, { folder, args, told }: Place): Program {
  const call = block.words.get("call");
  return {
    program: process.execPath,
    args: [
      ...["--import", ROUTE],
      ...(call === undefined ? [module.path, ...args] : [CALL, module.path, call]),
    ],
    folder,
    env: { VOUCH_DOCS: JSON.stringify(told) },
  };
}
