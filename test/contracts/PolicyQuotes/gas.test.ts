import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { ZeroAddress } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { byQuorum, optimistic } from "../../helpers/disputeScenario.ts";
import { deployQuorum, quorumOf, scenarioWith } from "../../helpers/quorumScenario.ts";
import type { QuorumScenario } from "../../helpers/quorumScenario.ts";
import { publishSegments } from "../../helpers/segmentScenario.ts";
import {
  CIRCUIT,
  ETHER,
  INPUT,
  all,
  deployScenario,
  escrowOf,
  prove,
  release,
  sign,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";
import type { Encoding, Policy, Scenario } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const SNAPSHOT = join(import.meta.dirname, "../../snapshots/gas.json");
const PANELS = join(import.meta.dirname, "../../snapshots/quorumGas.json");
/** No byte of a deadline is zero. */
const A_MOMENT = 0xf486_8010;
/** Widest word, of which no byte is zero. */
const WORD = 0x1a6b_7c8d_9eaf_1b2c_3d4e_5f6a_7b8c_9dae_1f2a_3b4c_5d6e_7f8a_9bac_bdce_df1a_2b3cn;
const BITS = 253n;
const WINDOW = 0x1_1111n;

type Figures = { readonly conclude: number };

/** Words of input and output. */
const SIZES = [
  [1, 1],
  [101, 1],
  [1, 101],
  [600, 1],
] as const;

const tensor = (elements: number): Encoding => {
  return { mode: 0n, elements: BigInt(elements), bits: BITS, isSigned: false };
};
const words = (count: number): bigint[] => Array.from({ length: count }, () => WORD);

describe("PolicyQuotes' gas", () => {
  it("is within 2 % of what an answer uses, by evidence and by words", async () => {
    const scenario = await networkHelpers.loadFixture(deployScenario);
    await networkHelpers.time.increaseTo(A_MOMENT);
    const { signatures, vault, operator, quotes } = scenario;
    await signatures.connect(operator).post(ETHER);
    await vault.connect(operator).stake({ value: 100n * ETHER });
    for (const [inputs, outputs] of SIZES) {
      const releaseId = await publish(scenario, inputs, outputs);
      for (const [name, policy] of Object.entries({
        signature: all(signature),
        zk: all(zk()),
        "zk and signature": all(zk(), signature),
        "optimistic by proof": all(optimistic(WINDOW)),
        "optimistic by panel, and signature": all(byQuorum(WINDOW), signature),
      })) {
        const used = await settle(scenario, releaseId, policy, inputs, outputs);
        const { gas, gasKnown } = await quotes.cheapest(releaseId, policy, inputs, outputs);
        expect(gasKnown).to.equal(true);
        expectWithin(Number(gas), used, 0.02, `${name}, ${inputs} and ${outputs} words`);
      }
    }
  }).timeout(300_000);

  it("is within 2 % of test/snapshots/gas.json for each further segment", async () => {
    const scenario = await networkHelpers.loadFixture(deployScenario);
    const { quotes, publisher, releaseId } = scenario;
    const { releaseId: segmented } = await publishSegments(scenario, publisher, "quoted");
    const gasOf = async (id: string): Promise<number> =>
      Number((await quotes.cheapest(id, all(zk()), 1, 1)).gas);
    const snapshot = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, number>;
    const three = snapshot["requireReceipt: zk in three segments"] ?? 0;
    const one = snapshot["requireReceipt: zk"] ?? 0;
    expectWithin((await gasOf(segmented)) - (await gasOf(releaseId)), three - one, 0.02, "two");
  });

  it("is within 5 % of what a panel uses, by its size", async () => {
    const scenario = await networkHelpers.loadFixture(deployQuorum);
    for (const [k, n] of [
      [2n, 3n],
      [3n, 5n],
      [5n, 9n],
    ] as const) {
      // The second of two: members were paid before.
      await conclude(scenario, k, n, 0n, 1);
      const used = await conclude(scenario, k, n, 0n, 1);
      const policy = all(quorumOf(k, n));
      const { gas } = await scenario.quotes.cheapest(scenario.releaseId, policy, 1, 1);
      expectWithin(Number(gas), used, 0.05, `${k} of ${n}`);
    }
  }).timeout(300_000);

  it("is within 5 % of what a panel uses for 101 words of input", async () => {
    const scenario = await scenarioWith({ ...CIRCUIT, input: tensor(101) });
    const input = words(101);
    await conclude(scenario, 2n, 3n, 0n, 1, input);
    const used = await conclude(scenario, 2n, 3n, 0n, 1, input);
    const { gas } = await scenario.quotes.cheapest(
      scenario.releaseId,
      all(quorumOf(2n, 3n)),
      101,
      1,
    );
    expectWithin(Number(gas), used, 0.05, "101 words");
  }).timeout(300_000);

  it("is within 12 % of test/snapshots/quorumGas.json for medians", async () => {
    const snapshot = JSON.parse(readFileSync(PANELS, "utf8")) as Record<string, Figures>;
    const output = { mode: 0n, elements: 128n, bits: 32n, isSigned: true };
    const { quotes, releaseId } = await scenarioWith({ ...CIRCUIT, output });
    for (const n of [3n, 5n, 16n]) {
      const gasOf = async (tolerance: bigint): Promise<number> => {
        const policy = all(quorumOf(n / 2n + 1n, n, tolerance));
        return Number((await quotes.cheapest(releaseId, policy, 1, 19)).gas);
      };
      const many = snapshot[`${n} members, 128 elements`]?.conclude ?? 0;
      const one = snapshot[`${n} members, 1 elements`]?.conclude ?? 0;
      expectWithin((await gasOf(1n)) - (await gasOf(0n)), many - one, 0.12, `${n} members`);
    }
  });

  for (const elements of [40, 128]) {
    it(`is within 5 % of what a panel uses for ${elements} words, with a tolerance or without`, async () => {
      const scenario = await scenarioWith({ ...CIRCUIT, output: tensor(elements) });
      for (const tolerance of [0n, 100n]) {
        await conclude(scenario, 2n, 3n, tolerance, elements);
        const used = await conclude(scenario, 2n, 3n, tolerance, elements);
        const policy = all(quorumOf(2n, 3n, tolerance));
        const { gas } = await scenario.quotes.cheapest(scenario.releaseId, policy, 1, elements);
        expectWithin(Number(gas), used, 0.05, `${elements} words, tolerance ${tolerance}`);
      }
    }).timeout(300_000);
  }
});

function expectWithin(quoted: number, used: number, share: number, name: string): void {
  const message = `${name}: quoted ${quoted}, used ${used}`;
  expect(Math.abs(quoted - used), message).to.be.at.most(used * share);
}

async function publish(scenario: Scenario, inputs: number, outputs: number): Promise<string> {
  const { circuits, models, publisher } = scenario;
  const circuit = { ...CIRCUIT, input: tensor(inputs), output: tensor(outputs) };
  const id = await circuits.register.staticCall(circuit);
  await circuits.register(circuit);
  const published = release({ publisher: publisher.address, circuit: id, version: "quoted" });
  const releaseId = await models.publish.staticCall(published, "");
  await models.publish(published, "");
  return releaseId;
}

/** Gas of the second of two answers, from the lock, without it: the first opens balances. */
async function settle(
  scenario: Scenario,
  releaseId: string,
  policy: Policy,
  inputs: number,
  outputs: number,
): Promise<number> {
  const { requests, requester, operator, domain, params, claim } = scenario;
  const [input, output] = [words(inputs), words(outputs)];
  let used = 0;
  for (let i = 0; i < 2; i++) {
    const verificationGas = 3_000_000n;
    const terms = await params({ policy, release: releaseId, input, verificationGas });
    await requests.connect(requester).request(terms, { value: escrowOf(terms) });
    const id = await requests.requestIdOf(requester, terms.nonce);
    const own = requests.connect(operator);
    await own.lock(id, terms);
    const statement = claim(id, terms, output);
    const kinds = policy.allOf.map(({ anyOf }) => anyOf[0]?.kind);
    const evidence = [
      ...(kinds.includes(4n) ? [prove(domain, statement)] : []),
      ...(kinds.includes(0n) ? [await sign(operator, domain, statement)] : []),
    ];
    used = await gasOf(own.fulfil(id, terms, output, evidence));
    if (!kinds.includes(2n)) continue;
    await networkHelpers.time.increaseTo((await requests.windowEndOf(id)) + 1n);
    used += await gasOf(requests.finalize(id, terms, output));
  }
  return used;
}

/** Gas of a request that a panel answers, from its opening, less that of a lock. */
async function conclude(
  scenario: QuorumScenario,
  k: bigint,
  n: bigint,
  tolerance: bigint,
  outputs: number,
  input = INPUT,
): Promise<number> {
  const { quorum, requests, ask, params, vault, rival } = scenario;
  const requirement = quorumOf(k, n, tolerance);
  // What an operator would pay for holding the same request.
  if ((await vault.authorisedSince(rival, requests)) === 0n) {
    await vault.connect(rival).authorise(requests, true);
  }
  const held = await params(requirement, { input });
  const lock = await gasOf(requests.connect(rival).lock(await ask(held), held));

  const terms = await params(requirement, { input });
  const id = await ask(terms);
  let used = (await gasOf(quorum.openFor(id, terms))) - lock;
  const round = await quorum.roundOf(id);
  const panel = await scenario.draw(round);
  expect(panel.length).to.equal(Number(n));
  used += await lastGas();
  const output = outputs === 1 ? [2n ** 31n + 5n] : words(outputs);
  for (const member of panel) {
    await scenario.commitAll(round, [member], [output]);
    used += await lastGas();
  }
  for (const member of panel) used += await gasOf(scenario.reveal(round, member, output));
  const revealed = tolerance > 0n ? panel.map(() => output) : [];
  used += await gasOf(quorum.conclude(round, revealed));
  used += await gasOf(quorum.answer(id, terms, output, [{ kind: 1n, data: "0x" }]));
  used += await gasOf(quorum.settle(round));
  expect(await quorum.creditOf(ZeroAddress, panel[0]?.signer ?? ZeroAddress)).to.be.above(0n);
  return used;
}

async function lastGas(): Promise<number> {
  const block = await connection.ethers.provider.getBlock("latest");
  return Number(block?.gasUsed);
}

async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<number> {
  const mined = await (await sent).wait();
  return Number(mined?.gasUsed);
}
