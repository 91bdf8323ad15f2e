import type { Hex, RequestId, RequestParams, RequestStatus } from "@vouch/protocol";
import { REQUEST_STATUSES } from "@vouch/protocol";
import type { Answered, Next, StepDeps, StepOptions } from "@vouch/worker";
import { inferStep, memoryAnswers, proveStep, settleStep, watchStep } from "@vouch/worker";
import { expect } from "chai";
import { SILENT } from "../../../helpers/stores.ts";

const NOW = 5_000;
const id = `0x${"1d".repeat(32)}` as RequestId;
const OPERATOR: Hex = `0x${"0e".repeat(20)}`;
const NOBODY: Hex = `0x${"00".repeat(20)}`;

/** A node that says of every request that it has this status. */
const nodeWith = (status: RequestStatus, operator: Hex = NOBODY): StepDeps =>
  ({
    operator: OPERATOR,
    contracts: {
      requests: {
        statusOf: () => Promise.resolve(BigInt(REQUEST_STATUSES.indexOf(status))),
        operatorOf: () => Promise.resolve(operator),
        runner: { provider: { getBlock: () => Promise.resolve({ timestamp: NOW }) } },
      },
    },
    answers: memoryAnswers(),
    log: SILENT,
  }) as unknown as StepDeps;

const answeredBy = (seconds: number, deadline = seconds): Answered => ({
  id,
  params: { lockDeadline: NOW + seconds, deadline: NOW + deadline } as RequestParams,
  plan: { evidence: ["signature"], judge: undefined },
});
const options = {} as StepOptions; // not looked at
const infer = (status: RequestStatus, seconds: number): Promise<Next> =>
  inferStep(answeredBy(seconds), options, nodeWith(status));
const settle = async (status: RequestStatus, seconds: number): Promise<Next | Error | undefined> =>
  (await settleStep([answeredBy(seconds)], nodeWith(status))).get(id);

describe("a request that the node does not know", () => {
  it("is looked for again before it is locked, until it can be locked no more", async () => {
    expect(await infer("none", 60)).to.include({ next: "later", until: NOW + 5 });
    expect(await infer("none", -1)).to.deep.equal({ next: "over" });
  });

  for (const status of ["none", "open"] as const)
    it(`is taken on anew where its answer is ready and it is ${status}`, async () => {
      expect(await settle(status, 60)).to.deep.equal({ next: "infer" });
    });

  it("is left where it is over for all nodes", async () => {
    for (const status of ["fulfilled", "overturned", "cancelled", "expired"] as const) {
      expect(await infer(status, 60)).to.deep.equal({ next: "over" });
      expect(await settle(status, 60)).to.deep.equal({ next: "over" });
    }
  });

  it("is watched no more behind its deadline", async () => {
    const watch = (seconds: number): Promise<Next> =>
      watchStep(
        answeredBy(seconds),
        { defends: OPERATOR, rerunLimit: 0n },
        nodeWith("none") as never,
      );
    expect(await watch(60)).to.include({ next: "later" });
    expect(await watch(-1)).to.deep.equal({ next: "over" });
  });
});

describe("a request that was answered, where a node says that nobody or another has locked it", () => {
  /** Its lock cannot be taken any more, and its answer can be settled for a minute. */
  const late = answeredBy(-1, 60);
  const inferredBy = async (node: StepDeps, request: Answered): Promise<Next> => {
    await node.answers.put(id, [1n]);
    return inferStep(request, options, node);
  };

  for (const [status, operator] of [
    ["none", NOBODY],
    ["open", NOBODY],
    ["locked", NOBODY],
  ] as const)
    it(`is looked at again until its deadline: ${status}`, async () => {
      const node = nodeWith(status, operator);
      expect(await inferredBy(node, late)).to.include({ next: "later", until: NOW + 5 });
      expect(await inferredBy(node, answeredBy(-60, -1))).to.deep.equal({ next: "over" });
      expect(await inferStep(late, options, nodeWith(status, operator))).to.deep.equal({
        next: "over",
      });
    });
});

describe("a request that comes to be run again when its answer is on the chain", () => {
  for (const status of ["provisional", "challenged"] as const)
    it(`is watched where the answer is this operator's, and left where it is not: ${status}`, async () => {
      const request = answeredBy(60);
      const of = (operator: Hex): Promise<Next> =>
        inferStep(request, options, nodeWith(status, operator));
      expect(await of(OPERATOR)).to.deep.equal({ next: "watch" });
      expect(await of(NOBODY)).to.deep.equal({ next: "over" });
    });
});

describe("an answer that is not kept any more", () => {
  const settleBy = async (node: StepDeps): Promise<Next | Error | undefined> =>
    (await settleStep([answeredBy(60)], node)).get(id);

  it("is made anew where it was to be proven", async () => {
    const node = nodeWith("locked", OPERATOR);
    expect(await proveStep(answeredBy(60), node)).to.deep.equal({ next: "infer" });
  });

  it("is made anew where it, or a part of its evidence, was to be settled", async () => {
    const node = nodeWith("locked", OPERATOR);
    expect(await settleBy(node)).to.deep.equal({ next: "infer" });
    await node.answers.put(id, [1n]);
    expect(await settleBy(node)).to.deep.equal({ next: "infer" });
  });
});
