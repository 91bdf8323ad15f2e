import type { EndpointsProvider } from "@vouch/chain";
import { openEndpoints } from "@vouch/chain";
import { ExecutionError } from "@vouch/execution";
import type { Contracts, Deployment, Hex, RequestParams } from "@vouch/protocol";
import {
  allOf,
  connectContracts,
  parseReleaseId,
  parseRequestId,
  requireSignature,
} from "@vouch/protocol";
import type { Item, Outcome, Sql, Store } from "@vouch/queue";
import type { HealthRecord, Next, RequestItem, StepQueueDeps, StepQueues } from "@vouch/worker";
import {
  ATTEMPTS,
  createHealthRecord,
  readWorkerConfig,
  STEP_POLICIES,
  stepQueues,
  toAnswerItem,
  toRequestItem,
  WorkerError,
} from "@vouch/worker";
import { expect } from "chai";
import { id, toBeHex } from "ethers";
import { QUEUES, policiesWith, queuePoliciesSchema } from "../../../../offchain/queue/queues.ts";
import { codeOf, codeOfPromise } from "../../../helpers/codeOf.ts";
import { fakeChain } from "../../../helpers/fakeChain.ts";
import type { FaultyRpc } from "../../../helpers/faultyRpc.ts";
import { startFaultyRpc } from "../../../helpers/faultyRpc.ts";
import { SILENT } from "../../../helpers/stores.ts";

const ADDRESS: Hex = `0x${"a1".repeat(20)}`;
const OTHER: Hex = `0x${"b2".repeat(20)}`;
const KEY = parseRequestId(id("request"));
const OPEN = 1;
const OPERATOR_OF = id("operatorOf(bytes32)").slice(0, 10);
/** What ethers demands of a block beside what the chain of the test has. */
const BLOCK = {
  ...{ difficulty: "0x0", gasLimit: "0x1", gasUsed: "0x0", miner: ADDRESS },
  ...{ extraData: "0x", nonce: "0x0000000000000000" },
};

const params: RequestParams = {
  ...{ nonce: 1n, release: parseReleaseId(id("release")), input: [1n], token: ADDRESS },
  ...{ policy: allOf([requireSignature()]), minFee: 5n, maxFee: 5n, rampStart: 0, stake: 0n },
  ...{ bond: 0n, cover: 0n, maxGasPrice: 0n, verificationGas: 0, callbackGas: 0 },
  ...{ provisionalGas: 0, lockDeadline: 2_000_000_000, deadline: 2_000_000_900 },
};
const policies = policiesWith(queuePoliciesSchema.parse(STEP_POLICIES));
const deployment = new Proxy({}, { get: () => ADDRESS }) as Deployment;

describe("the queues of a request's steps", () => {
  let rpc: FaultyRpc;
  let provider: EndpointsProvider;
  let contracts: Contracts;
  let health: HealthRecord;
  let queues: StepQueues;
  let item: Item<RequestItem>;
  let failures: string[];
  /** What asking for the release ends with. */
  let failure: Error;
  /** What settling leads to; the error that it ends with. */
  let settled: Next | Error;
  /** Of the request, as every node has it. */
  let status: number;
  let holder: Hex;
  /** What it was answered. */
  let words: readonly bigint[] | undefined;
  /** What came to a queue from the step before. */
  let renewed: (readonly [string, string])[];
  /** Called by each call of a contract. */
  let onCall: () => void;

  beforeEach(async () => {
    const chain = fakeChain();
    chain.mine(3);
    status = OPEN;
    holder = ADDRESS;
    words = undefined;
    renewed = [];
    onCall = () => undefined;
    failures = [];
    rpc = await startFaultyRpc(async (method, given) => {
      if (method === "eth_getBlockByNumber")
        return { ...BLOCK, ...((await chain.ask(method, given)) as object) };
      if (method !== "eth_call") return chain.ask(method, given);
      onCall();
      const [{ data }] = given as readonly [{ readonly data: string }];
      return toBeHex(data.startsWith(OPERATOR_OF) ? holder : status, 32); // whatever is asked
    });
    provider = await openEndpoints([rpc.url], { pollIntervalMs: 20, timeoutMs: 300 });
    contracts = connectContracts(deployment, provider);
    const limits = { maxFailures: 2, probeSeconds: 1, maxProbeSeconds: 60, recordSize: 10 };
    let seconds = 0;
    health = createHealthRecord(limits, () => (seconds += 100));
    const queue = (name: string) => ({
      renew: ({ key }: { readonly key: string }) => Promise.resolve(renewed.push([name, key])),
    });
    const store = { queue } as unknown as Store;
    const missing = { code: "INPUT_OPENING_MISSING", commitment: KEY, folder: "inputs" } as const;
    failure = new WorkerError(missing);
    const releases = { get: () => Promise.reject(failure) };
    const emit = (): void => undefined;
    const answers = {
      get: () => Promise.resolve(words === undefined ? undefined : { words, evidence: new Map() }),
    };
    const steps = { contracts, operator: OTHER, releases, answers, log: SILENT, emit };
    queues = stepQueues(
      { attempts: ATTEMPTS } as never,
      {
        ...{ store, steps, health },
        settler: {
          settle: () =>
            settled instanceof Error ? Promise.reject(settled) : Promise.resolve(settled),
        },
        onFailure: (step: string) => failures.push(step),
      } as unknown as StepQueueDeps,
    );
    const { key, deadline, payload } = toRequestItem({ id: KEY, params }, contracts);
    // The last attempt that there is: one more failure, and the lock would be given up.
    item = {
      key,
      deadline,
      payload,
      attempt: ATTEMPTS,
      since: 0,
      signal: new AbortController().signal,
    };
  });

  afterEach(async () => {
    provider.destroy();
    await rpc.close();
  });

  const infer = (): Promise<Outcome> => queues.handlers.infer(item);

  describe("given that no node answers", () => {
    it("puts an item off, and counts no failure", async () => {
      rpc.faults.drops = true;
      expect(await infer()).to.include({ status: "later" });
      expect(failures).to.deep.equal([]);
    });

    it("takes no probe for under way that ended in silence", async () => {
      health.failed("MODEL_RUN_FAILED");
      health.failed("MODEL_RUN_FAILED");
      let calls = 0;
      onCall = () => {
        calls += 1;
        if (calls === 1) rpc.faults.drops = true; // behind the leave to lock
      };
      expect(await infer()).to.include({ status: "later" });
      expect(calls).to.equal(1);
      expect(health.askLeave()).to.deep.equal({ may: true, isProbe: true });
    });
  });

  describe("given a request whose input nobody has handed over", () => {
    it("looks at it less often the longer that takes", async () => {
      const now = Date.now() / 1_000;
      expect(await queues.handlers.infer({ ...item, since: now })).to.deep.equal({
        status: "later",
        seconds: 5,
      });
      const waited = await queues.handlers.infer({ ...item, since: now - 1_600 });
      expect(waited).to.deep.equal({ status: "later", seconds: 200 });
      const tired = await queues.handlers.infer({ ...item, since: now - 500_000 });
      expect(tired).to.deep.equal({ status: "later", seconds: 600 });
    });
  });

  describe("given a release that cannot be run", () => {
    const fails = (code: "MODEL_TAMPERED" | "MODEL_LOAD_FAILED" | "RELEASE_BACKED_OFF"): void => {
      const release = params.release;
      const data = {
        MODEL_TAMPERED: { code: "MODEL_TAMPERED", release, path: "", verified: "", found: "" },
        MODEL_LOAD_FAILED: { code: "MODEL_LOAD_FAILED", release },
        RELEASE_BACKED_OFF: { code: "RELEASE_BACKED_OFF", release, failures: 2, waitMs: 1 },
      } as const;
      failure = new ExecutionError(data[code]);
    };

    for (const code of ["MODEL_TAMPERED", "MODEL_LOAD_FAILED", "RELEASE_BACKED_OFF"] as const)
      it(`locks nothing for it, looks again, and is not halted by it: ${code}`, async () => {
        fails(code);
        for (let i = 0; i < 5; i++) {
          const now = Date.now() / 1_000;
          const outcome = await queues.handlers.infer({ ...item, since: now });
          expect(outcome).to.deep.equal({ status: "later", seconds: 30 });
        }
        expect(failures).to.have.length(5);
        expect(health.now().failures).to.equal(0);
      });

    it("gives a probe back that met it", async () => {
      health.failed("TRANSACTION_LOST");
      health.failed("TRANSACTION_LOST");
      fails("MODEL_TAMPERED");
      expect(await infer()).to.include({ status: "later" });
      expect(health.askLeave()).to.deep.equal({ may: true, isProbe: true });
    });

    it("declines what is too large for good", async () => {
      const { release } = params;
      const sizes = { bytes: 2, budgetBytes: 1 };
      failure = new ExecutionError({ code: "MODEL_TOO_LARGE", release, ...sizes });
      expect(await infer()).to.deep.equal({ status: "done" });
      expect(failures).to.deep.equal(["infer"]);
      expect(health.now().failures).to.equal(0);
    });

    it("looks again at what it declines and has answered: a node may lag behind its lock", async () => {
      const { release } = params;
      const sizes = { bytes: 2, budgetBytes: 1 };
      failure = new ExecutionError({ code: "MODEL_TOO_LARGE", release, ...sizes });
      words = [1n];
      expect(await infer()).to.include({ status: "later" });
    });

    it("fails a step behind the lock for good, and counts it once", async () => {
      failure = new ExecutionError({ code: "MODEL_RUN_FAILED", release: params.release });
      words = [1n];
      const plan = { evidence: ["zk" as const], judge: undefined };
      const { payload } = toAnswerItem({ id: KEY, params }, plan, contracts);
      for (let i = 0; i < 5; i++) {
        const proven = queues.handlers.prove({ ...item, payload, attempt: 1 });
        expect(await codeOfPromise(proven)).to.equal("GIVEN_UP");
      }
      expect(health.now().failures).to.equal(1);
    });
  });

  describe("given a step that fails for good", () => {
    const PROVISIONAL = 3;
    const settle = (): Promise<Outcome> => {
      const data = { code: "FULFILMENT_REFUSED", request: KEY, refusal: "" } as const;
      settled = new WorkerError(data);
      const plan = { evidence: ["signature"], judge: undefined } as const;
      const { payload } = toAnswerItem({ id: KEY, params }, plan, contracts);
      return queues.handlers.settle({ ...item, payload });
    };

    it("watches what is on the chain as this operator's answer", async () => {
      status = PROVISIONAL;
      holder = OTHER;
      const outcome = await settle();
      expect(outcome).to.include({ status: "done" });
      if (outcome.status === "done") await outcome.commit?.({} as Sql);
      expect(renewed).to.deep.equal([["watch", KEY]]);
      expect(health.now().failures).to.equal(1);
    });

    it("makes a dead letter of what is another's", async () => {
      status = PROVISIONAL;
      expect(await codeOfPromise(settle())).to.equal("GIVEN_UP");
    });
  });

  describe("given a probe after failures in a row, whose answer is settled", () => {
    const settle = (next: Next): Promise<Outcome> => {
      settled = next;
      const plan = { evidence: ["signature"], judge: undefined } as const;
      const { payload } = toAnswerItem({ id: KEY, params }, plan, contracts);
      return queues.handlers.settle({ ...item, payload });
    };
    beforeEach(() => {
      health.failed("MODEL_RUN_FAILED");
      health.failed("MODEL_RUN_FAILED");
      expect(health.askLeave()).to.deep.equal({ may: true, isProbe: true });
    });

    for (const next of ["served", "watch"] as const)
      it(`ends the halt, once, where it leads to ${next}`, async () => {
        expect(await settle({ next })).to.include({ status: "done" });
        expect(health.now()).to.include({ failures: 0, halt: undefined });
        expect(health.now().record.filter(({ cause }) => cause === undefined)).to.have.length(1);
      });

    for (const next of ["over", "infer"] as const)
      it(`decides nothing where it leads to ${next}, and has another tried`, async () => {
        expect(await settle({ next })).to.include({ status: "done" });
        expect(health.now().record.filter(({ cause }) => cause === undefined)).to.be.empty;
        expect(health.askLeave()).to.deep.equal({ may: true, isProbe: true });
      });
  });

  it("leaves no lock to a queue that gives up before its step does", () => {
    for (const name of QUEUES) expect(policies[name].retryLimit).to.be.at.least(ATTEMPTS);
  });

  it("leaves an answer that waits for cheap gas to who waits, as long as it may", () => {
    const waits = { gather: 3_600, wait: 43_200 };
    expect(policies.settle.expireSeconds).to.be.above(waits.gather + waits.wait);
    const read = (name: string, seconds: number) =>
      readWorkerConfig({ args: [`--settle-${name}-seconds=${seconds}`], env: {} });
    for (const [name, seconds] of Object.entries(waits)) {
      read(name, seconds);
      expect(codeOf(() => read(name, seconds + 1))).to.equal("CONFIG_INVALID");
    }
  });
});
