import type { SettlementMode } from "../catalog.ts";

/** What an offer says of a way to settle, for whoever reads the 402 answer. */
export type SettlementFacts = {
  /** Whether the payer can have the payment undone where no evidence comes, by a contract and nobody's word. */
  readonly voidable: boolean;
  readonly capture: string;
  readonly onChain: string;
  readonly final: string;
};

/** By way. `exact` neither holds funds nor gives them back: what is not owed is not taken, and the authorization expires. */
export const SETTLEMENT_FACTS: Readonly<Record<SettlementMode, SettlementFacts>> = {
  payment: {
    voidable: false,
    capture: "by the gateway's word, after the answer",
    onChain: "one transfer",
    final: "when the transfer is confirmed",
  },
  batch: {
    voidable: true,
    capture: "by the ledger, out of the deposit, when the receipt's batch is final",
    onChain: "one root for many receipts, and a claim of each",
    final: "two days after the batch was posted, or when the receipt is proven",
  },
  record: {
    voidable: true,
    capture: "by the ledger, out of the deposit, when the receipt's batch is final",
    onChain: "one root for many receipts, a hash of their public records, and a claim of each",
    final: "two days after the batch was posted, or when the receipt is proven",
  },
  individual: {
    voidable: true,
    capture: "by the contract that holds it, when the evidence verifies",
    onChain: "the request, its answer and its fee",
    final: "when the contract has verified the evidence, and no challenge is open",
  },
};
