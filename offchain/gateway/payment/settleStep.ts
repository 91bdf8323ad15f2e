import type { PaymentPayload, PaymentRequirements } from "@x402/core/types";
import type { Domain } from "@vouch/protocol";
import type { Logger } from "pino";
import type { ReceiptStore } from "../answerer.ts";
import type { PaymentFacts, PaymentRecord, PaymentState, PaymentStore } from "./paymentStore.ts";
import type { Paywall } from "./paywall.ts";
import type { TokenReader } from "./tokenReader.ts";
import { verifyAnswer } from "./verifyAnswer.ts";

export type SettleStepOptions = {
  readonly domain: Domain;
  /** Blocks on top of a payment's before it counts as captured. */
  readonly confirmations: number;
};

export type SettleStepDeps = {
  readonly paywall: Pick<Paywall, "settle">;
  readonly payments: PaymentStore;
  readonly receipts: ReceiptStore;
  readonly tokens: TokenReader;
  readonly log: Logger;
};

/**
 * Seconds behind an authorization's end for which a use of its nonce is looked for that no log tells of: as long as the nodes of one
 * provider may be apart.
 */
export const UNCLEAR_SECONDS = 3_600;

/** What one look at a payment led to: its end, or when to look again. */
export type SettleOutcome =
  | { readonly kind: "ended"; readonly record: PaymentRecord }
  /** It was sent, or lies too near the head. */
  | { readonly kind: "sent" }
  /** It could not be sent now. */
  | { readonly kind: "refused" };

/**
 * Looks at a payment that is owed, and takes it where the chain has not yet: the token is asked before each try, so that a
 * facilitator that timed out, a crash and a reorganisation all end in one transfer. What pays for a receipt that does not
 * verify is voided instead.
 */
export async function settleStep(
  record: PaymentRecord,
  options: SettleStepOptions,
  deps: SettleStepDeps,
): Promise<SettleOutcome> {
  const { binding } = record;
  const end = async (state: PaymentState, facts: PaymentFacts): Promise<SettleOutcome> => ({
    kind: "ended",
    record: await deps.payments.transition(record.id, ["served"], state, facts),
  });

  const answer = await verifyAnswer(record, options.domain, deps.receipts);
  if (answer.kind === "unsound") return end("voided", { reason: answer.code });

  const [head, found] = await Promise.all([deps.tokens.head(), deps.tokens.find(binding)]);
  switch (found.kind) {
    case "paid":
      return head.block - found.block >= options.confirmations
        ? end("captured", { transaction: found.transaction })
        : { kind: "sent" };
    case "spent":
      return end("failed", { reason: "AUTHORIZATION_SPENT" });
    case "unclear":
      return head.time < binding.validBefore + UNCLEAR_SECONDS
        ? { kind: "refused" }
        : end("failed", { reason: "AUTHORIZATION_SPENT" });
    case "open":
      if (head.time >= binding.validBefore) return end("failed", { reason: "EXPIRED" });
      return send(record, deps);
  }
}

async function send(
  { id, binding }: PaymentRecord,
  { paywall, log }: SettleStepDeps,
): Promise<SettleOutcome> {
  const { payload, requirements } = JSON.parse(binding.terms) as {
    payload: PaymentPayload;
    requirements: PaymentRequirements;
  };
  const { success, errorReason, transaction } = await paywall.settle(payload, requirements);
  if (!success) log.warn({ payment: id, reason: errorReason }, "payment refused for now");
  // Whether it was mined is for the token to say: the next look asks it.
  return success || transaction !== "" ? { kind: "sent" } : { kind: "refused" };
}
