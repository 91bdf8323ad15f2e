import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeCommittedCircuit, encodeWeightsRegistration } from "@vouch/protocol";
import { expect } from "chai";
import type { TransactionReceipt } from "ethers";
import { network } from "hardhat";
import { provenReceipt, ownRelease } from "../helpers/batchScenario.ts";
import { committedReceipt, publishOn, settleCommitted } from "../helpers/committedScenario.ts";
import { committedSecrets, registrationOf, weightsSecretOf } from "../helpers/committedSecrets.ts";
import {
  assessTogether,
  mined,
  publishRelease,
  requireProven,
  scenarioInUse,
  settle,
} from "../helpers/gasScenario.ts";
import { W, all, zk } from "../helpers/vouchScenario.ts";

const SNAPSHOT = join(import.meta.dirname, "../snapshots/committedGas.json");

const gasOf = ({ gasUsed }: TransactionReceipt): number => Number(gasUsed);

/** What commit-and-prove costs beside plain Groth16, in a deployment in use. */
describe("gas of commit-and-prove", () => {
  it("equals test/snapshots/committedGas.json, and stays below what it may cost; UPDATE_SNAPSHOTS=1 writes it", async () => {
    // A chain of its own: addresses are calldata too, and depend on what was deployed before.
    const chain = await network.create();
    const scenario = await scenarioInUse(chain);
    const { circuits } = scenario;
    const secrets = committedSecrets("gas");
    const encoded = encodeCommittedCircuit(secrets.circuit);
    const circuitId = await circuits.registerCommitted.staticCall(encoded);
    const registered = gasOf(await mined(circuits.registerCommitted(encoded)));
    const own = await publishOn(scenario, secrets, circuitId, "committed");
    const shown = registrationOf(secrets, circuitId, W + 1n, weightsSecretOf("another"));
    const weights = gasOf(
      await mined(circuits.registerWeights(circuitId, W + 1n, encodeWeightsRegistration(shown))),
    );
    const committed = (index: number) => committedReceipt(scenario, own, index);
    const plain = (index: number) => provenReceipt(scenario, ownRelease(scenario), index);
    // Parties are credited and kinds are counted before.
    await settleCommitted(scenario, own);

    const required = gasOf(await requireProven(chain, scenario, committed(0)));
    const plainRequired = gasOf(await requireProven(chain, scenario, plain(0)));
    const measured: Record<string, number> = {
      "register circuit": registered,
      "register weights": weights,
      "publish release": gasOf(await publishRelease(scenario, circuitId)),
      "fulfil: zk": gasOf(await settleCommitted(scenario, own)),
      "fulfil: zk, plain": gasOf((await settle(scenario, all(zk()))).fulfil),
      "requireReceipt: zk": required,
      "requireReceipt: zk, plain": plainRequired,
    };
    const receipts = Array.from({ length: 64 }, (_, i) => committed(i));
    for (const count of [1, 16, 64]) {
      const batch = await assessTogether(chain, scenario, receipts.slice(0, count));
      measured[`verify batch of ${String(count)}, each`] = Math.round(gasOf(batch) / count);
    }
    const mixed = receipts.map((it, i) => (i % 4 === 0 ? plain(i) : it));
    measured["verify batch of 64, a quarter of it plain, each"] = Math.round(
      gasOf(await assessTogether(chain, scenario, mixed)) / 64,
    );

    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
    }
    expect(measured).to.deep.equal(JSON.parse(readFileSync(SNAPSHOT, "utf8")));
    expect(required - plainRequired).to.be.lessThan(80_000);
    expect(measured["verify batch of 64, each"]).to.be.lessThan(85_000);
  });
});
