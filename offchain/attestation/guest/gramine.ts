import { Buffer } from "node:buffer";
import { join } from "node:path";
import type { GuestFiles } from "./guestFiles.ts";
import { quoteSource, reasonOf } from "./quoteSource.ts";
import type { Found } from "./quoteSource.ts";

export const GRAMINE = "Gramine";
const ATTESTATION = "dev/attestation";

/** Looks for the pseudo-files of Gramine, which give quotes of the SGX enclave that this process runs in. */
export async function findGramine(root: string, files: GuestFiles): Promise<Found> {
  const at = (name: string): string => join(root, ATTESTATION, name);
  const type = at("attestation_type");
  if (!(await files.exists(type))) {
    return { reason: `${type} is not there: run the process under gramine-sgx` };
  }
  let kind: string;
  try {
    kind = Buffer.from(await files.read(type))
      .toString("latin1")
      .replace(/[\0\s]+$/, "");
  } catch (error) {
    return { reason: `${type} cannot be read: ${reasonOf(error)}` };
  }
  if (kind !== "dcap") {
    return {
      reason: `${type} says "${kind}": set sgx.remote_attestation = "dcap" in the manifest`,
    };
  }
  return {
    source: quoteSource(GRAMINE, "SGX", async (reportData) => {
      await files.write(at("user_report_data"), reportData);
      return files.read(at("quote"));
    }),
  };
}
