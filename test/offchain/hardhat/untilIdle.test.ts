import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import type { Observed } from "@vouch/worker";
import { WorkerError } from "@vouch/worker";
import { expect } from "chai";
import { untilIdle } from "../../../offchain/hardhat/tasks/untilIdle.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const observed = (nextBlock: number, ready: number): Observed =>
  ({
    ...{ head: 5, nextBlock },
    queues: [
      { queue: "infer", state: "ready", size: ready },
      { queue: "infer", state: "later", size: 2 },
      { queue: "watch", state: "later", size: 4 },
    ],
  }) as unknown as Observed; // the rest is not looked at

/** Works until it is told that there is nothing to do, and some time longer. */
async function run(idle: AbortSignal, onReady: () => void): Promise<string> {
  const told = once(idle, "abort");
  onReady();
  await told;
  for (let i = 0; i < 3; i++) await setImmediate();
  return "ended";
}

describe("untilIdle", () => {
  it("ends a daemon when all is read and nothing can be done, and says what is left", async () => {
    const looks = [observed(1, 0), observed(5, 0), observed(6, 1), observed(6, 0)];
    const observe = () => Promise.resolve(looks.shift() ?? observed(0, 0));
    expect(await untilIdle(observe, 0, run)).to.deep.equal({ ended: "ended", open: 2 });
    expect(looks).to.be.empty;
  });

  it("ends a daemon that cannot be observed, and fails when it has ended", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => {
      unhandled.push(error);
    };
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", note);
    try {
      const observe = () => Promise.reject(new WorkerError({ code: "NODE_WITHOUT_BLOCKS" }));
      expect(await codeOfPromise(untilIdle(observe, 0, run))).to.equal("NODE_WITHOUT_BLOCKS");
      expect(unhandled).to.be.empty;
    } finally {
      process.off("unhandledRejection", note);
      for (const it of others) process.on("unhandledRejection", it);
    }
  });
});
