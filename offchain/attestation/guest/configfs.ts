import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { GuestFiles } from "./guestFiles.ts";
import { quoteSource, reasonOf } from "./quoteSource.ts";
import type { Found } from "./quoteSource.ts";

export const CONFIGFS = "configfs-tsm";
const REPORTS = "sys/kernel/config/tsm/report";
const PROVIDER = "tdx_guest";

/**
 * Looks for the kernel's reports of a TD: `configfs-tsm`, Linux 6.7 and later (Documentation/ABI/testing/configfs-tsm-report).
 * The same interface serves other vendors' guests, whose reports are not read here.
 */
export async function findConfigfs(root: string, files: GuestFiles): Promise<Found> {
  const reports = join(root, REPORTS);
  if (!(await files.exists(reports))) {
    return {
      reason: `${reports} is not there: boot a TDX guest with Linux 6.7 or newer and CONFIG_TSM_REPORTS, and mount configfs`,
    };
  }
  let provider: string;
  try {
    provider = await withEntry(reports, files, (entry) => textOf(files, join(entry, "provider")));
  } catch (error) {
    return {
      reason: `${reports} gives no report to this process, as root may have: ${reasonOf(error)}`,
    };
  }
  if (provider !== PROVIDER) {
    return { reason: `the provider of ${reports} is ${provider}; only ${PROVIDER} is read here` };
  }
  return {
    source: quoteSource(CONFIGFS, "TDX", (reportData, signal) =>
      withEntry(reports, files, (entry) => report(entry, files, reportData, signal)),
    ),
  };
}

/** The generation counts writes: one that is not ours means that the report may not be either. */
async function report(
  entry: string,
  files: GuestFiles,
  reportData: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const generation = async (): Promise<bigint> =>
    BigInt(await textOf(files, join(entry, "generation")));
  const before = await generation();
  await files.write(join(entry, "inblob"), reportData);
  signal?.throwIfAborted();
  const quote = await files.read(join(entry, "outblob"));
  const after = await generation();
  if (after !== before + 1n) {
    throw new RangeError(
      `somebody else wrote to ${entry}: its generation went from ${before} to ${after}`,
    );
  }
  return quote;
}

/** An entry of its own for each report, so that no two requests meet in one. */
async function withEntry<T>(
  reports: string,
  files: GuestFiles,
  use: (entry: string) => Promise<T>,
): Promise<T> {
  const entry = join(reports, `vouch-${randomUUID()}`);
  await files.makeFolder(entry);
  try {
    return await use(entry);
  } finally {
    await files.removeFolder(entry);
  }
}

async function textOf(files: GuestFiles, path: string): Promise<string> {
  return Buffer.from(await files.read(path))
    .toString("latin1")
    .trim();
}
