/** Test only: a program that calls what a block of a page exports, and prints what it returns. */
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { CALLS } from "./calls.ts";
import type { Told } from "./surroundings.ts";

if (import.meta.main) {
  const [path = "", name = ""] = process.argv.slice(2);
  await call(path, name, (JSON.parse(process.env["VOUCH_DOCS"] ?? "") as Told).given);
}

async function call(path: string, name: string, given: Told["given"]): Promise<void> {
  const module = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  const exported = module[name];
  const known = CALLS[name];
  if (typeof exported !== "function" || known === undefined)
    throw new Error(`calls.ts and the block must both have ${name}`);
  const returned = await known(exported as Parameters<typeof known>[0], given);
  if (returned !== undefined) process.stdout.write(`${inspect(returned)}\n`);
}
