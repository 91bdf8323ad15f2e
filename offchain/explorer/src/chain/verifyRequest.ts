import type { RequestId, Verification } from "@vouch/protocol";
import { describeAssurance, serializeReceipt } from "@vouch/protocol";
import { openVouch } from "./openVouch.ts";

/** A receipt that was built from the chain and verified here. */
export type VerifiedRequest = {
  readonly verification: Verification;
  /** In words, the weak points first. */
  readonly assurance: string;
  /** As `parseReceipt` reads it. */
  readonly json: string;
  /** Milliseconds that fetching and verifying took. */
  readonly took: number;
};

/** Builds the receipt of a request from the chain's events, and verifies it in this browser. */
export async function verifyRequest(id: RequestId): Promise<VerifiedRequest> {
  const vouch = await openVouch();
  const start = performance.now();
  const { receipt, verification } = await vouch.receipt.fetch(id);
  const took = performance.now() - start;
  return {
    verification,
    assurance: describeAssurance(verification.assurance),
    json: serializeReceipt(receipt),
    took,
  };
}
