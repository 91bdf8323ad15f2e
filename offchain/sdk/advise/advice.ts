import type { ReleaseId } from "@vouch/protocol";
import type { Alternative } from "./alternative.ts";
import type { Warning } from "./warnings.ts";

/** What to ask for, or why nothing here is enough. */
export type Recommendation =
  | { readonly found: true; readonly alternative: Alternative; readonly why: string }
  | { readonly found: false; readonly why: readonly string[] };

/** What was found for a release and a need. Amounts in wei, times in seconds. */
export type Advice = {
  readonly release: ReleaseId;
  /** As `model@version`. */
  readonly name: string;
  readonly valueAtStake: bigint;
  readonly gasPrice: bigint;
  readonly recommendation: Recommendation;
  /** The policy that the asker has in mind; undefined where there is none. */
  readonly chosen: Alternative | undefined;
  readonly alternatives: readonly Alternative[];
  /** Whatever the policy. */
  readonly warnings: readonly Warning[];
  /** What no policy makes true. */
  readonly notProven: readonly string[];
};

/** What a receipt does not prove, whatever its evidence. */
export const NOT_PROVEN: readonly string[] = [
  "That the input is true. A receipt is about the computation: who measured or signed the input is the consumer's to check (`ReceiptConsumer` binds subject, freshness and single use).",
  "That the model is good, fair or fit for what its answer is used for.",
  "That the committed weights are those of a file, to anybody who has not the file and its salt: `npx hardhat model:verify`.",
  "That anybody will answer. A request that nobody serves is refunded.",
];
