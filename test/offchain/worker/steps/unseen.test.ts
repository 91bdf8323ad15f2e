import type { RequestId, RequestParams } from "@vouch/protocol";
import type { Answered, Next, StepDeps, StepOptions } from "@vouch/worker";
import { inferStep, settleStep } from "@vouch/worker";
import { expect } from "chai";

const NOW = 5_000;
const id = `0x${"1d".repeat(32)}` as RequestId;

/** A node that says of every request that it has this status. */
const nodeWith = (status: bigint): StepDeps =>
  ({
    operator: `0x${"0e".repeat(20)}`,
    contracts: {
      requests: {
        statusOf: () => Promise.resolve(status),
        operatorOf: () => Promise.resolve(`0x${"00".repeat(20)}`),
        runner: { provider: { getBlock: () => Promise.resolve({ timestamp: NOW }) } },
      },
    },
  }) as unknown as StepDeps;

const answeredBy = (seconds: number): Answered => ({
  id,
  params: { lockDeadline: NOW + seconds, deadline: NOW + seconds } as RequestParams,
  plan: { evidence: ["signature"], judge: undefined },
});
const infer = (status: bigint, seconds: number): Promise<Next> =>
  inferStep(answeredBy(seconds), {} as StepOptions, nodeWith(status));
const settle = async (status: bigint, seconds: number): Promise<Next | Error | undefined> =>
  (await settleStep([answeredBy(seconds)], nodeWith(status))).get(id);

describe("a request that the node does not know", () => {
  it("is looked for again before it is locked, until it can be locked no more", async () => {
    expect(await infer(0n, 60)).to.include({ next: "later", until: NOW + 5 });
    expect(await infer(0n, -1)).to.deep.equal({ next: "over" });
  });

  for (const [what, status] of [
    ["is unknown", 0n],
    ["is not locked", 1n],
  ] as const)
    it(`is taken on anew where its answer is ready and it ${what}`, async () => {
      expect(await settle(status, 60)).to.deep.equal({ next: "infer" });
    });

  it("is left where it is over for all nodes", async () => {
    for (const status of [5n, 6n, 7n]) {
      expect(await infer(status, 60)).to.deep.equal({ next: "over" });
      expect(await settle(status, 60)).to.deep.equal({ next: "over" });
    }
  });
});
