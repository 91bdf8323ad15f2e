import type { Hex, RequestId, RequestParams } from "@vouch/protocol";

/** Where a request came to, each with what the chain's events say of it. Times in seconds. */
export type Step =
  | {
      readonly status: "asked";
      readonly id: RequestId;
      readonly requester: Hex;
      readonly params: RequestParams;
      readonly txHash: Hex;
    }
  | {
      readonly status: "locked";
      readonly id: RequestId;
      readonly operator: Hex;
      readonly fee: bigint;
    }
  /** Nobody took it in time, or who did is late: its requester can have the escrow back, which ends nothing by itself. */
  | { readonly status: "overdue"; readonly id: RequestId; readonly deadline: number }
  | {
      readonly status: "fulfilled";
      readonly id: RequestId;
      readonly operator: Hex;
      readonly txHash: Hex;
    }
  /** Open to challenge until `closesAt`. */
  | { readonly status: "provisional"; readonly id: RequestId; readonly closesAt: number }
  | { readonly status: "challenged"; readonly id: RequestId }
  | { readonly status: "final"; readonly id: RequestId }
  | { readonly status: "overturned"; readonly id: RequestId }
  | { readonly status: "refunded"; readonly id: RequestId; readonly why: "cancelled" | "expired" };

/** What `infer` reports while it works. */
export type Progress =
  | { readonly status: "resolved"; readonly release: Hex }
  | { readonly status: "sending"; readonly id: RequestId; readonly escrow: bigint }
  | Step
  | { readonly status: "verified"; readonly id: RequestId };
