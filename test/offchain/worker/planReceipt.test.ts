import type { Policy, Requirement } from "@vouch/protocol";
import { NO_FLOOR, allOf, requireSignature, requireTee, requireZk } from "@vouch/protocol";
import type { Producible, ReceiptFacts } from "@vouch/worker";
import { planEvidence, planReceipt } from "@vouch/worker";
import { expect } from "chai";
import { id } from "ethers";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const BOND = 5n;
const anyOf = (requirements: readonly Requirement[]): Policy => ({
  allOf: [{ anyOf: requirements }],
  minStake: 0n,
});

function facts(): { readonly given: ReceiptFacts; readonly looked: string[] } {
  const looked: string[] = [];
  const given: ReceiptFacts = {
    circuit: {
      id: id("circuit") as NonNullable<ReceiptFacts["circuit"]>["id"],
      circuit: { setup: "development" },
      isAttestedBy: () => Promise.resolve(false),
    },
    enclave: () => {
      looked.push("enclave");
      return Promise.resolve({ reason: "there is none" });
    },
    bond: () => {
      looked.push("bond");
      return Promise.resolve(BOND);
    },
  };
  return { given, looked };
}

describe("planReceipt", () => {
  const signature = requireSignature();
  const strange: Requirement = { ...signature, params: 1n };

  const policies: readonly (readonly [string, Policy])[] = [
    ["nothing", NO_FLOOR],
    ["a signature", allOf([signature])],
    ["a proof", allOf([requireZk("any")])],
    ["a signature and a proof", allOf([signature, requireZk("any")])],
    ["a signature or a proof", anyOf([signature, requireZk("any")])],
    ["a strange signature or a proof", anyOf([strange, requireZk("any")])],
  ];
  for (const [name, policy] of policies)
    it(`is the least evidence, and a signature, for a policy of ${name}`, async () => {
      const { given } = facts();
      const least = await planEvidence(policy, given);
      const expected: readonly Producible[] = [...new Set([...least, "signature" as const])];
      expect([...(await planReceipt(policy, given))]).to.have.members(expected);
    });

  it("looks at nothing where a signature meets every clause", async () => {
    const { given, looked } = facts();
    const planned = await planReceipt(anyOf([requireTee("OutOfDate"), signature]), given);
    expect([...planned]).to.deep.equal(["signature"]);
    expect(looked).to.deep.equal([]);
  });

  it("looks at the bond where the policy names stake, and refuses more than there is", async () => {
    const { given, looked } = facts();
    await planReceipt({ ...allOf([signature]), minStake: BOND }, given);
    expect(looked).to.deep.equal(["bond"]);
    const more = planReceipt({ ...allOf([signature]), minStake: BOND + 1n }, given);
    expect(await codeOfPromise(more)).to.equal("POLICY_NOT_SERVABLE");
  });

  it("refuses a signature with parameters, as the router would", async () => {
    const planned = planReceipt(allOf([strange]), facts().given);
    expect(await codeOfPromise(planned)).to.equal("POLICY_NOT_SERVABLE");
  });
});
