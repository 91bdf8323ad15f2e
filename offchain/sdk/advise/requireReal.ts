import type { Contracts } from "@vouch/protocol";
import { isMock } from "@vouch/protocol";
import { SdkError } from "../errors.ts";

/**
 * Demands that requests are the protocol's: of the test kit's, whose answers a test makes up, no advice is worth anything.
 *
 * @throws {SdkError} `DEPLOYMENT_MISMATCH`.
 */
export async function requireReal(contracts: Pick<Contracts, "requests">): Promise<void> {
  if (!(await isMock(contracts))) return;
  throw new SdkError({
    code: "DEPLOYMENT_MISMATCH",
    field: "inferenceRequests",
    expected: "the protocol's contract",
    found: "the mock of the test kit, which answers as a test says",
  });
}
