import type { LocalServer } from "./askLocal.ts";
import { CONFIGFS, findConfigfs } from "./configfs.ts";
import { DSTACK, findDstack } from "./dstack.ts";
import { findGramine, GRAMINE } from "./gramine.ts";
import type { GuestFiles } from "./guestFiles.ts";
import { nodeFiles } from "./guestFiles.ts";
import { findNitro, NITRO, NITRO_SERVER } from "./nitro.ts";
import type { QuoteSource } from "./quoteSource.ts";

/** Why an interface is not there, and what would make it be. */
export type Absence = { readonly name: string; readonly reason: string };

/** The enclave that this process runs in, or of each interface why it is not there. */
export type Guest = { readonly source: QuoteSource } | { readonly absent: readonly Absence[] };

export type GuestOptions = {
  /** Folder that stands for `/`: devices, kernel interfaces and sockets are looked for below it. */
  readonly root?: string;
  readonly files?: GuestFiles;
  /** Asks the security module of a Nitro enclave. */
  readonly nitroServer?: LocalServer;
};

/**
 * Looks which enclave this process runs in: a TD by the kernel's interface or by dstack's agent, SGX by Gramine, a Nitro
 * enclave. The first that is there is taken, what is nearer to the hardware first.
 */
export async function detectGuest({
  root = "/",
  files = nodeFiles,
  nitroServer = NITRO_SERVER,
}: GuestOptions = {}): Promise<Guest> {
  const absent: Absence[] = [];
  for (const [name, find] of [
    [CONFIGFS, () => findConfigfs(root, files)],
    [GRAMINE, () => findGramine(root, files)],
    [DSTACK, () => findDstack(root, files)],
    [NITRO, () => findNitro(root, files, nitroServer)],
  ] as const) {
    const found = await find();
    if ("source" in found) return found;
    absent.push({ name, reason: found.reason });
  }
  return { absent };
}
