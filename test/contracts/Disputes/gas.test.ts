import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { toBeHex } from "ethers";
import type { ContractTransactionResponse } from "ethers";
import { at, byQuorum, deployDisputes } from "../../helpers/disputeScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { all, hashOfWords } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const SNAPSHOT = join(import.meta.dirname, "../../snapshots/disputeGas.json");

/** Whole transactions; a quorum's challenge has the writes of the arbiter, a mock, in it. */
describe("Disputes gas", () => {
  it("equals test/snapshots/disputeGas.json; UPDATE_SNAPSHOTS=1 writes it", async () => {
    const scenario = await networkHelpers.loadFixture(deployDisputes);
    const { disputes, requests, arbiter, challenger, answered, challenged } = scenario;
    // Accounts, publisher and operator among them, that were paid before.
    const before = await answered();
    await challenged(before);
    await disputes.answer(requests, before.id, before.terms, before.output, before.proof);

    const proven = await answered();
    const timedOut = await answered();
    const rerun = await answered({ policy: all(byQuorum()) });
    const measured: Record<string, number> = {};
    for (const [name, { id, terms, output }] of [
      ["challenge: decided by a proof", proven],
      ["challenge: decided by a quorum", rerun],
    ] as const) {
      const sent = disputes
        .connect(challenger)
        .challenge(requests, id, terms, output, { value: terms.bond });
      measured[name] = await gasOf(sent);
    }
    const decideBy = await challenged(timedOut);
    const { id, terms, output, proof } = proven;
    measured["answer"] = await gasOf(disputes.answer(requests, id, terms, output, proof));
    await arbiter.decide(toBeHex(1n, 32), hashOfWords(rerun.output));
    measured["conclude: upheld"] = await gasOf(
      disputes.conclude(requests, rerun.id, rerun.terms, rerun.output),
    );
    await at(decideBy + 1n);
    measured["timeout"] = await gasOf(
      disputes.timeout(requests, timedOut.id, timedOut.terms, timedOut.output),
    );

    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
    }
    const expected = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as typeof measured;
    expect(Object.keys(measured)).to.deep.equal(Object.keys(expected));
    for (const [step, gas] of Object.entries(measured)) {
      // Addresses and deadlines are calldata, and differ with what was deployed before.
      const limit = (expected[step] ?? 0) / 100;
      expect(Math.abs(gas - (expected[step] ?? 0)), step).to.be.lessThan(limit);
    }
  });
});

async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<number> {
  const mined = await (await sent).wait();
  return Number(mined?.gasUsed);
}
