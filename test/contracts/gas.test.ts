import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { evmProgram } from "@vouch/compiler";
import { packWords } from "@vouch/protocol";
import { expect } from "chai";
import { id, keccak256 } from "ethers";
import type { TransactionReceipt } from "ethers";
import { network } from "hardhat";
import type { Connection } from "../helpers/deployVouch.ts";
import {
  ZK_OR_SIGNATURE,
  mined,
  provenClaim,
  publishRelease,
  scenarioInUse,
  settle,
  settleBatch,
  slashAgain,
  verifyBatch,
} from "../helpers/gasScenario.ts";
import { perceptron } from "../helpers/publicGraph.ts";
import { someInputs } from "../helpers/randomIntegerGraph.ts";
import { signBehind } from "../helpers/signBatch.ts";
import { proveSegments, publishSegments, segmentEvidence } from "../helpers/segmentScenario.ts";
import { trapdoorKey } from "../helpers/trapdoorKey.ts";
import { CIRCUIT, GOOD, INPUT, all, signature, zk } from "../helpers/vouchScenario.ts";
import type { Scenario, sign } from "../helpers/vouchScenario.ts";

const SNAPSHOT = join(import.meta.dirname, "../snapshots/gas.json");

/** Ids count what was asked before in this process, so a byte of a batch is zero or not: less than 16 among 16. */
const ROUNDING = 1;

/** What a deployment in use costs: every party has been credited before, so no first-time slot is counted. */
describe("gas", () => {
  it("equals test/snapshots/gas.json; UPDATE_SNAPSHOTS=1 writes it", async () => {
    // A chain of its own: addresses are calldata too, and depend on what was deployed before.
    const chain = await network.create();
    const scenario = await scenarioInUse(chain);
    const both = await settle(scenario, all(zk(), signature));
    const measured: Record<string, number> = {
      ...(await registries(scenario)),
      request: gasOf(both.request),
      lock: gasOf(both.lock),
      "fulfil: signature": gasOf((await settle(scenario, all(signature))).fulfil),
      "fulfil: zk": gasOf((await settle(scenario, all(zk()))).fulfil),
      "fulfil: zk and signature": gasOf(both.fulfil),
      "requireReceipt: zk": Number(
        await scenario.router.requireReceipt.estimateGas(provenClaim(scenario), all(zk())),
      ),
      "requireReceipt: zk and signature": Number(
        await scenario.router.requireReceipt.estimateGas(both.receipt, all(zk(), signature)),
      ),
      "requireReceipt: zk in three segments": await segmented(scenario),
      "verify batch of 16, each": await batch(chain, scenario, 16),
      "verify batch of 64, each": await batch(chain, scenario, 64),
      "settle batch of 16, each": Math.round(gasOf(await settleBatch(scenario, 16)) / 16),
      "settle batch of 64, each": Math.round(gasOf(await settleBatch(scenario, 64)) / 64),
      ...(await program(scenario)),
      "request: zk or signature": gasOf((await settle(scenario, ZK_OR_SIGNATURE)).request),
      "fulfil: signature of 4,096 statements": gasOf(
        (await settle(scenario, all(signature), signedWithOthers)).fulfil,
      ),
      "show equivocation": gasOf(await slashAgain(scenario)),
    };

    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
    }
    const expected = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, number>;
    expect(Object.keys(measured)).to.deep.equal(Object.keys(expected));
    for (const [name, gas] of Object.entries(measured))
      expect(gas, name).to.be.closeTo(expected[name] ?? 0, name.endsWith(", each") ? ROUNDING : 0);
  });
});

/** A salt, and twelve levels of a tree. */
const signedWithOthers: typeof sign = (signer, domain, claim) =>
  signBehind(signer, domain, claim, 13);

/** Receipts of one proof each, all of one circuit: the transaction that verifies them, by their number. */
async function batch(chain: Connection, scenario: Scenario, count: number): Promise<number> {
  return Math.round(gasOf(await verifyBatch(chain, scenario, count)) / count);
}

/** A receipt of three proofs, under a policy that demands no more. */
async function segmented(scenario: Scenario): Promise<number> {
  const { publisher, operator, domain, router } = scenario;
  const published = await publishSegments(scenario, publisher, "gas");
  const claim = {
    ...{ release: published.releaseId, request: id("request"), operator: operator.address },
    ...{ input: INPUT, output: GOOD },
  };
  const evidence = [segmentEvidence(proveSegments(domain, claim, published))];
  return Number(await router.requireReceipt.estimateGas({ ...claim, evidence }, all(zk())));
}

async function registries(scenario: Scenario) {
  const circuit = { ...CIRCUIT, key: trapdoorKey("gas").key };
  return {
    "register circuit": gasOf(await mined(scenario.circuits.register(circuit))),
    "publish release": gasOf(await publishRelease(scenario, scenario.circuitId)),
  };
}

/** A perceptron that a contract evaluates, 976 + 16 multiplications. */
async function program({ programs }: Scenario) {
  const graph = perceptron([61, 16, 1], 1);
  const { bytes } = evmProgram(graph);
  const [input = []] = someInputs(graph, 1).slice(-1);
  const stored = gasOf(await mined(programs.register(bytes)));
  const id = keccak256(bytes);
  const words = packWords(input, graph.input.type);
  return {
    "register program: 61-16-1": stored,
    "evaluate program: 61-16-1": Number(await programs.evaluateWords.estimateGas(id, words)),
  };
}

const gasOf = ({ gasUsed }: TransactionReceipt): number => Number(gasUsed);
