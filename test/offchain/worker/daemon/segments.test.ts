import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  connectContracts,
  decodeEvidence,
  evidenceKindIndex,
  hashOfWords,
  packWords,
  parseRequestId,
  REQUEST_STATUSES,
  requireZk,
  statementDigest,
  verifyProof,
} from "@vouch/protocol";
import type { Store } from "@vouch/queue";
import { answers, openStore, proofs } from "@vouch/queue";
import type { StepDeps, StepQueueDeps, StepQueues, WorkerEvent } from "@vouch/worker";
import {
  ATTEMPTS,
  createHealthRecord,
  createStatementProver,
  gatherStep,
  joinSecret,
  KEPT_PROVER,
  loadedReleases,
  segmentStep,
  settleStep,
  STEP_POLICIES,
  stepQueues,
  toAnswerItem,
} from "@vouch/worker";
import { expect } from "chai";
import { id } from "ethers";
import { codeOfPromise } from "../../../helpers/codeOf.ts";
import { noOpenings } from "../../../helpers/noOpenings.ts";
import type { SegmentedModel } from "../../../helpers/segmentedModel.ts";
import { segmentedModel, trapdoorMaker } from "../../../helpers/segmentedModel.ts";
import { fillFolder, SILENT } from "../../../helpers/stores.ts";
import { until } from "../../../helpers/until.ts";

const NOW = 1_800_000_000;
const OPERATOR: Hex = `0x${"a1".repeat(20)}`;
const ADDRESS: Hex = `0x${"b2".repeat(20)}`;
const DOMAIN = { chainId: 31_337n, router: ADDRESS };
const PLAN = { evidence: ["zk" as const], judge: undefined };
const INPUT = [3n, -20n, 64n, 5n];

describe("a statement in segments, over the queue of proofs", function () {
  this.timeout(30_000);

  let model: SegmentedModel;
  let folder = "";
  let store: Store;
  let contracts: Contracts;
  /** Of every request, as the chain has it. */
  let status: RequestStatus;
  let unlocked: number;

  before(async () => {
    model = await segmentedModel();
    folder = mkdtempSync(join(tmpdir(), "vouch-segments-"));
    await fillFolder(folder);
    const queues = { ...STEP_POLICIES, prove: { retryLimit: ATTEMPTS, retrySeconds: 1 } };
    store = await openStore({ folder, queues }, { log: SILENT });
    const deployment = new Proxy({}, { get: () => ADDRESS }) as Deployment;
    const connected = connectContracts(deployment, null as never); // asked of nothing but its interface
    const requests = {
      runner: { provider: { getBlock: () => Promise.resolve({ timestamp: NOW }) } },
      interface: connected.requests.interface,
      getAddress: () => Promise.resolve(ADDRESS),
      statusOf: () => Promise.resolve(BigInt(REQUEST_STATUSES.indexOf(status))),
      operatorOf: () => Promise.resolve(OPERATOR),
    };
    contracts = { requests } as unknown as Contracts;
  });
  beforeEach(() => {
    status = "locked";
    unlocked = 0;
  });
  after(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  type Process = { readonly made: readonly number[]; readonly stop: () => Promise<void> };

  /** What the steps of a process work with; `onMake` is told of each proof before it is made. */
  const stepsOf = (onMake: (segment: number) => Promise<void> | void): StepDeps =>
    ({
      ...{ contracts, operator: OPERATOR, domain: DOMAIN, log: SILENT },
      prover: createStatementProver({
        kept: proofs(store.sql),
        joins: joinSecret(new Uint8Array(32).fill(3)),
        make: trapdoorMaker(model, onMake),
      }),
      releases: loadedReleases(new Map([[model.served.id, model.served]])),
      answers: answers(store.sql, OPERATOR),
      openings: noOpenings(),
      emit: () => undefined,
      send: () => {
        unlocked += 1;
        status = "open";
        return Promise.resolve({ hash: id("unlocked"), gasUsed: 1n, status: 1 });
      },
    }) as unknown as StepDeps; // all that proving takes

  /** A process of the fleet: one proof at a time. */
  function start(onMake: (segment: number) => Promise<void> | void): Process {
    const made: number[] = [];
    const steps = stepsOf(async (segment) => {
      await onMake(segment);
      made.push(segment);
    });
    const limits = { maxFailures: 100, probeSeconds: 1, maxProbeSeconds: 60, recordSize: 10 };
    const queues: StepQueues = stepQueues(
      { attempts: ATTEMPTS } as never,
      {
        ...{ store, steps, health: createHealthRecord(limits), settler: {} },
        onFailure: () => undefined,
      } as unknown as StepQueueDeps,
    );
    const stopping = new AbortController();
    const working = queues.prove.work(queues.handlers.prove, {
      ...{ concurrency: 1, signal: stopping.signal, pollMs: 50 },
      isHopeless: (error) => (error as { code?: string }).code === "GIVEN_UP",
    });
    const stop = (): Promise<void> => {
      stopping.abort();
      return working;
    };
    return { made, stop };
  }

  const paramsOf = (name: string): RequestParams => ({
    ...{ nonce: BigInt(id(name)) >> 200n, release: model.served.id, token: ADDRESS },
    input: packWords(INPUT, model.served.compiled.input),
    ...{ policy: allOf([requireZk("any")]), minFee: 5n, maxFee: 5n, rampStart: 0, stake: 0n },
    ...{ bond: 0n, cover: 0n, maxGasPrice: 0n, verificationGas: 0, callbackGas: 0 },
    ...{ provisionalGas: 0, lockDeadline: NOW + 60, deadline: NOW + 600 },
  });

  /** Answers a request and puts it where it is to be proven. */
  async function answer(name: string): Promise<RequestId> {
    const request = parseRequestId(id(name));
    const { served } = model;
    const words = packWords(await served.model.run(INPUT), served.compiled.output);
    await answers(store.sql, OPERATOR).put(request, words);
    const params = paramsOf(name);
    const queue = stepQueues({} as never, { store, steps: { contracts } } as never).prove;
    await queue.renew(toAnswerItem({ id: request, params }, PLAN, contracts));
    return request;
  }

  const proofOf = async (request: RequestId): Promise<Hex | undefined> =>
    (await answers(store.sql, OPERATOR).get(request))?.evidence.get("zk") as Hex | undefined;

  async function expectProven(name: string, request: RequestId): Promise<void> {
    await until("it is proven", async () => (await proofOf(request)) !== undefined);
    const { circuit, release, id: releaseId } = model.served;
    const { input } = paramsOf(name);
    const { words } = (await answers(store.sql, OPERATOR).get(request))!;
    const hashes = { inputHash: hashOfWords(input), outputHash: hashOfWords(words) };
    const statement = { release: releaseId, request, operator: OPERATOR, ...hashes };
    const data = (await proofOf(request))!;
    const evidence = decodeEvidence({ kind: evidenceKindIndex("zk"), data }, circuit);
    if (evidence.kind !== "zk") throw new TypeError("not a proof");
    verifyProof(
      evidence,
      { release, input, output: words },
      circuit,
      statementDigest(DOMAIN, statement),
    );
  }

  it("is proven by two processes at once, each segment by one of them, and joined", async () => {
    const begun = new Set<string>();
    const both = (process: string) => async (): Promise<void> => {
      begun.add(process);
      await until("both have a segment", () => begun.size === 2);
    };
    const fleet = [start(both("one")), start(both("two"))];
    await expectProven("shared", await answer("shared"));
    for (const { stop } of fleet) await stop();
    expect(fleet.flatMap(({ made }) => made).toSorted()).to.deep.equal([0, 1, 2]);
    for (const { made } of fleet) expect(made).to.not.be.empty;
    expect((await store.depths()).settle.ready).to.equal(1);
  });

  it("has a lost segment proven again, and no other", async () => {
    let failures = 0;
    const process = start((segment) => {
      if (segment === 1 && failures++ === 0) throw new Error("the machine is gone");
    });
    await expectProven("lost", await answer("lost"));
    await process.stop();
    expect(failures).to.equal(2);
    expect(process.made.toSorted()).to.deep.equal([0, 1, 2]);
  });

  it("is joined of what is there where its request comes anew", async () => {
    const first = start(() => undefined);
    const request = await answer("again");
    await expectProven("again", request);
    const data = await proofOf(request);
    await answers(store.sql, OPERATOR).dropEvidence(request, "zk", data!);
    await answer("again");
    await expectProven("again", request);
    await first.stop();
    expect(first.made).to.have.length(3);
    expect(await proofOf(request)).to.equal(data);
  });

  it("is not proven any further where its request was answered meanwhile", async () => {
    const process = start(() => {
      status = "fulfilled";
    });
    await answer("overtaken");
    await until("nothing is left to prove", async () => {
      const { ready, later, active } = (await store.depths()).prove;
      return ready + later + active === 0;
    });
    await process.stop();
    expect(process.made).to.have.length(1);
  });

  it("gives its lock up once where a segment cannot be proven, and proves nothing after", async () => {
    const process = start(() => {
      throw Object.assign(new Error("the witness contradicts the circuit"), {
        code: "WITNESS_REFUSED",
      });
    });
    await answer("hopeless");
    await until("its lock is given up", async () => (await store.depths()).prove.dead === 1);
    await process.stop();
    expect(unlocked).to.equal(1);
    expect(process.made).to.be.empty;
  });

  it("is never sent with a kept proof that was damaged since: that is told of, and proven anew", async () => {
    const process = start(() => undefined);
    const request = await answer("damaged");
    await expectProven("damaged", request);
    await process.stop();
    const book = answers(store.sql, OPERATOR);
    const proof = (await proofOf(request))!;
    await book.dropEvidence(request, "zk", proof);
    const events: WorkerEvent[] = [];
    const steps = { ...stepsOf(() => undefined), emit: (event: WorkerEvent) => events.push(event) };
    const answered = { id: request, params: paramsOf("damaged"), plan: PLAN };
    const other = `${proof.slice(0, -1)}${proof.endsWith("0") ? "1" : "0"}` as const;
    for (const wrong of [other, "0x00"] as const) {
      await book.putEvidence(request, "zk", wrong);
      const settled = await settleStep([answered], steps);
      expect(settled.get(request)).to.deep.equal({ next: "prove", plan: PLAN });
      expect(await proofOf(request)).to.equal(undefined);
    }
    expect(events.map((it) => ("prover" in it ? it.prover : it.status))).to.deep.equal([
      KEPT_PROVER,
      KEPT_PROVER,
    ]);
    expect(unlocked).to.equal(0);
  });

  it("is not proven by a process that derives other joins than it was told", async () => {
    const made: number[] = [];
    const steps = stepsOf((segment) => void made.push(segment));
    const request = await answer("foreign");
    const answered = { id: request, params: paramsOf("foreign"), plan: PLAN };
    const gathered = await gatherStep(answered, steps);
    if (gathered.next !== "segments") throw new TypeError("nothing is missing");
    const [part] = gathered.segments;
    const other = { ...part!, joins: part!.joins.with(0, 1n) };
    expect(await codeOfPromise(segmentStep(answered, other, steps))).to.equal(
      "SEGMENT_JOINS_DIFFER",
    );
    expect(made).to.be.empty;
    expect(await segmentStep(answered, part!, steps)).to.deep.equal({ next: "gathering" });
    expect(made).to.deep.equal([0]);
  });
});
