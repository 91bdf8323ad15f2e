import type { Hex } from "@vouch/protocol";
import { allOf, describePolicy, findUnmetClause, requireTee } from "@vouch/protocol";
import { expect } from "chai";
import { codeOf } from "../../helpers/codeOf.ts";

const MEASUREMENT: Hex = `0x${"ab".repeat(32)}`;

describe("requireTee", () => {
  it("packs status, simulation and advisories as contracts read them", () => {
    expect(requireTee("UpToDate").params).to.equal(6n);
    expect(requireTee("OutOfDateConfigurationNeeded", { simulated: true }).params).to.equal(0x101n);
    expect(requireTee("UpToDate", { vouched: true }).params).to.equal(0x206n);
    const { params, pin } = requireTee("SWHardeningNeeded", {
      measurement: MEASUREMENT,
      without: [615, 1036, 7],
    });
    expect(params).to.equal(5n | (615n << 16n) | (1036n << 32n) | (7n << 48n));
    expect(pin).to.equal(MEASUREMENT);
  });

  it("refuses more advisories than there is room for, and numbers that are none", () => {
    for (const without of [[1, 2, 3, 4], [0], [65_536], [-1]]) {
      expect(codeOf(() => requireTee("UpToDate", { without }))).to.equal("POLICY_INVALID");
    }
  });

  it("refuses advisories of an enclave that registrars vouch for, of which none is known", () => {
    const demand = (): unknown => requireTee("OutOfDate", { vouched: true, without: [615] });
    expect(codeOf(demand)).to.equal("POLICY_INVALID");
  });

  it("is put into words, what is weak in capitals", () => {
    const policy = allOf([
      requireTee("OutOfDate", { measurement: MEASUREMENT, without: [615], simulated: true }),
    ]);
    expect(describePolicy(policy)).to.equal(
      `tee on a platform that is OutOfDate or better, of measurement ${MEASUREMENT}, without INTEL-SA-00615, SIMULATED accepted`,
    );
    expect(describePolicy(allOf([requireTee("UpToDate")]))).to.equal(
      "tee on a platform that is UpToDate",
    );
    const vouched = requireTee("OutOfDateConfigurationNeeded", { vouched: true });
    expect(describePolicy(allOf([vouched]))).to.equal(
      "tee on a platform that is OutOfDateConfigurationNeeded or better, VOUCHED by registrars accepted",
    );
    const unknown = { ...requireTee("UpToDate"), params: 7n };
    expect(describePolicy(allOf([unknown]))).to.equal("tee with the unknown parameter 7");
  });

  it("may be met by evidence of an enclave alone, where nothing in it is unknown", () => {
    const known = requireTee("UpToDate");
    expect(findUnmetClause(allOf([known]), ["tee"], undefined)).to.equal(undefined);
    expect(findUnmetClause(allOf([known]), ["signature"], undefined)).to.equal(0);
    for (const params of [0n, 7n, 6n | (1n << 10n)]) {
      expect(findUnmetClause(allOf([{ ...known, params }]), ["tee"], undefined)).to.equal(0);
    }
  });
});
