import type { CircuitId, Hex, Policy, Requirement } from "@vouch/protocol";
import {
  NO_FLOOR,
  allOf,
  parseAddress,
  parseCircuitId,
  requireQuorum,
  requireSignature,
  requireTee,
  requireZk,
} from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import type {
  EnclaveFacts,
  EnclaveStanding,
  EvidenceFacts,
  Producible,
} from "../../../offchain/worker/planEvidence.ts";
import { planEvidence } from "../../../offchain/worker/planEvidence.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const CIRCUIT: CircuitId = parseCircuitId(id("circuit"));
const OTHER = parseCircuitId(id("another circuit"));
const VERIFIER = parseAddress(`0x${"f6".repeat(20)}`);
const STRANGER = parseAddress(`0x${"e5".repeat(20)}`);

const MEASUREMENT = id("measurement") as Hex;
const OTHER_MEASUREMENT = id("another measurement") as Hex;

const OUTSIDE: EnclaveStanding = { reason: "it runs in no enclave" };
const facts = (
  setup: "unverified" | "development" = "unverified",
  enclave: EnclaveStanding = OUTSIDE,
): EvidenceFacts => ({
  circuit: {
    id: CIRCUIT,
    circuit: { setup },
    isAttestedBy: (verifier: Hex) => Promise.resolve(verifier === VERIFIER),
  },
  enclave: () => Promise.resolve(enclave),
});
/** A sound one, whose platform advisory 289 applies to. */
const enclave = (change: Partial<EnclaveFacts> = {}): EnclaveFacts => ({
  measurement: MEASUREMENT,
  status: "SWHardeningNeeded",
  simulated: false,
  vouched: false,
  isExempt: (advisories) =>
    Promise.resolve([0n, 16n, 32n].every((shift) => ((advisories >> shift) & 0xffffn) !== 289n)),
  ...change,
});
const inside = (change: Partial<EnclaveFacts> = {}): EvidenceFacts =>
  facts("unverified", enclave(change));
const either = (...anyOf: Requirement[]): Policy => ({ allOf: [{ anyOf }], minStake: 0n });
const both = (...policies: Policy[]): Policy => ({
  allOf: policies.flatMap((it) => it.allOf),
  minStake: 0n,
});
const plan = async (policy: Policy, of = facts()): Promise<Producible[]> =>
  [...(await planEvidence(policy, of))].sort();

const signature = requireSignature();
const zk = requireZk("any");
const tee = requireTee("SWHardeningNeeded");

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
      ["of several other kinds", [tee, requireQuorum(2, 3)]],
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

  describe("given a worker in an enclave", () => {
    for (const [what, policy, expected] of [
      ["an enclave", allOf([tee]), ["tee"]],
      ["an enclave and a signature", allOf([tee, signature]), ["signature", "tee"]],
      ["everything", allOf([zk, tee, signature]), ["signature", "tee", "zk"]],
      ["an enclave or a signature", either(tee, signature), ["signature"]],
      ["an enclave or a proof", either(zk, tee), ["tee"]],
      ["any", either(zk, tee, signature), ["signature"]],
      ["an enclave or a proof, and a proof", both(either(tee, zk), allOf([zk])), ["zk"]],
      [
        "two of three, each pair",
        both(either(signature, tee), either(tee, zk), either(signature, zk)),
        ["signature", "tee"],
      ],
      ["a lower status", allOf([requireTee("OutOfDate")]), ["tee"]],
      ["its measurement", allOf([requireTee("OutOfDate", { measurement: MEASUREMENT })]), ["tee"]],
      ["other advisories", allOf([requireTee("OutOfDate", { without: [1, 2, 290] })]), ["tee"]],
      ["another enclave or a proof", either(requireTee("UpToDate"), zk), ["zk"]],
    ] as const) {
      it(`makes ${expected.join(" and ")} where the policy demands ${what}`, async () => {
        expect(await plan(policy, inside())).to.deep.equal(expected);
      });
    }

    for (const [what, requirement, change] of [
      ["a better status", requireTee("UpToDate"), {}],
      ["a sound platform of one that is revoked", tee, { status: "Revoked" }],
      ["what is not simulated", tee, { simulated: true }],
      ["another measurement", requireTee("OutOfDate", { measurement: OTHER_MEASUREMENT }), {}],
      ["that an advisory does not apply", requireTee("OutOfDate", { without: [7, 8, 289] }), {}],
      ["status 0", { ...tee, params: 0n }, {}],
      ["a status of a later version", { ...tee, params: 7n }, {}],
      ["a bit of a later version", { ...tee, params: tee.params | (1n << 10n) }, {}],
      ["what a contract verified", tee, { vouched: true }],
    ] as const) {
      it(`throws POLICY_NOT_SERVABLE where the policy demands ${what}`, async () => {
        const planned = plan(allOf([requirement]), inside(change));
        expect(await codeOfPromise(planned)).to.equal("POLICY_NOT_SERVABLE");
      });
    }

    it("takes one that is simulated where the policy says so, and no other policy", async () => {
      const simulated = inside({ simulated: true });
      const policy = allOf([requireTee("SWHardeningNeeded", { simulated: true })]);
      expect(await plan(policy, simulated)).to.deep.equal(["tee"]);
      expect(await plan(either(tee, signature), simulated)).to.deep.equal(["signature"]);
    });

    it("takes one that registrars vouch for where the policy says so, and no other policy", async () => {
      const vouched = inside({ vouched: true, isExempt: (it) => Promise.resolve(it === 0n) });
      const policy = allOf([requireTee("SWHardeningNeeded", { vouched: true })]);
      expect(await plan(policy, vouched)).to.deep.equal(["tee"]);
      expect(await plan(policy, inside())).to.deep.equal(["tee"]);
      expect(await plan(either(tee, signature), vouched)).to.deep.equal(["signature"]);
    });

    it("says why its enclave may not sign", async () => {
      const retired = facts("unverified", { reason: "the enclave's key is retired" });
      const error: unknown = await plan(allOf([tee]), retired).catch((it: unknown) => it);
      expect(error).to.have.property("data").that.includes({
        code: "POLICY_NOT_SERVABLE",
        reason: "the enclave's key is retired",
      });
    });

    it("does not look at it where no clause names one", async () => {
      const asked = { ...facts(), enclave: () => Promise.reject(new Error("asked")) };
      expect(await plan(allOf([signature, zk]), asked)).to.deep.equal(["signature", "zk"]);
    });
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
