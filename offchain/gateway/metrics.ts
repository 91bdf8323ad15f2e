import type { Registry } from "prom-client";
import { Counter, Gauge, Histogram } from "prom-client";
import type { StandingFacts } from "./payment/voucher/voucherStanding.ts";

/** What a gateway counts; every name starts with `vouch_gateway_`. */
export type GatewayMetrics = {
  /** Seconds of each HTTP request, by route and status. */
  readonly requests: Histogram<"route" | "method" | "status">;
  /** Seconds of each answer, from admission to receipt, by kind. */
  readonly answers: Histogram<"kind">;
  /** Payments that came to a state. */
  readonly payments: Counter<"state">;
};

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** @param gauges read whenever the registry is */
export function createMetrics(
  registry: Registry,
  gauges: {
    readonly inFlight: () => number;
    readonly unsettled: () => number;
    /** `null` where no voucher is taken. */
    readonly vouchers: (() => StandingFacts) | null;
  },
): GatewayMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(read());
      },
    });
  };
  gauge("vouch_gateway_answers_in_flight", "Answers being computed", gauges.inFlight);
  gauge("vouch_gateway_payments_unsettled", "Payments owed and not captured", gauges.unsettled);
  const { vouchers } = gauges;
  if (vouchers !== null) {
    const isTaken = (): number => (vouchers().doubt === null ? 1 : 0);
    gauge("vouch_gateway_vouchers_taken", "Whether what vouchers promise can be kept", isTaken);
    gauge(
      "vouch_gateway_batch_unposted_seconds",
      "Since the oldest batch that is not posted was sealed",
      () => vouchers().unpostedSeconds,
    );
  }
  return {
    requests: new Histogram({
      name: "vouch_gateway_request_seconds",
      help: "Duration of HTTP requests",
      labelNames: ["route", "method", "status"],
      buckets: SECONDS,
      registers,
    }),
    answers: new Histogram({
      name: "vouch_gateway_answer_seconds",
      help: "Duration of answers, from admission to receipt",
      labelNames: ["kind"],
      buckets: SECONDS,
      registers,
    }),
    payments: new Counter({
      name: "vouch_gateway_payments_total",
      help: "Payments that came to a state",
      labelNames: ["state"],
      registers,
    }),
  };
}
