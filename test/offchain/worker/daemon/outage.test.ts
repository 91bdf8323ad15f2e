import type { EndpointsProvider } from "@vouch/chain";
import { openEndpoints } from "@vouch/chain";
import type { Deployment, Hex, RequestParams } from "@vouch/protocol";
import {
  allOf,
  connectContracts,
  parseReleaseId,
  parseRequestId,
  requireSignature,
} from "@vouch/protocol";
import type { Item, Outcome, Store } from "@vouch/queue";
import type { HealthRecord, RequestItem, StepQueueDeps, StepQueues } from "@vouch/worker";
import {
  ATTEMPTS,
  createHealthRecord,
  STEP_POLICIES,
  stepQueues,
  toRequestItem,
} from "@vouch/worker";
import { expect } from "chai";
import { id, toBeHex } from "ethers";
import { QUEUES, policiesWith, queuePoliciesSchema } from "../../../../offchain/queue/queues.ts";
import { fakeChain } from "../../../helpers/fakeChain.ts";
import type { FaultyRpc } from "../../../helpers/faultyRpc.ts";
import { startFaultyRpc } from "../../../helpers/faultyRpc.ts";
import { SILENT } from "../../../helpers/stores.ts";

const ADDRESS: Hex = `0x${"a1".repeat(20)}`;
const KEY = parseRequestId(id("request"));
const OPEN = 1;

const params: RequestParams = {
  ...{ nonce: 1n, release: parseReleaseId(id("release")), input: [1n], token: ADDRESS },
  ...{ policy: allOf([requireSignature()]), minFee: 5n, maxFee: 5n, rampStart: 0, stake: 0n },
  ...{ bond: 0n, cover: 0n, maxGasPrice: 0n, verificationGas: 0, callbackGas: 0 },
  ...{ provisionalGas: 0, lockDeadline: 2_000_000_000, deadline: 2_000_000_900 },
};
const deployment = new Proxy({}, { get: () => ADDRESS }) as Deployment;

describe("the steps of a request while no node answers", () => {
  let rpc: FaultyRpc;
  let provider: EndpointsProvider;
  let health: HealthRecord;
  let queues: StepQueues;
  let item: Item<RequestItem>;
  let failures: string[];
  /** Called by each call of a contract. */
  let onCall: () => void;

  beforeEach(async () => {
    const chain = fakeChain();
    chain.mine(3);
    onCall = () => undefined;
    failures = [];
    rpc = await startFaultyRpc((method, given) => {
      if (method !== "eth_call") return chain.ask(method, given);
      onCall();
      return Promise.resolve(toBeHex(OPEN, 32)); // whatever is asked
    });
    provider = await openEndpoints([rpc.url], { pollIntervalMs: 20, timeoutMs: 300 });
    const contracts = connectContracts(deployment, provider);
    const limits = { maxFailures: 2, probeSeconds: 1, maxProbeSeconds: 60, recordSize: 10 };
    let seconds = 0;
    health = createHealthRecord(limits, () => (seconds += 100));
    const store = { queue: () => ({}) } as unknown as Store;
    const steps = { contracts, operator: ADDRESS, log: SILENT };
    queues = stepQueues(
      { attempts: ATTEMPTS } as never,
      {
        ...{ store, steps, health },
        onFailure: (step: string) => failures.push(step),
      } as unknown as StepQueueDeps,
    );
    const { key, deadline, payload } = toRequestItem({ id: KEY, params }, contracts);
    // The last attempt that there is: one more failure, and the lock would be given up.
    item = { key, deadline, payload, attempt: ATTEMPTS, signal: new AbortController().signal };
  });

  afterEach(async () => {
    provider.destroy();
    await rpc.close();
  });

  const infer = (): Promise<Outcome> => queues.handlers.infer(item);

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

  it("leaves no lock to a queue that gives up before its step does", () => {
    const policies = policiesWith(queuePoliciesSchema.parse(STEP_POLICIES));
    for (const name of QUEUES) expect(policies[name].retryLimit).to.be.at.least(ATTEMPTS);
  });
});
