import type { FacilitatorClient } from "@x402/core/server";
import type { Logger } from "pino";
import type { ReceiptStore } from "./answerer.ts";
import { GatewayError } from "./errors.ts";
import type { GatewayMetrics } from "./metrics.ts";
import type { CheckedOptions } from "./options.ts";
import type { AdmissionDeps } from "./payment/admission.ts";
import { createExposure } from "./payment/exposure.ts";
import { createPaywall } from "./payment/paywall.ts";
import type { PaymentStore } from "./payment/paymentStore.ts";
import type { Settler } from "./payment/settler.ts";
import { createSettler } from "./payment/settler.ts";
import type { TokenReader } from "./payment/tokenReader.ts";

/** What payments need; a gateway without them serves what is free. */
export type PaymentDeps = {
  /** In this process, or an `HTTPFacilitatorClient` with its own timeout. */
  readonly facilitator: FacilitatorClient;
  readonly store: PaymentStore;
  readonly tokens: TokenReader;
  /** Whether others may use the facilitator under `/facilitator`. */
  readonly mountFacilitator: boolean;
};

/** All that has to do with being paid. */
export type Till = AdmissionDeps & { readonly settler: Settler };

export type TillDeps = {
  readonly payments?: PaymentDeps;
  readonly receipts: ReceiptStore;
  readonly log: Logger;
};

/**
 * Returns `null` where nothing is paid.
 *
 * @throws {GatewayError} `OPTIONS_INVALID` where payments are in the options or in the dependencies alone.
 */
export function createTill(
  { domain, payments: options }: CheckedOptions,
  { payments: deps, receipts, log }: TillDeps,
  metrics: () => GatewayMetrics,
): Till | null {
  if (options === undefined && deps === undefined) return null;
  if (options === undefined || deps === undefined)
    throw new GatewayError({
      code: "OPTIONS_INVALID",
      reason:
        "payments need both their options and a facilitator, a store and a reader of the token",
    });
  const paywall = createPaywall({ chainId: domain.chainId, ...options }, deps);
  const exposure = createExposure(options.maxUnsettledPerPayer);
  const { store: payments, tokens } = deps;
  const settler = createSettler(
    {
      domain,
      confirmations: options.confirmations,
      concurrency: options.settleConcurrency,
      retryMs: options.settleRetryMs,
      settleTimeoutMs: options.settleTimeoutMs,
      sweepMs: options.sweepMs,
    },
    { paywall, payments, receipts, tokens, exposure, metrics, log },
  );
  return { paywall, payments, tokens, exposure, settler };
}
