import type { InferenceRequests } from "@vouch/protocol";
import { id } from "ethers";
import { SdkError } from "../errors.ts";

/** ERC-165 id by which the test kit tells itself from the protocol (`IMockVouch` of `@vouch/testing`): its one selector. */
const MOCK_INTERFACE = id("isMockVouch()").slice(0, 10);

/**
 * Demands that requests are the protocol's: of the test kit's, whose answers a test makes up, no advice is worth anything.
 *
 * @throws {SdkError} `DEPLOYMENT_MISMATCH`.
 */
export async function requireReal(
  requests: Pick<InferenceRequests, "supportsInterface">,
): Promise<void> {
  if (!(await requests.supportsInterface(MOCK_INTERFACE))) return;
  throw new SdkError({
    code: "DEPLOYMENT_MISMATCH",
    field: "inferenceRequests",
    expected: "the protocol's contract",
    found: "MockVouch, which answers as a test says",
  });
}
