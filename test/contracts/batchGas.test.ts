import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import {
  bare,
  batchEvidence,
  claimsOf,
  digestsOf,
  proveBatch,
  publishFamily,
} from "../helpers/familyScenario.ts";
import { assessTogether, mined, requireProven, scenarioInUse } from "../helpers/gasScenario.ts";

const SNAPSHOT = join(import.meta.dirname, "../snapshots/batchGas.json");

/** What each of so many inferences costs that one proof proves: the record, and the evidence of one or of all. */
describe("gas of batches of inferences", () => {
  it("equals test/snapshots/batchGas.json; UPDATE_SNAPSHOTS=1 writes it", async () => {
    // A chain of its own: addresses are calldata too, and depend on what was deployed before.
    const chain = await network.create();
    const scenario = await scenarioInUse(chain);
    const { groth16, domain } = scenario;
    const own = await publishFamily(scenario, "gas", {}, {}, [4, 16]);
    const measured: Record<string, number> = {};
    for (const count of [4, 16]) {
      const claims = claimsOf(scenario, own, count);
      const data = proveBatch(domain, claims, own);
      const recorded = await mined(groth16.recordBatch(domain.router, bare(claims), data));
      const digests = digestsOf(domain, claims);
      const receipts = claims.map((it, i) => ({ ...it, evidence: [batchEvidence(i, digests)] }));
      const one = await requireProven(chain, scenario, receipts[0]!); // there is one
      const all = await assessTogether(chain, scenario, receipts);
      const of = String(count);
      measured[`recordBatch of ${of}, each`] = Math.round(Number(recorded.gasUsed) / count);
      measured[`requireReceipt: one of ${of}`] = Number(one.gasUsed);
      measured[`assessMany: ${of} of ${of}, each`] = Math.round(Number(all.gasUsed) / count);
    }
    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
    }
    expect(measured).to.deep.equal(JSON.parse(readFileSync(SNAPSHOT, "utf8")));
  });
});
