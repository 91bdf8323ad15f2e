import type { RequestId } from "@vouch/protocol";
import { SdkError } from "../errors.ts";

/**
 * Returns what `work` does with a request that was sent. What stops it names the request: whoever only heard that a read failed
 * would ask again, and pay again.
 *
 * @throws {SdkError} `WAIT_ABORTED`, `WAIT_INTERRUPTED`; anything else passes through.
 */
export async function afterSending<T>(request: RequestId, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SdkError)) throw error;
    const { data } = error;
    if (data.code === "ABORTED")
      throw new SdkError({ code: "WAIT_ABORTED", request }, { cause: error });
    const reason = INTERRUPTIONS[data.code];
    if (reason === undefined) throw error;
    throw new SdkError(
      { code: "WAIT_INTERRUPTED", request, reason: "reason" in data ? data.reason : reason },
      { cause: error },
    );
  }
}

/** What stops a read, and says nothing of the request. */
const INTERRUPTIONS: Readonly<Partial<Record<SdkError["code"], string>>> = {
  RPC_UNAVAILABLE: "no answer",
  ENDPOINT_INVALID: "no answer of this chain",
  REQUEST_NOT_FOUND: "it does not show the request yet",
  CHAIN_MISMATCH: "it is on another chain now",
};
