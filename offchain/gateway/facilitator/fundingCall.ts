import type { EscrowPayment } from "@vouch/protocol";
import { encodeRequestParams, escrowOf } from "@vouch/protocol";

/** A call of `RequestFunding`, as viem takes one. */
export type FundingCall = { readonly functionName: string; readonly args: readonly unknown[] };

/** Returns the call that makes the request of a payment, and has the requester pay its escrow as it signed. */
export function fundingCallOf({
  requester,
  params,
  signature,
  funding,
}: EscrowPayment): FundingCall {
  const request = [requester, encodeRequestParams(params), signature];
  switch (funding.way) {
    case "authorization": {
      const { validBefore, signature: transfer } = funding;
      const authorization = { validAfter: 0n, validBefore, signature: transfer };
      return { functionName: "requestWithAuthorization", args: [...request, authorization] };
    }
    case "permit2": {
      const { nonce, deadline, signature: transfer } = funding;
      const permit2 = { nonce, deadline, signature: transfer };
      return { functionName: "requestWithPermit2", args: [...request, permit2] };
    }
    case "permit": {
      const { deadline, signature: allowance } = funding;
      // Over exactly the escrow: `permitTypedData`.
      const permit = { value: escrowOf(params), deadline, signature: allowance };
      return { functionName: "requestWithPermit", args: [...request, permit] };
    }
    case "allowance":
      return { functionName: "requestWithAllowance", args: request };
  }
}
