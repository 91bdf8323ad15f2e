import { expect } from "chai";
import { measureBundle } from "../../../bench/bundle/measureBundle.ts";

const LIMIT = 150_000;

describe("the SDK in a browser", () => {
  it(`takes at most ${LIMIT} bytes, ethers included, and neither bytecode nor a prover`, async () => {
    const { gzip, parts } = await measureBundle('export * from "@vouch/sdk";');
    expect(gzip).to.be.lessThan(LIMIT);
    // What is measured is all there: a bundle that lacks a part would be small, too.
    for (const part of ["ethers", "zod", "noble", "contracts", "protocol", "sdk"])
      expect(parts[part], part).to.be.greaterThan(10_000);
    expect(parts["other"] ?? 0).to.equal(0);
  });
});
