import type { CircuitId, Policy, Requirement } from "@vouch/protocol";
import {
  allOf,
  conjoin,
  requireOptimistic,
  requireOptimisticByQuorum,
  requireSignature,
  requireTee,
  requireZk,
} from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import type { DefenceFacts, Judge } from "../../../offchain/worker/planAnswer.ts";
import { planAnswer } from "../../../offchain/worker/planAnswer.ts";
import type { EvidenceFacts } from "../../../offchain/worker/planEvidence.ts";

const DAY = 86_400;
const CIRCUIT = id("circuit") as CircuitId;
const facts: EvidenceFacts = {
  circuit: {
    id: CIRCUIT,
    circuit: { setup: "unverified" },
    isAttestedBy: () => Promise.resolve(false),
  },
  enclave: () => Promise.resolve({ reason: "it runs in no enclave" }),
};
const defended = (
  refusal: DefenceFacts["refusal"] = () => Promise.resolve(undefined),
): DefenceFacts => ({ runtime: "bitExact", maxWindow: 5 * DAY, hasPanels: true, refusal });

const signature = requireSignature();
const zk = requireZk("any");
const window = requireOptimistic(DAY, zk);
const panel = requireOptimisticByQuorum(DAY, 2, 3);
const either = (...anyOf: Requirement[]): Policy => ({ allOf: [{ anyOf }], minStake: 0n });
const PROOF: Judge = { by: "proof", window: DAY };
const PANEL: Judge = { by: "panel", window: DAY, k: 2, n: 3 };

describe("planAnswer", () => {
  for (const [what, policy, evidence, judge] of [
    ["a window", allOf([window]), ["signature"], PROOF],
    ["a panel's window", allOf([panel]), ["signature"], PANEL],
    ["a window or a signature", either(window, signature), ["signature"], undefined],
    ["a window or a proof", either(zk, window), ["signature"], PROOF],
    ["a window and a signature", allOf([window, signature]), ["signature"], PROOF],
    ["a window and a proof", allOf([window, zk]), ["zk"], PROOF],
    [
      "a window or a panel's, the longer first",
      either(requireOptimistic(2 * DAY, zk), panel),
      ["signature"],
      PANEL,
    ],
    [
      "two windows",
      allOf([window, requireOptimistic(3 * DAY, zk)]),
      ["signature"],
      { by: "proof", window: 3 * DAY },
    ],
    [
      "a proof, or else a window, twice",
      conjoin(either(zk, window), either(zk, panel)),
      ["zk"],
      undefined,
    ],
  ] as const) {
    it(`brings ${evidence.join(" and ")} where the policy demands ${what}`, async () => {
      const plan = await planAnswer(policy, facts, defended());
      expect([...plan.evidence]).to.deep.equal(evidence);
      expect(plan.judge).to.deep.equal(judge);
    });
  }

  describe("given a judge under which it would not defend its answer", () => {
    const wary = defended(({ by }) =>
      Promise.resolve(by === "panel" ? "the bond pays no panel" : undefined),
    );

    it("proves instead, where that is an alternative", async () => {
      const plan = await planAnswer(either(panel, zk), facts, wary);
      expect([...plan.evidence]).to.deep.equal(["zk"]);
      expect(plan.judge).to.equal(undefined);
    });

    it("does not choose another judge than the router would", async () => {
      // The panel's window is the shorter: the router takes it whatever this operator prefers.
      const policy = either(panel, requireOptimistic(2 * DAY, zk));
      const error: unknown = await planAnswer(policy, facts, wary).catch((it: unknown) => it);
      expect(error).to.have.property("data").that.deep.equals({
        code: "POLICY_NOT_SERVABLE",
        clause: 0,
        reason: "the bond pays no panel",
      });
    });
  });

  for (const [what, policy, clause] of [
    ["of an enclave that is not there", allOf([signature, requireTee("UpToDate")]), 1],
    ["of a window above the router's", allOf([requireOptimistic(5 * DAY + 1, zk)]), 0],
    ["of a window of no time", allOf([signature, { ...window, params: 2n << 40n }]), 1],
    ["of a minority", allOf([requireOptimisticByQuorum(DAY, 1, 2)]), 0],
    [
      "judged by a proof of another circuit",
      allOf([requireOptimistic(DAY, requireZk("any", id("other") as CircuitId))]),
      0,
    ],
    ["of two judges that are none at once", allOf([window, panel]), 0],
  ] as const) {
    it(`throws POLICY_NOT_SERVABLE naming the clause ${what}`, async () => {
      const error: unknown = await planAnswer(policy, facts, defended()).catch((it: unknown) => it);
      expect(error).to.have.property("data").that.includes({ code: "POLICY_NOT_SERVABLE", clause });
    });
  }

  it("takes no panel where runs may differ, or where nobody draws any", async () => {
    for (const change of [{ runtime: "tolerant" as const }, { hasPanels: false }]) {
      const planned = planAnswer(either(panel, zk), facts, { ...defended(), ...change });
      expect([...(await planned).evidence]).to.deep.equal(["zk"]);
    }
  });
});
