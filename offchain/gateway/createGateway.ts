import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { Answerer, ReceiptStore } from "./answerer.ts";
import { createAnswers } from "./answers.ts";
import type { Catalog } from "./catalog.ts";
import { leastPrice } from "./catalog.ts";
import { registerFacilitatorRoutes } from "./facilitator/facilitatorRoutes.ts";
import { createHttpServer } from "./httpServer.ts";
import { createMetrics } from "./metrics.ts";
import type { GatewayOptions } from "./options.ts";
import { minValiditySeconds, parseOptions } from "./options.ts";
import { createAdmission } from "./payment/admission.ts";
import { registerHealthRoutes } from "./routes/healthRoutes.ts";
import { registerInferRoute } from "./routes/inferRoute.ts";
import { registerModelsRoute } from "./routes/modelsRoute.ts";
import { registerReleasesRoute } from "./routes/releasesRoute.ts";
import { registerRecordsRoute } from "./routes/recordsRoute.ts";
import { registerReceiptsRoute } from "./routes/receiptsRoute.ts";
import { registerTextRoutes } from "./routes/textRoutes.ts";
import type { PaymentDeps } from "./till.ts";
import { createTill } from "./till.ts";

/** What a gateway stands on. */
export type GatewayDeps = {
  readonly catalog: Catalog;
  readonly answerer: Answerer;
  readonly receipts: ReceiptStore;
  /** Goes with `options.payments`. */
  readonly payments?: PaymentDeps;
  readonly registry: Registry;
  readonly log: Logger;
};

/** HTTP in front of an operator. */
export type Gateway = {
  /** Listens nowhere by itself: `app.listen`, or a server of the caller's. */
  readonly app: FastifyInstance;
  /** Takes up payments that were left, and settles what is owed, until `signal` aborts. */
  readonly start: (signal: AbortSignal) => Promise<void>;
  /** Takes no more requests and finishes those that are under way. */
  readonly close: () => Promise<void>;
};

const IDLE_CHECK_MS = 50;
/** Without an answer under way, until a gateway that closes waits for no connection any more. */
const QUIET_MS = 3_000;

/** @throws {GatewayError} `OPTIONS_INVALID`. */
export async function createGateway(given: GatewayOptions, deps: GatewayDeps): Promise<Gateway> {
  const options = parseOptions(given);
  const { domain, publicUrl } = options;
  const { chainId } = domain;
  const stopping = new AbortController();
  const till = createTill(options, deps, () => metrics);
  const answers = createAnswers(options, {
    ...{ answerer: deps.answerer, receipts: deps.receipts, stopping: stopping.signal },
    payments: deps.payments?.store ?? null,
    metrics: () => metrics,
    onServed: (payment) => till?.add(payment),
    awaitEscrowed: till?.escrowAnswerer ?? null,
  });
  const metrics = createMetrics(deps.registry, {
    inFlight: answers.inFlight,
    unsettled: () => till?.depth() ?? 0,
    vouchers: till?.vouchers ?? null,
  });
  const admit = createAdmission({ domain, minValiditySeconds: minValiditySeconds(options) }, till);

  let isReady = till === null;
  const paid = { admit, paywall: till?.paywall ?? null, publicUrl };
  const { catalog, receipts } = deps;
  const app = await createHttpServer(options, { log: deps.log, metrics }, (routes) => {
    registerInferRoute(routes, { ...paid, catalog, answers, chainId });
    registerTextRoutes(routes, { ...paid, catalog, answers, chainId });
    registerModelsRoute(routes, { catalog });
    registerReleasesRoute(routes, { catalog });
    registerReceiptsRoute(routes, {
      ...{ receipts, payments: till?.payments ?? null },
      placeOf: till?.placeOf ?? (() => Promise.resolve(undefined)),
    });
    if (deps.payments?.voucher?.records !== undefined)
      registerRecordsRoute(routes, deps.payments.voucher.records);
    if (deps.payments?.mounted !== undefined)
      registerFacilitatorRoutes(routes, deps.payments.mounted, () => leastPrice(catalog));
    registerHealthRoutes(routes, {
      registry: deps.registry,
      notReady: () => (isReady ? null : "the facilitator has not answered yet"),
    });
  });

  return {
    app: app as unknown as FastifyInstance,
    async start(signal) {
      if (till === null) return;
      await till.paywall.initialize();
      isReady = true;
      await till.start(signal);
    },
    async close() {
      // A connection that is answered meanwhile would be waited for until it is idle for too long, and one that neither asks nor reads
      // for as long as an answer may take.
      let quietMs = 0;
      const idle = setInterval(() => {
        app.server.closeIdleConnections();
        quietMs = answers.inFlight() === 0 ? quietMs + IDLE_CHECK_MS : 0;
        if (quietMs >= QUIET_MS) app.server.closeAllConnections();
      }, IDLE_CHECK_MS);
      try {
        await app.close();
      } finally {
        clearInterval(idle);
        stopping.abort();
      }
    },
  };
}
