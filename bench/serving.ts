// Requests a second of one small model behind HTTP: a bare Fastify server over onnxruntime-node, and the gateway over the answerer
// that operators run, whose answers carry receipts signed in batches of a few milliseconds; and what a payment by x402 adds to a
// request on a local chain, whose settlement is behind the answer. Server and load share the machine. Prints JSON.
//
//   npm run bench:serving
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createOnnxBackend, writeExecutable } from "@vouch/execution";
import type { Catalog, Offer, ReceiptStore, StoredAnswer } from "@vouch/gateway";
import { createGateway } from "@vouch/gateway";
import { allOf, requireSignature } from "@vouch/protocol";
import { useFastKeccak } from "@vouch/worker";
import { fastify } from "fastify";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { pino } from "pino";
import { Registry } from "prom-client";
import { temporaryFolder } from "../test/helpers/executables.ts";
import { listening } from "../test/helpers/listening.ts";
import { paidChain } from "../test/helpers/paidChain.ts";
import { openPaidGateway } from "../test/helpers/paidGateway.ts";
import { realAnswerer } from "../test/helpers/realAnswerer.ts";
import { servedModel } from "../test/helpers/servedModel.ts";
import { requirementsOf, signPayment } from "../test/helpers/signPayment.ts";
import { DOMAIN } from "../test/helpers/trapdoorReceipt.ts";

const MODEL = "credit-default-mlp";
const FILE = join(import.meta.dirname, "../models", MODEL, "model.onnx");
const FEATURES = 23;
const SECONDS = 8;
/** As many wait for one signature: with fewer, the interval of the signer is what is measured. */
const CONNECTIONS = 128;
/** Milliseconds that a statement waits for others. */
const SIGN_MS = 1;
const KEPT_RECEIPTS = 1024;
const PAID_REQUESTS = 60;

const session = await InferenceSession.create(readFileSync(FILE), {
  ...{ intraOpNumThreads: 1, interOpNumThreads: 1 },
});
const tensor = Array.from({ length: FEATURES }, (_, i) => ((i % 7) - 3) / 8);
const run = async (values: readonly number[]): Promise<number[]> => {
  const { logit } = await session.run({ x: new Tensor("float32", values, [1, FEATURES]) });
  return Array.from(logit?.data as Float32Array);
};

await useFastKeccak();
const served = await servedModel(MODEL);
const { release, circuit } = served;
const tensors = createOnnxBackend({ batch: { maxSize: CONNECTIONS, maxDelayMs: 0 } });
const { content } = release;
tensors.register(
  await writeExecutable(temporaryFolder(), {
    release: served.id,
    content,
    compiled: served.compiled,
  }),
);
const answerer = realAnswerer([served], [], { tensors }, { intervalMs: SIGN_MS });
const catalogAt = (amount: bigint): Catalog => {
  const offer: Offer = {
    ...{ id: served.id, name: "credit", release, circuit, created: 0, text: null },
    prices: [{ name: "signature", policy: allOf([requireSignature()]), amount }],
  };
  return { list: () => [offer], find: () => offer };
};

/** The newest alone: a heap that grows with each answer would be measured too. What a database takes is not in here. */
function newestReceipts(): ReceiptStore {
  const answers = new Map<string, StoredAnswer>();
  return {
    get: (id) => Promise.resolve(answers.get(id)),
    put(id, answer) {
      answers.set(id, answer);
      const [oldest] = answers.keys();
      if (answers.size > KEPT_RECEIPTS && oldest !== undefined) answers.delete(oldest);
      return Promise.resolve();
    },
  };
}

type Result = {
  readonly requests: { readonly average: number };
  readonly latency: { readonly p50: number; readonly p99: number };
  readonly non2xx: number;
  readonly errors: number;
};
// It has no types of its own.
const autocannon = createRequire(import.meta.url)("autocannon") as (
  options: object,
) => Promise<Result>;

type Load = {
  readonly "requests/s": number;
  readonly "p50 ms": number;
  readonly "p99 ms": number;
  readonly failed: number;
};

async function load(url: string): Promise<Load> {
  const shared = {
    url,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ tensor }),
    connections: CONNECTIONS,
    workers: 1,
  } as const;
  await autocannon({ ...shared, duration: 2 });
  const result = await autocannon({ ...shared, duration: SECONDS });
  return {
    "requests/s": Math.round(result.requests.average),
    "p50 ms": result.latency.p50,
    "p99 ms": result.latency.p99,
    failed: result.non2xx + result.errors,
  };
}

const bare = fastify();
bare.post<{ Body: { tensor: number[] } }>("/v1/infer/credit", async ({ body }) => ({
  output: await run(body.tensor),
}));
const limits = { rateLimit: { max: 1_000_000_000, windowMs: 60_000 } };
const gateway = await createGateway(
  { domain: DOMAIN, publicUrl: "http://gateway.test", ...limits },
  {
    ...{ catalog: catalogAt(0n), answerer, receipts: newestReceipts() },
    ...{ registry: new Registry(), log: pino({ level: "silent" }) },
  },
);
const bareLoad = await load(`${await listening({ app: bare })}/v1/infer/credit`);
const gatewayLoad = await load(`${await listening(gateway)}/v1/infer/credit`);
await bare.close();
await gateway.close();

const chain = await paidChain();
const paid = await openPaidGateway(chain, answerer, catalogAt(10n), { options: limits });
const free = await createGateway(
  { domain: DOMAIN, publicUrl: "http://gateway.test", ...limits },
  {
    ...{ catalog: catalogAt(0n), answerer, receipts: newestReceipts() },
    ...{ registry: new Registry(), log: pino({ level: "silent" }) },
  },
);
const [freeUrl, paidUrl] = [await listening(free), paid.url].map((it) => `${it}/v1/infer/credit`);
const request = (payment?: string): RequestInit => ({
  method: "POST",
  headers: {
    "content-type": "application/json",
    ...(payment === undefined ? {} : { "payment-signature": payment }),
  },
  body: JSON.stringify({ tensor }),
});
const timed = async (url = "", payment?: string): Promise<number> => {
  const begin = performance.now();
  const response = await fetch(url, request(payment));
  await response.text();
  if (response.status !== 200) throw new RangeError(`status ${response.status}`);
  return performance.now() - begin;
};
const requirements = await requirementsOf(paidUrl ?? "", request());
const times: { readonly free: number; readonly paid: number }[] = [];
for (let i = 0; i < PAID_REQUESTS; i++) {
  const payment = await signPayment(requirements, chain.payerKey);
  times.push({ free: await timed(freeUrl), paid: await timed(paidUrl, payment) });
}
await free.close();
await paid.close();
await chain.close();

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return Number((sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(1));
};
const [freeMs, paidMs] = [median(times.map((it) => it.free)), median(times.map((it) => it.paid))];

console.log(
  JSON.stringify(
    {
      command: "npm run bench:serving",
      model: MODEL,
      connections: CONNECTIONS,
      bare: bareLoad,
      gateway: gatewayLoad,
      ratio: {
        "requests/s": Number((gatewayLoad["requests/s"] / bareLoad["requests/s"]).toFixed(2)),
        p99: Number((gatewayLoad["p99 ms"] / bareLoad["p99 ms"]).toFixed(2)),
      },
      payment: {
        requests: PAID_REQUESTS,
        "free, median ms": freeMs,
        "paid, median ms": paidMs,
        "added, median ms": Number((paidMs - freeMs).toFixed(1)),
      },
    },
    null,
    2,
  ),
);
process.exit(0); // connections that clients keep alive would hold the process
