import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { id } from "ethers";
import { network } from "hardhat";
import { requireProven, scenarioInUse } from "../helpers/gasScenario.ts";
import { proveSegments, publishSegments, segmentEvidence } from "../helpers/segmentScenario.ts";
import { GOOD, INPUT } from "../helpers/vouchScenario.ts";
import type { Scenario } from "../helpers/vouchScenario.ts";

const SNAPSHOT = join(import.meta.dirname, "../snapshots/segmentGas.json");

/** What one proof in so many segments costs as a transaction, by whether their keys are of one phase 1. */
describe("gas of segments", () => {
  it("equals test/snapshots/segmentGas.json; UPDATE_SNAPSHOTS=1 writes it", async () => {
    // A chain of its own: addresses are calldata too, and depend on what was deployed before.
    const chain = await network.create();
    const scenario = await scenarioInUse(chain);
    const measured: Record<string, number> = {};
    for (const count of [2, 4, 8]) {
      for (const [keys, phase1] of [["own keys"], ["one phase 1", "phase 1"]] as const) {
        const of = { count, ...(phase1 === undefined ? {} : { phase1 }) };
        const receipt = await segmented(scenario, of);
        const { gasUsed } = await requireProven(chain, scenario, receipt);
        measured[`${String(count)} segments, ${keys}`] = Number(gasUsed);
      }
    }
    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
    }
    expect(measured).to.deep.equal(JSON.parse(readFileSync(SNAPSHOT, "utf8")));
  });
});

async function segmented(scenario: Scenario, of: { count: number; phase1?: string }) {
  const { publisher, operator, domain } = scenario;
  const label = `gas ${String(of.count)} ${of.phase1 ?? ""}`;
  const weights = Array.from({ length: of.count }, (_, i) => BigInt(id(`weights ${i}`)) >> 3n);
  const joins = Array.from({ length: of.count - 1 }, (_, i) => BigInt(id(`join ${i}`)) >> 3n);
  const published = await publishSegments(scenario, publisher, label, { weights, of });
  const claim = {
    ...{ release: published.releaseId, request: id("request"), operator: operator.address },
    ...{ input: INPUT, output: GOOD },
  };
  const evidence = [segmentEvidence(proveSegments(domain, claim, published, joins))];
  return { ...claim, evidence };
}
