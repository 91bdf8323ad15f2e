import type { Hex } from "@vouch/protocol";
import { describePolicy, requireSignature, requireTee, requireZk } from "@vouch/protocol";
import { expect } from "chai";
import { parseBranches, parsePolicy } from "../../../offchain/hardhat/tasks/arguments.ts";
import { codeOf } from "../../helpers/codeOf.ts";

const MEASUREMENT: Hex = `0x${"ab".repeat(32)}`;

describe("parsePolicy: a tee clause", () => {
  for (const [text, expected] of [
    ["tee:UpToDate", requireTee("UpToDate")],
    ["tee:uptodate", requireTee("UpToDate")],
    ["tee:SWHardeningNeeded,simulated", requireTee("SWHardeningNeeded", { simulated: true })],
    ["tee:OutOfDate,vouched", requireTee("OutOfDate", { vouched: true })],
    ["tee:OutOfDate,without=INTEL-SA-00289", requireTee("OutOfDate", { without: [289] })],
    [
      "tee:OutOfDate,without=INTEL-SA-00289/334/intel-sa-00615",
      requireTee("OutOfDate", { without: [289, 334, 615] }),
    ],
    [
      `tee:OutOfDate,measurement=0x${"AB".repeat(32)}`,
      requireTee("OutOfDate", { measurement: MEASUREMENT }),
    ],
    [
      ` tee:ConfigurationNeeded, without=INTEL-SA-00001, simulated, measurement=${MEASUREMENT} `,
      requireTee("ConfigurationNeeded", {
        without: [1],
        simulated: true,
        measurement: MEASUREMENT,
      }),
    ],
  ] as const) {
    it(`reads ${text}`, () => {
      expect(parsePolicy(text)).to.deep.equal({ allOf: [{ anyOf: [expected] }], minStake: 0n });
    });
  }

  it("stands beside others, and says in words what it demands", () => {
    const policy = parseBranches("tee:UpToDate,simulated|zk:any+signature");
    expect(policy.allOf).to.deep.equal([
      { anyOf: [requireTee("UpToDate", { simulated: true }), requireZk("any")] },
      { anyOf: [requireSignature()] },
    ]);
    expect(describePolicy(policy)).to.include("SIMULATED accepted");
  });

  for (const text of [
    "tee",
    "tee:",
    "tee:Revoked",
    "tee:any",
    "tee:simulated",
    "tee:UpToDate,pretended",
    "tee:UpToDate,simulated=no",
    "tee:UpToDate,vouched,without=1",
    "tee:UpToDate,simulated,simulated",
    "tee:UpToDate,",
    "tee:UpToDate,without=",
    "tee:UpToDate,without=CVE-1",
    "tee:UpToDate,without=0",
    "tee:UpToDate,without=65536",
    "tee:UpToDate,without=1/2/3/4",
    "tee:UpToDate,measurement=0xab",
    `tee:UpToDate=${MEASUREMENT}`,
  ]) {
    it(`refuses ${text}`, () => {
      expect(codeOf(() => parsePolicy(text))).to.equal("ARGUMENT_INVALID");
    });
  }
});
