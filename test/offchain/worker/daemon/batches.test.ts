import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CompiledModel } from "@vouch/compiler";
import type {
  Contracts,
  Deployment,
  Hex,
  RequestId,
  RequestParams,
  RequestStatus,
} from "@vouch/protocol";
import {
  allOf,
  batchDigest,
  connectContracts,
  connectProofVerifier,
  decodeBatchEvidence,
  packWords,
  parseReceipt,
  parseRequestId,
  REQUEST_STATUSES,
  requireZk,
  verifyReceipt,
} from "@vouch/protocol";
import type { NewItem, Store } from "@vouch/queue";
import { answers, openStore, proofs, provenBatches } from "@vouch/queue";
import type { MemberItem, StepDeps, StepQueueDeps, StepQueues, WorkerEvent } from "@vouch/worker";
import {
  ATTEMPTS,
  BATCH_MARGIN_SECONDS,
  createHealthRecord,
  createSettler,
  createStatementProver,
  fromAnswerItem,
  loadedReleases,
  settleStep,
  STEP_POLICIES,
  stepQueues,
  toBatchItem,
  toMemberItem,
  WorkerError,
} from "@vouch/worker";
import { expect } from "chai";
import { id, makeError } from "ethers";
import { batchPauses } from "../../../../offchain/worker/daemon/batchPauses.ts";
import { gatherBatch } from "../../../../offchain/worker/daemon/gatherBatch.ts";
import type { BatchedModel } from "../../../helpers/batchedModel.ts";
import { batchedModel, batchMaker } from "../../../helpers/batchedModel.ts";
import { noOpenings } from "../../../helpers/noOpenings.ts";
import { fillFolder, SILENT } from "../../../helpers/stores.ts";
import { until } from "../../../helpers/until.ts";

const NOW = 1_800_000_000;
const OPERATOR: Hex = `0x${"a1".repeat(20)}`;
const ADDRESS: Hex = `0x${"b2".repeat(20)}`;
const DOMAIN = { chainId: 31_337n, router: ADDRESS };
const PLAN = { evidence: ["zk" as const], judge: undefined };
const INPUT = [3n, -20n, 64n, 5n];

describe("answers that one proof proves, over the queues", function () {
  this.timeout(30_000);

  let model: BatchedModel;
  let folder = "";
  let store: Store;
  let contracts: Contracts;
  /** Of requests, as the chain has them; `locked` where nothing else is said. */
  const statuses = new Map<RequestId, RequestStatus>();
  /** Digests of batches that the chain has. */
  const recorded = new Set<string>();
  let sent: string[] = [];

  before(async () => {
    model = await batchedModel();
    folder = mkdtempSync(join(tmpdir(), "vouch-batches-"));
    await fillFolder(folder);
    store = await openStore({ folder, queues: STEP_POLICIES }, { log: SILENT });
    contracts = await fakeContracts(recorded, statuses);
  });
  beforeEach(() => {
    statuses.clear();
    recorded.clear();
    sent = [];
  });
  after(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  type Hooks = {
    readonly onMake?: (count: number) => Promise<void> | void;
    readonly onSend?: (key: string) => void;
    readonly gatherSeconds?: number;
  };
  type Process = {
    readonly made: readonly number[];
    readonly events: readonly WorkerEvent[];
    readonly failures: readonly (string | undefined)[];
    readonly stop: () => Promise<void>;
  };

  /** A process that proves one at a time, and settles. */
  function start({ onMake, onSend, gatherSeconds = 0 }: Hooks = {}): Process {
    const made: number[] = [];
    const events: WorkerEvent[] = [];
    const failures: (string | undefined)[] = [];
    const steps = {
      ...{ contracts, operator: OPERATOR, domain: DOMAIN, log: SILENT },
      prover: createStatementProver({
        kept: proofs(store.sql),
        make: batchMaker(model, async (count) => {
          await onMake?.(count);
          made.push(count);
        }),
        onEvent: (event) => events.push(event),
      }),
      batches: provenBatches(store.sql),
      releases: loadedReleases(new Map([[model.served.id, model.served]])),
      answers: answers(store.sql, OPERATOR),
      openings: noOpenings(),
      home: { receipts: folder },
      emit: (event: WorkerEvent) => events.push(event),
      send: ({ key, data }: { readonly key: string; readonly data: Hex }) => {
        onSend?.(key);
        sent.push(key.split(":")[0] ?? key);
        if (key.startsWith("recordBatch:")) recorded.add(key.split(":")[1] ?? "");
        else fulfilled(data);
        return Promise.resolve({ hash: id(key), gasUsed: 1n, status: 1 });
      },
    } as unknown as StepDeps; // all that proving and settling take
    const limits = { maxFailures: 100, probeSeconds: 1, maxProbeSeconds: 60, recordSize: 10 };
    const hasty = { maxItems: 64, parallel: 1, gatherSeconds: 0, waitSeconds: 0 };
    const settler = createSettler(hasty, {
      settle: (batch) => settleStep(batch, steps),
      weigh: () => Promise.resolve({ singleGas: 9n, batchedGas: 1n, baseGas: 1n, bytes: 1 }),
      market: () => Promise.reject(new Error("a hasty settler asks nobody")),
      log: SILENT,
    });
    const queues = stepQueues(
      { attempts: ATTEMPTS, gatherSeconds } as never,
      {
        ...{ store, steps, settler, health: createHealthRecord(limits) },
        onFailure: (_: string, code: string | undefined) => failures.push(code),
      } as unknown as StepQueueDeps,
    );
    const stopping = new AbortController();
    const { signal } = stopping;
    const isHopeless = (error: unknown): boolean =>
      error instanceof WorkerError && error.code === "GIVEN_UP";
    const working = Promise.all([
      queues.prove.work(queues.handlers.prove, { concurrency: 1, signal, isHopeless, pollMs: 50 }),
      queues.settle.work(queues.handlers.settle, { concurrency: 64, signal, pollMs: 50 }),
    ]);
    const stop = async (): Promise<void> => {
      stopping.abort();
      await working;
    };
    return { made, events, failures, stop };
  }

  /** Requests of a transaction are fulfilled, where it is of answers. */
  function fulfilled(data: Hex): void {
    const call = contracts.requests.interface.parseTransaction({ data });
    const ids =
      call?.name === "fulfilMany"
        ? (call.args[0] as readonly { id: string }[]).map((it) => it.id)
        : [call?.args[0] as string];
    for (const it of ids) statuses.set(it as RequestId, "fulfilled");
  }

  const paramsOf = (name: string): RequestParams => ({
    ...{ nonce: BigInt(id(name)) >> 200n, release: model.served.id, token: ADDRESS },
    input: packWords(INPUT.with(0, BigInt(id(name)) % 100n), model.served.compiled.input),
    ...{ policy: allOf([requireZk("any")]), minFee: 5n, maxFee: 5n, rampStart: 0, stake: 0n },
    ...{ bond: 0n, cover: 0n, maxGasPrice: 0n, verificationGas: 0, callbackGas: 0 },
    ...{ provisionalGas: 0, lockDeadline: NOW + 60, deadline: NOW + 6_000 },
  });

  const proveQueue = (): StepQueues =>
    stepQueues({} as never, { store, steps: { contracts, log: SILENT } } as never);

  /** Answers requests; returns them as they gather. */
  async function items(count: number, label: string): Promise<NewItem<MemberItem>[]> {
    const names = Array.from({ length: count }, (_, index) => `${label} ${index}`);
    const { served } = model;
    const made: NewItem<MemberItem>[] = [];
    for (const name of names) {
      const request = parseRequestId(id(name));
      const input = INPUT.with(0, BigInt(id(name)) % 100n);
      const words = packWords(await served.model.run(input), served.compiled.output);
      await answers(store.sql, OPERATOR).put(request, words);
      made.push(toMemberItem({ id: request, params: paramsOf(name) }, PLAN, contracts));
    }
    return made;
  }

  /** Answers requests, and puts them where they gather. */
  async function answer(count: number, label: string): Promise<RequestId[]> {
    const { prove } = proveQueue();
    const members = await items(count, label);
    for (const it of members) await prove.renew(it);
    return members.map(({ key }) => key);
  }

  async function finished(ids: readonly RequestId[]): Promise<void> {
    await until("all are settled", async () => {
      const { prove, settle } = await store.depths();
      const left = [prove, settle].map(({ ready, later, active }) => ready + later + active);
      return left.every((it) => it === 0) && ids.every((it) => statuses.get(it) !== undefined);
    });
  }

  const placeOf = async (request: RequestId): Promise<Hex> =>
    ((await answers(store.sql, OPERATOR).get(request))?.evidence.get("zk") ?? "0x") as Hex;

  it("are four of one proof, recorded once, and settled by their places", async () => {
    const requests = await answer(4, "four");
    const process = start({ gatherSeconds: 60 });
    await finished(requests);
    await process.stop();
    expect(process.made).to.deep.equal([4]);
    expect(sent.filter((it) => it === "recordBatch")).to.have.length(1);
    expect(sent[0]).to.equal("recordBatch");
    const events = process.events.filter(({ status }) => status === "recorded");
    expect(events).to.have.length(1);
    expect(events[0]).to.include({ statements: 4 });
    const places = new Set<number>();
    for (const request of requests) {
      const { place, digests } = decodeBatchEvidence(await placeOf(request));
      places.add(place);
      expect(recorded.has(batchDigest(digests))).to.equal(true);
      const receipt = parseReceipt(JSON.parse(readFileSync(join(folder, `${request}.json`), "utf8"))); // prettier-ignore
      expect(verifyReceipt(receipt, { request }).assurance.kinds).to.deep.equal(["zk"]);
    }
    expect(places).to.have.property("size", 4);
  });

  it("leave out what is cancelled once it is proven", async () => {
    const requests = await answer(4, "cancelled");
    const process = start({
      gatherSeconds: 60,
      onSend: (key) => {
        if (key.startsWith("recordBatch:")) statuses.set(requests[2]!, "cancelled");
      },
    });
    await finished(requests);
    await process.stop();
    expect(process.made).to.deep.equal([4]);
    expect(requests.map((it) => statuses.get(it))).to.deep.equal([
      ...["fulfilled", "fulfilled", "cancelled", "fulfilled"],
    ]);
    expect(process.failures).to.deep.equal([]);
  });

  it("gather anew where one of them is over before it is proven, the rest alone", async () => {
    const requests = await answer(4, "over");
    statuses.set(requests[0]!, "expired");
    const process = start();
    await finished(requests);
    await process.stop();
    expect(process.made.toSorted()).to.deep.equal([1, 2]);
    expect(statuses.get(requests[0]!)).to.equal("expired");
    for (const it of requests.slice(1)) expect(statuses.get(it)).to.equal("fulfilled");
  });

  it("are the largest number that they fill, and what is left is proven alone", async () => {
    const requests = await answer(3, "three");
    const process = start();
    await finished(requests);
    await process.stop();
    expect(process.made.toSorted()).to.deep.equal([1, 2]);
  });

  it("are proven one by one where their batch cannot be", async () => {
    const requests = await answer(4, "failing");
    const process = start({
      gatherSeconds: 60,
      onMake: (count) => {
        if (count > 1)
          throw Object.assign(new Error("the witness contradicts"), { code: "WITNESS_REFUSED" });
      },
    });
    await finished(requests);
    await process.stop();
    expect(process.made).to.deep.equal([1, 1, 1, 1]);
    expect(process.failures).to.deep.equal(["WITNESS_REFUSED"]);
    expect(sent).to.not.include("recordBatch");
    expect(requests.map((it) => statuses.get(it))).to.deep.equal(Array(4).fill("fulfilled"));
  });

  it("are proven without one that cannot be proven", async () => {
    const requests = await answer(4, "poisoned");
    const others = "UPDATE vouch.answers SET words = ARRAY['1'] WHERE request = $1";
    await store.sql.query(others, [requests[0]!]);
    const process = start();
    await finished(requests);
    await process.stop();
    expect(process.made.toSorted()).to.deep.equal([1, 2]);
    expect(process.failures).to.deep.equal(["ANSWER_DIFFERS"]);
    expect(sent).to.include("unlock");
  });

  it("are proven one by one for a while where a batch of the release failed", async () => {
    let tries = 0;
    const process = start({
      onMake: (count) => {
        if (count > 1 && tries++ === 0)
          throw Object.assign(new Error("no memory"), { code: "PROVER_FAILED" });
      },
    });
    await finished(await answer(2, "before a pause"));
    await finished(await answer(2, "in a pause"));
    await process.stop();
    expect(process.made).to.deep.equal([1, 1, 1, 1]);
  });

  it("are as many as nodes take the words of in a transaction", async () => {
    const { served } = model;
    // 440 words of each statement: 128 KiB have room for the words of nine.
    const wide = (tensor: CompiledModel["input"], elements: number) => ({ ...tensor, elements });
    const compiled = { ...served.compiled, input: wide(served.compiled.input, 31 * 440) };
    const batches = [2, 16].map((count) => ({ ...served.batches[0]!, count }));
    const gathered = await Promise.all(
      [served.compiled, compiled].map(async (it) => {
        const takenOf: (readonly number[])[] = [];
        const deps = {
          gatherSeconds: 0,
          pauses: batchPauses(),
          prove: {
            countWaiting: () => Promise.resolve(15),
            takeWaiting: (_: unknown, counts: readonly number[]) => {
              takenOf.push(counts);
              return Promise.resolve([]);
            },
            renew: () => Promise.resolve("queued" as const),
          },
          steps: {
            contracts,
            releases: { get: () => Promise.resolve({ ...served, batches, compiled: it }) },
          },
        };
        const [item] = await items(1, "wide");
        const { key, deadline, payload } = item!;
        const alone = () => Promise.reject(new Error("two fit"));
        const outcome = await gatherBatch(
          { key, deadline, since: NOW },
          payload,
          alone,
          deps as never,
        );
        if (outcome.status === "done") await outcome.commit?.(store.sql);
        return takenOf;
      }),
    );
    expect(gathered).to.deep.equal([[[1, 15]], [[1]]]);
  });

  it("are proven without one whose deadline came near while they waited", async () => {
    const members = await items(4, "late");
    const [late, ...others] = members;
    const { params } = fromAnswerItem(late!.payload, contracts);
    const near = { ...params, deadline: NOW + BATCH_MARGIN_SECONDS - 1 };
    const request = toMemberItem({ id: late!.key, params: near }, PLAN, contracts);
    await proveQueue().prove.renew(toBatchItem([request, ...others]));
    const process = start();
    await finished(members.map(({ key }) => key));
    await process.stop();
    expect(process.made.toSorted()).to.deep.equal([1, 1, 2]);
    expect(process.failures).to.deep.equal([]);
  });

  it("are proven one by one where processes ended while they proved them together", async () => {
    const { key, deadline, payload } = toBatchItem(await items(2, "crashed"));
    const { handlers, prove } = proveQueue();
    const attempt = (tried: number) => {
      const { signal } = new AbortController();
      return handlers.prove({ key, deadline, payload, since: NOW, attempt: tried, signal });
    };
    const outcome = await attempt(3);
    expect(outcome.status).to.equal("done");
    await store.sql.transaction(async (tx) => {
      if (outcome.status === "done") await outcome.commit?.(tx);
    });
    expect(await prove.countWaiting({ kind: "batch" }, 9)).to.equal(0);
    const process = start();
    await finished(payload.members.map((it) => fromAnswerItem(it, contracts).id));
    await process.stop();
    expect(process.made).to.deep.equal([1, 1]);
  });

  it("are proven together again where the process that did was stopped", async () => {
    const requests = await answer(4, "stopped");
    let stops = 0;
    const process = start({
      gatherSeconds: 60,
      onMake: () => {
        if (stops++ === 0) throw new WorkerError({ code: "STOPPING", request: requests[0]! });
      },
    });
    await finished(requests);
    await process.stop();
    expect(stops).to.equal(2);
    expect(process.made).to.deep.equal([4]);
    expect(sent.filter((it) => it === "recordBatch")).to.have.length(1);
    expect(sent[0]).to.equal("recordBatch");
  });

  it("send nothing of a batch that was damaged since, and are proven one by one", async () => {
    const requests = await answer(2, "damaged");
    const { sql } = store;
    let isDamaged = false;
    // Between proving and recording: recording first asks what is over.
    const { statusOf } = contracts.requests;
    Object.assign(contracts.requests, {
      statusOf: async (request: RequestId) => {
        const damaged = await sql.query(
          `UPDATE vouch.proven_batches SET batch = replace(batch, '"data":"0x', '"data":"0xff') WHERE batch LIKE $1 RETURNING 1`,
          [isDamaged ? "" : `%${requests[0]!}%`],
        );
        isDamaged ||= damaged.length > 0;
        return statusOf(request);
      },
    });
    const process = start();
    await finished(requests);
    await process.stop();
    Object.assign(contracts.requests, { statusOf });
    expect(isDamaged).to.equal(true);
    expect(process.made).to.deep.equal([2, 1, 1]);
    expect(sent).to.not.include("recordBatch");
    expect(process.events.filter(({ status }) => status === "proofRefused")).to.have.length(1);
  });
});

/** What the steps ask of a chain: a request is locked by this operator unless it is said otherwise, a batch recorded once it was sent. */
async function fakeContracts(
  recorded: ReadonlySet<string>,
  statuses: ReadonlyMap<RequestId, RequestStatus>,
): Promise<Contracts> {
  const deployment = new Proxy({}, { get: () => ADDRESS }) as Deployment;
  const connected = connectContracts(deployment, null as never); // asked of nothing but its interface
  const router = { verifierOf: () => Promise.resolve(ADDRESS), runner: { call: callVerifier } };
  const verifier = await connectProofVerifier({ router } as unknown as Contracts);
  function callVerifier({ data }: { readonly data: Hex }): Promise<string> {
    const call = verifier.interface.parseTransaction({ data });
    const place = decodeBatchEvidence(call?.args["data"] as Hex);
    const digest = batchDigest(place.digests);
    const { interface: abi } = verifier;
    if (recorded.has(digest)) {
      const assurance = [16, 0, 0, 0, 0, 0, 0, 0];
      return Promise.resolve(`0x${assurance.map((it) => it.toString(16).padStart(64, "0")).join("")}`); // prettier-ignore
    }
    const reverted = abi.encodeErrorResult("BatchNotRecorded", [digest]);
    const facts = { action: "call", data: reverted, reason: null, transaction: { to: null, data } };
    const more = { invocation: null, revert: null } as const;
    const error: Error = makeError("reverted", "CALL_EXCEPTION", { ...facts, ...more } as never);
    return Promise.reject(error);
  }
  const requests = {
    runner: { provider: { getBlock: () => Promise.resolve({ timestamp: NOW }) } },
    interface: connected.requests.interface,
    getAddress: () => Promise.resolve(ADDRESS),
    statusOf: (it: RequestId) =>
      Promise.resolve(BigInt(REQUEST_STATUSES.indexOf(statuses.get(it) ?? "locked"))),
    operatorOf: () => Promise.resolve(OPERATOR),
  };
  return { requests, router } as unknown as Contracts;
}
