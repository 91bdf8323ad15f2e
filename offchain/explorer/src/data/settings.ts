import { parseDeployment } from "@vouch/protocol";
import * as z from "zod";

const settingsSchema = z.object({
  /** Where contracts are; chain id and block of the deployment with them. */
  deployment: z.unknown().transform(parseDeployment),
  /** The chain's name, as people know it. */
  chain: z.string(),
  /** JSON-RPC endpoint that the page reads the chain by. */
  rpc: z.url(),
  /** Gateway that sells answers by HTTP; absent where there is none. */
  gateway: z.url().optional(),
  /** Whether the chain is a development chain, so that a key in the page is money of nobody. */
  isLocal: z.boolean(),
});

/** What the server that serves the page says of its surroundings (`/settings.json`). */
export type Settings = z.output<typeof settingsSchema>;

let read: Promise<Settings> | undefined;

/** Returns the settings, which are read once. */
export function readSettings(): Promise<Settings> {
  read ??= fetch("/settings.json").then(async (response) => {
    if (!response.ok) throw new Error(`/settings.json answers ${response.status}`);
    return settingsSchema.parse(await response.json());
  });
  read.catch(() => (read = undefined)); // asked again the next time
  return read;
}
