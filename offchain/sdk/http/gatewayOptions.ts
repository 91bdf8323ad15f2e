import type { Hex } from "@vouch/protocol";
import type { Provider, Signer } from "ethers";
import type { EscrowSchemeDeps } from "../escrowScheme.ts";
import type { VoucherSchemeDeps } from "../voucherScheme.ts";

/** Ways to pay: docs/gateway.md, "Ways to settle". */
export type PaymentWay = "payment" | "batch" | "record" | "individual";

/** What pays, and the most that it pays. Amounts in the token's smallest unit, times in seconds. */
export type Purse = {
  readonly signer: Pick<Signer, "getAddress" | "signTypedData">;
  readonly token: Hex;
  /** Of one request. */
  readonly maxAmount: bigint;
  /** Ways that are taken, the preferred first; `payment` alone where absent. */
  readonly ways?: readonly PaymentWay[];
  /** Whom `payment` pays; whoever the gateway names where absent. */
  readonly payTo?: Hex;
  /** Whom the deposit of `batch` and `record` is reserved for; needed for them alone. */
  readonly operator?: Hex;
  /** Longest that a payment may be good for, and an escrow held; 900 where absent, a day for vouchers. */
  readonly maxSeconds?: number;
} & Pick<EscrowSchemeDeps, "now" | "permitNonce"> &
  Pick<VoucherSchemeDeps, "nextNonce">;

export type GatewayOptions = {
  /** Of the gateway, without `/v1`. */
  readonly url: string;
  /** A deployment's record (`deployments/<chainId>.json`), from a source that is trusted: receipts of others are refused. */
  readonly deployment: unknown;
  /** Whose signatures count. Without them and without `provider`, none does: a policy then has to demand a proof. */
  readonly operators?: readonly string[];
  /** Through which the chain's router is asked about every receipt: bonds, stake, attestations, enclaves. */
  readonly provider?: Provider | Signer;
  /** Ids of releases by the names that this application calls them by. A gateway's own names prove nothing. */
  readonly releases?: Readonly<Record<string, string>>;
  /** Nothing is paid where absent. */
  readonly pay?: Purse;
  /** The platform's where absent. */
  readonly fetch?: typeof fetch;
  /** Longest wait for the next byte of an answer, in milliseconds; 120,000 where absent. */
  readonly timeoutMs?: number;
  /** How often a request is sent at most, always with the same payment; 3 where absent. */
  readonly attempts?: number;
  /** Most bytes of one answer; 16 MiB where absent. */
  readonly maxResponseBytes?: number;
};

/** What happens on the way to an answer. */
export type GatewayProgress =
  /** A price that is about to be paid. */
  | {
      readonly status: "priced";
      readonly way: PaymentWay;
      readonly amount: bigint;
      readonly token: string;
    }
  /** Keep `payment` where a process may end before its answer: `resume` takes it. */
  | { readonly status: "signed"; readonly id: string; readonly payment: string }
  | { readonly status: "retrying"; readonly attempt: number; readonly reason: string }
  | { readonly status: "answered"; readonly id: string }
  | { readonly status: "verified"; readonly id: string };

export type GatewayCallOptions = {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: GatewayProgress) => void;
};

export type GatewayAskOptions = GatewayCallOptions & {
  /** `payment` of an error before, or of the step `signed`, sent again for the same request: it pays once. */
  readonly resume?: string;
};
