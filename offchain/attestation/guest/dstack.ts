import { Buffer } from "node:buffer";
import { join } from "node:path";
import { z } from "zod";
import type { LocalServer } from "./askLocal.ts";
import { askLocal } from "./askLocal.ts";
import type { GuestFiles } from "./guestFiles.ts";
import { quoteSource } from "./quoteSource.ts";
import type { Found } from "./quoteSource.ts";

export const DSTACK = "dstack";

/** Where guest agents listen, the newest first, and what they call a quote over 64 bytes as they are. */
const AGENTS = [
  { socket: "var/run/dstack.sock", path: "/GetQuote", more: {} },
  { socket: "var/run/dstack/dstack.sock", path: "/GetQuote", more: {} },
  { socket: "var/run/tappd.sock", path: "/prpc/Tappd.TdxQuote", more: { hash_algorithm: "raw" } },
] as const;

const answerSchema = z.object({
  quote: z
    .string()
    .regex(/^(?:0x)?(?:[0-9a-f]{2})+$/i)
    .transform((text) => new Uint8Array(Buffer.from(text.replace(/^0x/, ""), "hex"))),
});

/** Looks for the socket of dstack's guest agent, which hands quotes of the TD to its containers. */
export async function findDstack(root: string, files: GuestFiles): Promise<Found> {
  for (const { socket, path, more } of AGENTS) {
    const socketPath = join(root, socket);
    if (!(await files.exists(socketPath))) continue;
    const server: LocalServer = { socketPath };
    return {
      source: quoteSource(DSTACK, "TDX", async (reportData, signal) => {
        const body = { report_data: Buffer.from(reportData).toString("hex"), ...more };
        const answer = await askLocal(server, { path, body, signal });
        return answerSchema.parse(JSON.parse(Buffer.from(answer).toString("utf8"))).quote;
      }),
    };
  }
  const first = join(root, AGENTS[0].socket);
  return { reason: `${first} is not there: mount the agent's socket into the container` };
}
