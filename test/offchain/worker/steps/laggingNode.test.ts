import type { Contracts, Hex, RequestId, RequestParams, RequestStatus } from "@vouch/protocol";
import {
  allOf,
  parseReleaseId,
  parseRequestId,
  REQUEST_STATUSES,
  requireSignature,
} from "@vouch/protocol";
import type { Answered, Next, StepDeps, StepOptions } from "@vouch/worker";
import { inferStep, memoryAnswers, settleStep, watchStep } from "@vouch/worker";
import { expect } from "chai";
import { id } from "ethers";

const NOW = 1_700_000_000;
const OPERATOR: Hex = `0x${"a1".repeat(20)}`;
const OTHER: Hex = `0x${"b2".repeat(20)}`;
const REQUEST: RequestId = parseRequestId(id("request"));
const DEADLINE = NOW + 900;

const params: RequestParams = {
  ...{ nonce: 1n, release: parseReleaseId(id("release")), input: [1n] },
  ...{ policy: allOf([requireSignature()]), token: `0x${"00".repeat(20)}`, minFee: 5n, maxFee: 5n },
  ...{ rampStart: 0, stake: 0n, bond: 0n, cover: 0n, maxGasPrice: 0n, verificationGas: 0 },
  ...{ callbackGas: 0, provisionalGas: 0, lockDeadline: NOW + 120, deadline: DEADLINE },
};
const answered: Answered = {
  ...{ id: REQUEST, params },
  plan: { evidence: ["signature"], judge: undefined },
};

/** What one node says; of disputes it knows none. */
function stepsOver(node: {
  readonly status: RequestStatus;
  readonly operator?: Hex;
  readonly now?: number;
}): StepDeps {
  const { status, operator = OPERATOR, now = NOW } = node;
  const provider = { getBlock: () => Promise.resolve({ timestamp: now }) };
  const requests = {
    runner: { provider },
    getAddress: () => Promise.resolve(OTHER),
    statusOf: () => Promise.resolve(BigInt(REQUEST_STATUSES.indexOf(status))),
    operatorOf: () => Promise.resolve(operator),
  };
  const disputes = {
    disputeOf: () =>
      Promise.resolve({ status: 0n, operator: OTHER, challenger: OTHER, decideBy: 0n }),
  };
  return {
    operator: OPERATOR,
    contracts: { requests } as unknown as Contracts,
    courts: { disputes },
    answers: memoryAnswers(),
  } as unknown as StepDeps; // what comes after the look at the request is not reached
}

const settled = async (node: Parameters<typeof stepsOver>[0]): Promise<Next | Error | undefined> =>
  (await settleStep([answered], stepsOver(node))).get(REQUEST);
const watched = (status: RequestStatus): Promise<Next> =>
  watchStep(answered, { defends: OPERATOR, rerunLimit: 0n }, stepsOver({ status }) as never);

describe("the steps of a request over a node that lags behind another", () => {
  describe("given an answer whose lock the node does not have", () => {
    for (const status of ["none", "open"] as const) {
      it(`takes it on anew where the request is ${status}`, async () => {
        expect(await settled({ status })).to.deep.equal({ next: "infer" });
      });
    }

    it("keeps it where the node has the lock of the operator before", async () => {
      expect(await settled({ status: "locked", operator: OTHER })).to.include({ next: "later" });
    });

    it("leaves it behind the deadline: nothing can be answered any more", async () => {
      const late = { operator: OTHER, now: DEADLINE + 1 };
      expect(await settled({ status: "locked", ...late })).to.include({ next: "over" });
    });

    it("leaves it where it was answered", async () => {
      expect(await settled({ status: "fulfilled" })).to.include({ next: "over" });
    });
  });

  describe("given a request that the node does not have", () => {
    const options = {} as StepOptions; // not looked at
    const inferred = (now: number): Promise<Next> =>
      inferStep(answered, options, stepsOver({ status: "none", now }));

    it("looks again until nobody could lock it", async () => {
      expect(await inferred(NOW)).to.include({ next: "later" });
      expect(await inferred(params.lockDeadline + 1)).to.include({ next: "over" });
    });
  });

  describe("given an answer that has to be defended", () => {
    for (const status of ["none", "open", "locked"] as const) {
      it(`goes on watching where the node says ${status}`, async () => {
        expect(await watched(status)).to.include({ next: "later" });
      });
    }

    it("goes on watching where the node has the challenge and not the dispute", async () => {
      expect(await watched("challenged")).to.include({ next: "later" });
    });

    it("ends where the request ended", async () => {
      expect(await watched("expired")).to.include({ next: "over" });
    });
  });
});
