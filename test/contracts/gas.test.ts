import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { evmProgram } from "@vouch/compiler";
import { packWords } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import type { ContractTransactionResponse } from "ethers";
import { keccak256 } from "ethers";
import { network } from "hardhat";
import { gasUsedBy, ownRelease, provenReceipt } from "../helpers/batchScenario.ts";
import type { Connection } from "../helpers/deployVouch.ts";
import { perceptron } from "../helpers/publicGraph.ts";
import { someInputs } from "../helpers/randomIntegerGraph.ts";
import { proveSegments, publishSegments, segmentEvidence } from "../helpers/segmentScenario.ts";
import { trapdoorKey } from "../helpers/trapdoorKey.ts";
import {
  CIRCUIT,
  ETHER,
  GOOD,
  INPUT,
  SIGNATURE,
  ZK,
  all,
  escrowOf,
  prove,
  release,
  scenarioOn,
  sign,
  signature,
  zk,
} from "../helpers/vouchScenario.ts";
import type { Policy, Scenario } from "../helpers/vouchScenario.ts";

const SNAPSHOT = join(import.meta.dirname, "../snapshots/gas.json");

/** Deadlines are calldata, and a zero byte is cheaper: here none is zero, whatever the minute. */
const A_MOMENT = 0xf486_8010;

/** What a deployment in use costs: every party has been credited before, so no first-time slot is counted. */
describe("gas", () => {
  it("equals test/snapshots/gas.json; UPDATE_SNAPSHOTS=1 writes it", async () => {
    // A chain of its own: addresses are calldata too, and depend on what was deployed before.
    const chain = await network.create();
    const scenario = await scenarioOn(chain);
    await chain.networkHelpers.time.increaseTo(A_MOMENT);
    await scenario.signatures.connect(scenario.operator).post(ETHER);
    for (const policy of [all(zk(), signature), all(zk()), all(signature)])
      await settle(scenario, policy);
    const both = await settle(scenario, all(zk(), signature));
    const measured: Record<string, number> = {
      ...(await registries(scenario)),
      request: both.request,
      lock: both.lock,
      "fulfil: signature": (await settle(scenario, all(signature))).fulfil,
      "fulfil: zk": (await settle(scenario, all(zk()))).fulfil,
      "fulfil: zk and signature": both.fulfil,
      "requireReceipt: zk": await briefly(scenario),
      "requireReceipt: zk and signature": Number(
        await scenario.router.requireReceipt.estimateGas(both.receipt, all(zk(), signature)),
      ),
      "requireReceipt: zk in three segments": await segmented(scenario),
      "verify batch of 16, each": await batch(chain, scenario, 16),
      "verify batch of 64, each": await batch(chain, scenario, 64),
      ...(await program(scenario)),
    };

    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
    }
    expect(measured).to.deep.equal(JSON.parse(readFileSync(SNAPSHOT, "utf8")));
  });
});

/** A proven receipt brought in calldata, whatever it was asked for. */
async function briefly({ router, domain, operator, releaseId }: Scenario): Promise<number> {
  const claim = {
    ...{ release: releaseId, request: id("request"), operator: operator.address },
    ...{ input: INPUT, output: GOOD },
  };
  const receipt = { ...claim, evidence: [prove(domain, claim)] };
  return Number(await router.requireReceipt.estimateGas(receipt, all(zk())));
}

/** Receipts of one proof each, all of one circuit: the transaction that verifies them, by their number. */
async function batch(chain: Connection, scenario: Scenario, count: number): Promise<number> {
  const { router } = scenario;
  const receipts = Array.from({ length: count }, (_, i) =>
    provenReceipt(scenario, ownRelease(scenario), i),
  );
  const data = router.interface.encodeFunctionData("assessMany", [receipts]);
  return Math.round((await gasUsedBy(chain, { to: router, data })) / count);
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

async function registries({ circuits, models, publisher, circuitId }: Scenario) {
  const circuit = { ...CIRCUIT, key: trapdoorKey("gas").key };
  const fresh = release({ publisher: publisher.address, circuit: circuitId, version: "gas" });
  return {
    "register circuit": await gasOf(circuits.register(circuit)),
    "publish release": await gasOf(models.publish(fresh, "")),
  };
}

/** A perceptron that a contract evaluates, 976 + 16 multiplications. */
async function program({ programs }: Scenario) {
  const graph = perceptron([61, 16, 1], 1);
  const { bytes } = evmProgram(graph);
  const [input = []] = someInputs(graph, 1).slice(-1);
  const stored = await gasOf(programs.register(bytes));
  const id = keccak256(bytes);
  const words = packWords(input, graph.input.type);
  return {
    "register program: 61-16-1": stored,
    "evaluate program: 61-16-1": Number(await programs.evaluateWords.estimateGas(id, words)),
  };
}

async function settle(scenario: Scenario, policy: Policy) {
  const { requests, requester, operator, domain, params, claim } = scenario;
  const terms = await params({ policy });
  const id = await requests.requestIdOf(requester, terms.nonce);
  const request = await gasOf(
    requests.connect(requester).request(terms, { value: escrowOf(terms) }),
  );
  const lock = await gasOf(requests.connect(operator).lock(id, terms));
  const statement = claim(id, terms);
  const demanded = policy.allOf.map(({ anyOf }) => anyOf[0]!.kind);
  const evidence = [
    ...(demanded.includes(ZK) ? [prove(domain, statement)] : []),
    ...(demanded.includes(SIGNATURE) ? [await sign(operator, domain, statement)] : []),
  ];
  const fulfil = await gasOf(requests.connect(operator).fulfil(id, terms, GOOD, evidence));
  return { request, lock, fulfil, receipt: { ...statement, evidence } };
}

async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<number> {
  const mined = await (await sent).wait();
  return Number(mined!.gasUsed);
}
