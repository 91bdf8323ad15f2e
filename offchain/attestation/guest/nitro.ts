import { Buffer } from "node:buffer";
import { join } from "node:path";
import type { LocalServer } from "./askLocal.ts";
import { askLocal } from "./askLocal.ts";
import type { GuestFiles } from "./guestFiles.ts";
import { quoteSource } from "./quoteSource.ts";
import type { Found } from "./quoteSource.ts";

export const NITRO = "Nitro";
const DEVICE = "dev/nsm";
/** What the report data says; zeros follow, which a document has no room to waste on. */
const BOUND_BYTES = 32;

/** Where an attestation server of Oyster's form listens unless it is told otherwise. */
export const NITRO_SERVER: LocalServer = { host: "127.0.0.1", port: 1350 };

/**
 * Looks for the security module of a Nitro enclave. It answers to `ioctl` only, which Node has not: a server beside this
 * process asks it (`GET /attestation/raw?user_data=<hex>`, as Oyster's `attestation-server-custom` has it).
 *
 * @returns a source of attestation documents, whose `user_data` are the first 32 bytes of the report data.
 */
export async function findNitro(
  root: string,
  files: GuestFiles,
  server: LocalServer,
): Promise<Found> {
  const device = join(root, DEVICE);
  if (!(await files.exists(device))) {
    return { reason: `${device} is not there: start the image with nitro-cli run-enclave` };
  }
  return {
    source: quoteSource(NITRO, "Nitro", (reportData, signal) => {
      const bound = Buffer.from(reportData.subarray(0, BOUND_BYTES)).toString("hex");
      return askLocal(server, { path: `/attestation/raw?user_data=${bound}`, signal });
    }),
  };
}
