import { ChainError } from "@vouch/chain";
import type { RequestId } from "@vouch/protocol";
import type { Handler } from "@vouch/queue";
import { QueueError } from "@vouch/queue";
import { expect } from "chai";
import { pino } from "pino";
import { WorkerError } from "@vouch/worker";
import { whileReachable } from "../../../../offchain/worker/daemon/whileReachable.ts";
import { codeOfPromise } from "../../../helpers/codeOf.ts";

const ITEM: Parameters<Handler<undefined>>[0] = {
  key: `0x${"11".repeat(32)}` as RequestId,
  ...{
    deadline: 0,
    payload: undefined,
    attempt: 8,
    since: 0,
    signal: new AbortController().signal,
  },
};

const log = pino({ level: "silent" });
const failing = (error: Error): Handler<undefined> =>
  whileReachable(() => Promise.reject(error), log);

describe("whileReachable", () => {
  for (const [what, error] of [
    [
      "no endpoint answers",
      new ChainError({ code: "ENDPOINTS_FAILED", method: "eth_call", failures: [] }),
    ],
    [
      "an endpoint does not",
      new ChainError({ code: "ENDPOINT_FAILED", endpoint: "a", reason: "" }),
    ],
    [
      "an endpoint is busy",
      new ChainError({ code: "ENDPOINT_BUSY", endpoint: "a", retryAfterMs: 1 }),
    ],
    ["a node has no blocks", new WorkerError({ code: "NODE_WITHOUT_BLOCKS" })],
    ["the worker stops", new WorkerError({ code: "STOPPING", request: ITEM.key })],
    ["the database starts", new QueueError({ code: "DATABASE_FAILED", state: "57P03" })],
    ["a server has no room", new QueueError({ code: "DATABASE_FAILED", state: "53100" })],
    [
      "the database of this process has none",
      new QueueError({ code: "DISK_FULL", folder: "", free: 0, needed: 1 }),
    ],
    ["the database is gone", new QueueError({ code: "DATABASE_FAILED", state: "ECONNREFUSED" })],
  ] as const)
    it(`puts an item off, uncounted, while ${what}`, async () => {
      expect(await failing(error)(ITEM)).to.include({ status: "later" });
    });

  for (const [what, error] of [
    ["a statement is refused", new QueueError({ code: "DATABASE_FAILED", state: "23505" })],
    ["its claim is lost", new QueueError({ code: "CLAIM_LOST", queue: "infer", key: ITEM.key })],
    ["a nonce is not proven", new ChainError({ code: "NONCE_UNPROVEN", sender: "0x", nonce: 1 })],
  ] as const)
    it(`counts an attempt where ${what}`, async () => {
      expect(await codeOfPromise(failing(error)(ITEM))).to.equal(error.code);
    });

  it("hands on what became of an attempt", async () => {
    const done: Handler<undefined> = () => Promise.resolve({ status: "done" });
    expect(await whileReachable(done, log)(ITEM)).to.deep.equal({ status: "done" });
  });
});
