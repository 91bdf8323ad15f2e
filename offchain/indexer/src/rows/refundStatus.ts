import { INFERENCE_REQUESTS_ABI } from "@vouch/protocol/eventAbis";
import type { Hex } from "viem";
import { getAbiItem, toFunctionSelector } from "viem";

const CANCEL = toFunctionSelector(getAbiItem({ abi: INFERENCE_REQUESTS_ABI, name: "cancel" }));

/** What is known of a request when its escrow goes back. */
export type Refund = {
  readonly status: string;
  readonly lockDeadline: number;
  readonly at: number;
  /** What the transaction called. */
  readonly input: Hex;
};

/**
 * Returns the status of a request whose escrow went back. The event does not say whether the requester cancelled; nobody but the
 * requester can end a request that still may be locked, and nobody cancels a locked one. Past the deadline for locks the transaction's
 * call tells, and where another contract made it, it is taken for an expiry.
 */
export function refundStatus({ status, lockDeadline, at, input }: Refund): string {
  if (status === "overturned") return status;
  if (status !== "open") return "expired";
  return at <= lockDeadline || input.startsWith(CANCEL) ? "cancelled" : "expired";
}
