import type { Hex, Receipt, RequestId } from "@vouch/protocol";

/** What a worker tells whoever embeds it, in order, for one request; milliseconds are wall time. */
export type WorkerEvent =
  | {
      readonly status: "locked";
      readonly request: RequestId;
      readonly ms: number;
      readonly gasUsed: bigint;
      readonly txHash: Hex;
    }
  | {
      readonly status: "executed";
      readonly request: RequestId;
      readonly ms: number;
      readonly output: readonly bigint[];
    }
  | { readonly status: "signed"; readonly request: RequestId; readonly ms: number }
  | { readonly status: "proved"; readonly request: RequestId; readonly ms: number }
  | {
      readonly status: "fulfilled";
      readonly request: RequestId;
      readonly ms: number;
      readonly gasUsed: bigint;
      readonly txHash: Hex;
      readonly receipt: Receipt;
      readonly receiptPath: string;
    }
  | { readonly status: "skipped"; readonly request: RequestId; readonly reason: string };
