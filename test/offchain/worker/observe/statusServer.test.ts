import { connect } from "node:net";
import type { CircuitId, RequestId } from "@vouch/protocol";
import type { Observed, StatusServer } from "@vouch/worker";
import { createMetrics, KEPT_PROVER, serveStatus } from "@vouch/worker";
import { expect } from "chai";
import { pino } from "pino";

const HEALTHY: Observed = {
  head: 120,
  nextBlock: 118,
  endpoints: [{ name: "a.example", isHealthy: true }],
  queues: [{ queue: "infer", state: "created", size: 4 }],
  deadLetters: 0,
  prover: "snarkjs, the reference",
  provers: [],
  pendingTransactions: 2,
  freeStake: 25n * 10n ** 17n,
  balance: 10n ** 18n,
  models: { loaded: 3, bytes: 1_000 },
  mayLock: true,
};

describe("serveStatus", () => {
  let facts: Observed | Error = HEALTHY;
  let server: StatusServer;
  const metrics = createMetrics();

  before(async () => {
    server = await serveStatus(
      { host: "127.0.0.1", port: 0 },
      {
        metrics,
        observe: () => (facts instanceof Error ? Promise.reject(facts) : Promise.resolve(facts)),
        unready: ({ mayLock }) => (mayLock ? undefined : "it takes no locks"),
        log: pino({ level: "silent" }),
      },
    );
  });
  beforeEach(() => {
    facts = HEALTHY;
  });
  after(() => server.close());

  const get = async (path: string): Promise<{ status: number; body: string }> => {
    const response = await fetch(`${server.url}${path}`);
    return { status: response.status, body: await response.text() };
  };

  it("is healthy while the process runs, ready or not", async () => {
    facts = new Error("no endpoint answers");
    expect((await get("/healthz")).status).to.equal(200);
    expect(await get("/readyz")).to.deep.equal({ status: 503, body: "no endpoint answers\n" });
  });

  it("is ready where nothing speaks against it, and says what does", async () => {
    expect((await get("/readyz")).status).to.equal(200);
    facts = { ...HEALTHY, mayLock: false };
    expect(await get("/readyz")).to.deep.equal({ status: 503, body: "it takes no locks\n" });
  });

  it("gives its status as JSON, amounts as decimals", async () => {
    const { body } = await get("/status");
    expect(JSON.parse(body)).to.deep.include({ head: 120, freeStake: "2500000000000000000" });
  });

  it("gives metrics that Prometheus reads: counted since the start, and as they stand", async () => {
    metrics.onEvent({ status: "signed", request: `0x${"11".repeat(32)}` as never, ms: 3 });
    metrics.onFailure("settle", "GAS_PRICE_TOO_HIGH");
    const { body } = await get("/metrics");
    expect(body).to.include('vouch_requests_total{status="signed"} 1');
    expect(body).to.include('vouch_failures_total{step="settle",code="GAS_PRICE_TOO_HIGH"} 1');
    expect(body).to.include("vouch_chain_lag_blocks 3");
    expect(body).to.include('vouch_queue_depth{queue="infer",state="created"} 4');
    expect(body).to.include("vouch_free_stake_ether 2.5");
  });

  it("counts proofs by their prover, apart from requests, and names one whose proof was wrong", async () => {
    const of = { request: `0x${"11".repeat(32)}`, circuit: `0x${"22".repeat(32)}` } as never as {
      request: RequestId;
      circuit: CircuitId;
    };
    metrics.onEvent({ status: "proofMade", ...of, prover: "fast", ms: 3 });
    metrics.onEvent({ status: "proofRefused", ...of, prover: "fast" });
    metrics.onEvent({ status: "proverFailed", ...of, prover: "fast" });
    metrics.onEvent({ status: "proofFound", ...of });
    expect(metrics.provers()).to.deep.equal([
      { prover: "fast", held: 1, refused: 1, failed: 1 },
      { prover: KEPT_PROVER, held: 1, refused: 0, failed: 0 },
    ]);
    const { body } = await get("/metrics");
    expect(body).to.include('vouch_proofs_total{prover="fast",verdict="refused"} 1');
    expect(body).to.include('vouch_proofs_total{prover="kept",verdict="held"} 1');
    expect(body).to.not.include('vouch_requests_total{status="proof');
  });

  it("forgets what is gone", async () => {
    await get("/metrics");
    facts = { ...HEALTHY, queues: [], endpoints: [] };
    const { body } = await get("/metrics");
    expect(body).to.not.include("vouch_queue_depth{").and.not.include("vouch_endpoint_healthy{");
  });

  it("knows no other pages, and takes nothing", async () => {
    expect((await get("/")).status).to.equal(404);
    expect((await fetch(`${server.url}/status`, { method: "POST" })).status).to.equal(405);
  });

  it("ends with a connection that never finished its request", async () => {
    const other = await serveStatus(
      { host: "127.0.0.1", port: 0 },
      {
        metrics: createMetrics(),
        observe: () => Promise.resolve(HEALTHY),
        unready: () => undefined,
        log: pino({ level: "silent" }),
      },
    );
    const socket = connect(Number(new URL(other.url).port), "127.0.0.1");
    await new Promise((done) => socket.once("connect", done));
    socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n");
    const ended = new Promise((done) => socket.once("close", done));
    socket.on("error", () => undefined); // a reset is an end, too
    await other.close();
    await ended;
  });
});
