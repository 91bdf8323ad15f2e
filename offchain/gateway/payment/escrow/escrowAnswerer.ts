import { setTimeout as delay } from "node:timers/promises";
import type { PaymentId, Receipt, RequestId } from "@vouch/protocol";
import type { Logger } from "pino";
import type { InferAsk } from "../../answerer.ts";
import { GatewayError } from "../../errors.ts";
import type { PaymentStore } from "../paymentStore.ts";
import type { EscrowChain } from "./escrowChain.ts";

export type EscrowAnswererDeps = {
  readonly chain: EscrowChain;
  readonly payments: PaymentStore;
  readonly log: Logger;
};

/** Resolves with the receipt of what a payment's request is answered with. */
export type EscrowAnswerer = (payment: PaymentId, ask: InferAsk) => Promise<Receipt>;

/**
 * Answers by waiting for an operator's answer on the chain, whichever operator took the request: provisional ones, too, which the
 * receipt's evidence says.
 *
 * @param pollMs milliseconds between looks
 * @throws {GatewayError} of its function: `ESCROW_VOIDED`.
 */
export function createEscrowAnswerer(
  pollMs: number,
  { chain, payments, log }: EscrowAnswererDeps,
): EscrowAnswerer {
  /** Returns the receipt where there is one. */
  async function look(request: RequestId, payment: PaymentId): Promise<Receipt | undefined> {
    const status = await chain.statusOf(request);
    switch (status) {
      case "provisional":
      case "challenged":
      case "fulfilled":
        return chain.receiptOf(request);
      case "overturned":
      case "cancelled":
      case "expired":
        throw new GatewayError({ code: "ESCROW_VOIDED", request, reason: `is ${status}` });
      case "none":
        if ((await payments.get(payment))?.state === "voided")
          throw new GatewayError({ code: "ESCROW_VOIDED", request, reason: "was never made" });
        return undefined;
      case "open":
      case "locked":
        return undefined;
    }
  }

  return async (payment, { requestId: request, signal }) => {
    for (;;) {
      try {
        const receipt = await look(request, payment);
        if (receipt !== undefined) return receipt;
      } catch (error) {
        if (error instanceof GatewayError) throw error;
        // A node that fails, or lags behind another, says nothing of the request.
        log.warn({ payment, request, err: error }, "request not looked at");
      }
      await delay(pollMs, undefined, { signal });
    }
  };
}
