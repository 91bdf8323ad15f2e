import type { Requirement } from "@vouch/protocol";
import {
  allOf,
  formatBranches,
  parseBranches,
  parseCircuitId,
  requireOptimistic,
  requireOptimisticByQuorum,
  requireQuorum,
  requireSignature,
  requireTee,
  requireZk,
} from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { codeOf } from "../../helpers/codeOf.ts";

const PIN = id("pin") as `0x${string}`;
const AUDITOR = "0x00000000000000000000000000000000000000aa";
const EXTERNAL: Requirement = { kind: "zk", params: 3n, pin: PIN };
const REQUIREMENTS: readonly Requirement[] = [
  requireSignature(),
  requireZk("any"),
  requireZk("any", parseCircuitId(PIN)),
  requireZk("attested", AUDITOR),
  requireZk("pinned", parseCircuitId(PIN)),
  EXTERNAL,
  requireQuorum(2, 3),
  requireQuorum(9, 16, 250),
  requireOptimistic(3_600, requireZk("attested", AUDITOR)),
  requireOptimistic(60, EXTERNAL),
  requireOptimisticByQuorum(86_400, 2, 3),
  requireTee("UpToDate"),
  requireTee("SWHardeningNeeded", { without: [289, 334], measurement: PIN }),
  requireTee("OutOfDateConfigurationNeeded", { simulated: true, vouched: true }),
];

describe("formatBranches", () => {
  for (const requirement of REQUIREMENTS) {
    it(`writes ${formatBranches(allOf([requirement]))} as it is read`, () => {
      const policy = allOf([requirement]);
      expect(parseBranches(formatBranches(policy))).to.deep.equal(policy);
    });
  }

  it("writes every clause with every alternative", () => {
    const policy = { allOf: [{ anyOf: REQUIREMENTS }, { anyOf: REQUIREMENTS }], minStake: 7n };
    expect(parseBranches(formatBranches(policy), 7n)).to.deep.equal(policy);
  });

  it("writes what no version knows so that nothing reads it", () => {
    const unknown = { ...requireSignature(), params: 1n };
    const tee: Requirement = { ...requireTee("UpToDate"), params: 0n };
    for (const it of [unknown, { ...EXTERNAL, params: 9n }, tee])
      expect(codeOf(() => parseBranches(formatBranches(allOf([it]))))).to.equal("POLICY_INVALID");
  });
});

describe("parseBranches", () => {
  it("refuses an external program that is no hash", () => {
    expect(codeOf(() => parseBranches("zk:external=0x12"))).to.equal("POLICY_INVALID");
  });
});
