import type { Hex, RequestId, RequestStatus } from "@vouch/protocol";
import { DISPUTE_STATUSES, REQUEST_STATUSES } from "@vouch/protocol";
import type { Item, Outcome } from "@vouch/queue";
import type { StepQueueDeps, WatchItem } from "@vouch/worker";
import { WorkerError } from "@vouch/worker";
import { expect } from "chai";
import { id } from "ethers";
import { lookAfter } from "../../../../offchain/worker/daemon/lookAfter.ts";
import { codeOfPromise } from "../../../helpers/codeOf.ts";
import { SILENT } from "../../../helpers/stores.ts";

const NOW = 1_700_000_000;
const OPERATOR: Hex = `0x${"a1".repeat(20)}`;
const OTHER: Hex = `0x${"b2".repeat(20)}`;
const KEY = id("request") as RequestId;
const ATTEMPTS = 8;

/** What a chain says of one request, and of its dispute. */
type Chain = {
  readonly status: RequestStatus;
  readonly operator?: Hex;
  readonly windowEnd?: number;
  readonly challenger?: Hex;
  /** The dispute cannot be read. */
  readonly fails?: boolean;
};

describe("lookAfter", () => {
  let failures: string[];
  beforeEach(() => {
    failures = [];
  });

  /** Takes a step with an item that has waited so long. */
  function look(
    { status, operator = OPERATOR, windowEnd = NOW + 60, challenger = OTHER, fails }: Chain,
    item: Partial<Item<WatchItem>> = {},
    waitedSeconds = 0,
  ): Promise<Outcome> {
    const missing = { code: "ANSWER_UNKNOWN", request: KEY, missing: "a log" } as const;
    const requests = {
      runner: { provider: { getBlock: () => Promise.resolve({ timestamp: NOW }) } },
      getAddress: () => Promise.resolve(OTHER),
      statusOf: () => Promise.resolve(BigInt(REQUEST_STATUSES.indexOf(status))),
      operatorOf: () => Promise.resolve(operator),
      windowEndOf: () =>
        fails === true ? Promise.reject(new WorkerError(missing)) : Promise.resolve(windowEnd),
    };
    const disputes = {
      disputeOf: () =>
        fails === true
          ? Promise.reject(new WorkerError(missing))
          : Promise.resolve({
              status: BigInt(DISPUTE_STATUSES.indexOf("awaitingProof")),
              ...{ operator, challenger, decideBy: BigInt(NOW + 100) },
            }),
    };
    const steps = {
      ...{ operator: OPERATOR, log: SILENT },
      contracts: { requests },
      courts: { disputes },
    };
    const deps = {
      steps,
      onFailure: (step: string) => failures.push(step),
    } as unknown as StepQueueDeps;
    const limits = { maxBond: 1n, maxOutstanding: 1n, minReturn: 1n };
    const options = { attempts: ATTEMPTS, rounds: { turnSeconds: 1 }, watchtower: limits };
    return lookAfter(
      options,
      deps,
    )({
      ...{ key: KEY, deadline: NOW + 1_000, payload: { kind: "answer" }, attempt: 1 },
      since: Date.now() / 1_000 - waitedSeconds,
      signal: new AbortController().signal,
      ...item,
    });
  }

  describe("given an answer that no node knows", () => {
    for (const status of ["none", "open", "locked"] as const)
      it(`looks for it less and less often, until its deadline: ${status}`, async () => {
        expect(await look({ status })).to.deep.equal({ status: "later", seconds: 5 });
        const waited = await look({ status }, {}, 801);
        expect(waited).to.deep.equal({ status: "later", seconds: 100 });
        expect(await look({ status }, { deadline: NOW - 1 })).to.deep.equal({ status: "done" });
      });
  });

  describe("given an answer of this operator's that cannot be stood by now", () => {
    const failing = { fails: true, status: "challenged" } as const;

    it("counts attempts as any step does", async () => {
      const failed = look(failing, { attempt: ATTEMPTS - 1 });
      expect(await codeOfPromise(failed)).to.equal("ANSWER_UNKNOWN");
      expect(failures).to.deep.equal(["watch"]);
    });

    it("tries again and again while it is challenged", async () => {
      const outcome = await look(failing, { attempt: ATTEMPTS });
      expect(outcome).to.deep.equal({ status: "later", seconds: 60 });
      expect(failures).to.deep.equal(["watch"]);
    });

    it("gives up what is another's", async () => {
      const failed = look({ ...failing, operator: OTHER }, { attempt: ATTEMPTS });
      expect(await codeOfPromise(failed)).to.equal("ANSWER_UNKNOWN");
    });
  });

  describe("given an answer of another operator", () => {
    const foreign = { payload: { kind: "foreign" } } as const;

    it("follows a dispute that this operator began to its decision", async () => {
      const began = { status: "challenged", operator: OTHER, challenger: OPERATOR } as const;
      expect(await look(began, foreign)).to.deep.equal({ status: "later", seconds: 101 });
    });

    it("leaves the dispute of others", async () => {
      const others = { status: "challenged", operator: OTHER } as const;
      expect(await look(others, foreign)).to.deep.equal({ status: "done" });
    });

    it("stands by an answer of this operator's that a reorganisation put in its place", async () => {
      const outcome = await look({ status: "provisional" }, foreign);
      expect(outcome).to.deep.equal({ status: "later", seconds: 61 });
    });
  });
});
