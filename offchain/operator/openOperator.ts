import { join } from "node:path";
import type { Catalog, Gateway, GatewayOptions, StoredReceipts } from "@vouch/gateway";
import { createGateway, storedReceipts } from "@vouch/gateway";
import type { Hex } from "@vouch/protocol";
import type { OpenedDaemon } from "@vouch/worker";
import {
  createAnswerer,
  createBatchSigner,
  createProofRoom,
  openDaemon,
  openSigningThread,
  openTranscriptSecret,
  recordedAttempts,
} from "@vouch/worker";
import type { Signer } from "ethers";
import type { Logger } from "pino";
import { Registry } from "prom-client";
import type { OperatorConfig } from "./config/operatorConfig.ts";
import type { Payments } from "./payments/openPayments.ts";
import { openPayments } from "./payments/openPayments.ts";
import { createCatalog } from "./prices/createCatalog.ts";
import { soldReleases } from "./soldReleases.ts";
import { openTexts } from "./texts.ts";

export type OpenOperatorDeps = {
  /** Signs as the operator; its provider is not used. */
  readonly signer: Signer;
  /** The key of `signer`, where it is at hand: then answers are signed on a thread of their own. */
  readonly key?: Hex | undefined;
  /** Sends settlements, where it is another than the operator. */
  readonly facilitator?: Signer | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
};

/** A worker, and the gateway in front of it. */
export type OpenedOperator = {
  readonly daemon: OpenedDaemon;
  readonly gateway: Gateway;
  readonly catalog: Catalog;
  readonly receipts: StoredReceipts;
  readonly payments: Payments | undefined;
  /** Gives back what HTTP alone took; the daemon closes for itself. */
  readonly close: () => Promise<void>;
};

/**
 * Opens an operator's worker and its gateway, which share one key, one sign log, one journal and one store.
 *
 * @throws {OperatorError} `SETTING_UNFIT`, `PRICE_INVALID`; {GatewayError} `OPTIONS_INVALID`; {PublisherError} where a text is not what
 * its description says; what `openDaemon` throws.
 */
export async function openOperator(
  config: OperatorConfig,
  { signer, key, facilitator, env, log }: OpenOperatorDeps,
): Promise<OpenedOperator> {
  const daemon = await openDaemon(config, { signer, log });
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const { contracts, deployment, enclave, folder, home, openings, operator, releases, signLog } =
      daemon;
    const { prover } = daemon;
    const domain = { chainId: BigInt(deployment.chainId), router: deployment.evidenceRouter };
    const attempt = recordedAttempts(join(folder, "attempts", "text"), { log });
    const texts = await openTexts(config.text, { contracts, home, env, attempt, log });
    undo.push(texts.close);
    const catalog = createCatalog(
      config.payments.prices,
      soldReleases(home, releases.ids, texts.releases),
    );
    const thread = key === undefined ? undefined : openSigningThread(key, domain);
    if (thread !== undefined) undo.push(thread.close);
    const statements = createBatchSigner(
      { operator, domain, intervalMs: config.http.signMs },
      { signer: thread ?? signer, signLog },
    );
    undo.push(statements.close);
    const answerer = createAnswerer(
      { operator, domain },
      {
        ...{ releases, openings, prover, signLog, signer: statements, texts: texts.releases },
        proofRoom: createProofRoom({
          atOnce: config.http.proofs,
          waiting: config.http.proofsWaiting,
        }),
        secret: openTranscriptSecret(join(folder, "transcripts.secret")),
        ...(enclave === undefined ? {} : { enclave }),
        chain: {
          isAttestedBy: (circuit, verifier) => contracts.circuits.isAttestedBy(circuit, verifier),
          bond: () => contracts.signatures.bondOf(operator),
        },
      },
    );
    const payments = await openPayments(config, { daemon, catalog, signer: facilitator, log });
    warnOfIdleEscrows(config, payments, log);
    const receipts = storedReceipts(daemon.store.sql);
    const gateway = await createGateway(
      {
        ...{ domain, ...httpOptions(config.http) },
        ...(payments === undefined ? {} : { payments: payments.options }),
      },
      {
        ...{ catalog, answerer, receipts, registry: new Registry(), log },
        ...(payments === undefined ? {} : { payments: payments.deps }),
      },
    );
    return { daemon, gateway, catalog, receipts, payments, close };
  } catch (error) {
    await close();
    await daemon.close();
    throw error;
  }
}

function httpOptions(http: OperatorConfig["http"]): Omit<GatewayOptions, "domain" | "payments"> {
  const { host, port, publicUrl, corsOrigins, rateMax, rateWindowSeconds, trustProxy } = http;
  const { bodyLimit, headersTimeoutMs, requestTimeoutMs, answerTimeoutMs } = http;
  const { maxInFlight, maxConnections } = http;
  return {
    ...{ bodyLimit, headersTimeoutMs, requestTimeoutMs, answerTimeoutMs },
    ...{ maxInFlight, maxConnections, corsOrigins, trustProxy },
    publicUrl: publicUrl === "" ? `http://${host}:${port}` : publicUrl,
    rateLimit: { max: rateMax, windowMs: rateWindowSeconds * 1_000 },
  };
}

/** Another operator may take them, so that it is no error. */
function warnOfIdleEscrows(
  { accept, payments: { token } }: OperatorConfig,
  payments: Payments | undefined,
  log: Logger,
): void {
  if (payments?.options.escrow === undefined || token.address === undefined) return;
  if (!accept.tokens.has(token.address))
    log.warn(
      { token: token.address },
      "payments are held on proof, and this worker takes no requests in the token: accept.tokens",
    );
}
