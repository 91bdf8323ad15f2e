import type { CircuitId, Hex, Policy, Requirement } from "@vouch/protocol";
import {
  NO_FLOOR,
  allOf,
  parseAddress,
  parseCircuitId,
  requireSignature,
  requireZk,
} from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import type { CircuitFacts, Producible } from "../../../offchain/worker/planEvidence.ts";
import { planEvidence } from "../../../offchain/worker/planEvidence.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const CIRCUIT: CircuitId = parseCircuitId(id("circuit"));
const OTHER = parseCircuitId(id("another circuit"));
const VERIFIER = parseAddress(`0x${"f6".repeat(20)}`);
const STRANGER = parseAddress(`0x${"e5".repeat(20)}`);

const facts = (setup: "unverified" | "development" = "unverified"): CircuitFacts => ({
  id: CIRCUIT,
  circuit: { setup },
  isAttestedBy: (verifier: Hex) => Promise.resolve(verifier === VERIFIER),
});
const either = (...anyOf: Requirement[]): Policy => ({ allOf: [{ anyOf }], minStake: 0n });
const both = (...policies: Policy[]): Policy => ({
  allOf: policies.flatMap((it) => it.allOf),
  minStake: 0n,
});
const plan = async (policy: Policy, of = facts()): Promise<Producible[]> =>
  [...(await planEvidence(policy, of))].sort();

const signature = requireSignature();
const zk = requireZk("any");
const tee: Requirement = { kind: "tee", params: 0n, pin: signature.pin };

describe("planEvidence", () => {
  for (const [what, policy, expected] of [
    ["nothing", NO_FLOOR, []],
    ["a signature", allOf([signature]), ["signature"]],
    ["a proof", allOf([zk]), ["zk"]],
    ["both", allOf([signature, zk]), ["signature", "zk"]],
    ["either", either(zk, signature), ["signature"]],
    ["either, then a proof", both(either(signature, zk), allOf([zk])), ["zk"]],
    ["a proof, then either", both(allOf([zk]), either(signature, zk)), ["zk"]],
    ["either, twice", both(either(signature, zk), either(zk, signature)), ["signature"]],
    ["a choice with what nobody here makes", either(tee, zk), ["zk"]],
    ["the same twice", either(zk, zk), ["zk"]],
  ] as const) {
    it(`makes ${expected.join(" and ") || "nothing"} where the policy demands ${what}`, async () => {
      expect(await plan(policy)).to.deep.equal(expected);
    });
  }

  describe("given a clause that this worker cannot meet", () => {
    for (const [what, requirements] of [
      ["of another kind", [tee]],
      ["of several other kinds", [tee, { ...tee, kind: "quorum" }]],
      ["of no alternatives", []],
      ["of another circuit", [requireZk("any", OTHER)]],
      ["pinned to another circuit", [requireZk("pinned", OTHER)]],
      ["attested by a stranger", [requireZk("attested", STRANGER)]],
      ["of an external program", [{ ...zk, params: 3n, pin: CIRCUIT }]],
      ["of a zk parameter of a later version", [{ ...zk, params: 4n }]],
      // The router takes these for unmet: a worker that locked for them would lose its stake.
      ["of a signature with a parameter", [{ ...signature, params: 1n }]],
      ["of a signature with a pin", [{ ...signature, pin: CIRCUIT }]],
      ["attested by what is no address", [withHighBit(requireZk("attested", VERIFIER))]],
    ] as const) {
      it(`throws POLICY_NOT_SERVABLE naming the clause, ${what}`, async () => {
        const policy = both(
          allOf([signature]),
          either(...(requirements as readonly Requirement[])),
        );
        const error: unknown = await planEvidence(policy, facts()).catch((it: unknown) => it);
        expect(error).to.have.property("data").that.includes({
          code: "POLICY_NOT_SERVABLE",
          clause: 1,
        });
      });
    }
  });

  it("takes the alternative that the router would, behind one that it would not", async () => {
    const policy = either({ ...signature, params: 1n }, zk);
    expect(await plan(policy)).to.deep.equal(["zk"]);
  });

  describe("given a pinned or attested circuit", () => {
    for (const requirement of [
      requireZk("any", CIRCUIT),
      requireZk("pinned", CIRCUIT),
      requireZk("attested", VERIFIER),
    ]) {
      it(`makes the proof for parameter ${requirement.params}`, async () => {
        expect(await plan(allOf([requirement]))).to.deep.equal(["zk"]);
      });
    }

    it("refuses a development set-up where it is pinned, and takes it where any is", async () => {
      const development = facts("development");
      const pinned = planEvidence(allOf([requireZk("pinned", CIRCUIT)]), development);
      expect(await codeOfPromise(pinned)).to.equal("POLICY_NOT_SERVABLE");
      expect(await plan(allOf([requireZk("any", CIRCUIT)]), development)).to.deep.equal(["zk"]);
    });
  });
});

function withHighBit(requirement: Requirement): Requirement {
  return { ...requirement, pin: `0x01${requirement.pin.slice(4)}` };
}
