import { parseDeployment } from "@vouch/protocol";
import * as z from "zod";

const settingsSchema = z.object({
  deployment: z.unknown().transform(parseDeployment),
  rpc: z.url(),
  gateway: z.url().optional(),
  isLocal: z.boolean(),
});

/** The stack that the tests look at; `scripts/testExplorer.ts` starts it, or is told where one runs. */
export type Stack = z.output<typeof settingsSchema> & { readonly url: string };

let read: Promise<Stack> | undefined;

/** Returns where the page is, and what it is told of its surroundings. */
export function stack(): Promise<Stack> {
  read ??= readStack();
  return read;
}

async function readStack(): Promise<Stack> {
  const url = process.env["VOUCH_EXPLORER_URL"];
  if (url === undefined)
    throw new Error("VOUCH_EXPLORER_URL names no page: `npm run test:explorer` starts one");
  const response = await fetch(new URL("/settings.json", url));
  return { ...settingsSchema.parse(await response.json()), url: new URL(url).origin };
}
