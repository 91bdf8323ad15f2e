import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { deployQuorum, scenarioWith } from "../../helpers/quorumScenario.ts";
import type { Panellist, QuorumScenario } from "../../helpers/quorumScenario.ts";
import { CIRCUIT, ETHER } from "../../helpers/vouchScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";

const SNAPSHOT = join(import.meta.dirname, "../../snapshots/quorumGas.json");
const { networkHelpers } = connection;
const BITS = 32n;
const PER_WORD = 253n / BITS;

type Fixture = () => Promise<QuorumScenario>;

const circuitOf = (elements: bigint) => ({
  ...CIRCUIT,
  output: { mode: 0n, elements, bits: BITS, isSigned: true },
});
const fixtures: Record<number, Fixture> = {
  1: deployQuorum,
  10: () => scenarioWith(circuitOf(10n)),
  128: () => scenarioWith(circuitOf(128n)),
  1000: () => scenarioWith(circuitOf(1000n)),
};

/** Words of an output whose elements differ from run to run, so that nothing agrees word by word. */
function words(elements: bigint, run: bigint): bigint[] {
  const packed: bigint[] = [];
  for (let i = 0n; i < elements; i += 1n) {
    const word = Number(i / PER_WORD);
    const digit = (1n << 31n) + ((i * 7n + run * 5n) % 17n);
    packed[word] = (packed[word] ?? 0n) | (digit << (BITS * (i % PER_WORD)));
  }
  return packed;
}

type Figures = Record<string, number>;

/** Fills the pool that serves `stranger` up to the largest panel. */
async function withLargestPanel(scenario: QuorumScenario): Promise<void> {
  const { vault, quorum, pools, stranger, releaseId } = scenario;
  const signers = await connection.ethers.getSigners();
  for (const signer of [signers[1], ...signers.slice(17)]) {
    if (signer === undefined) throw new Error("there are too few signers");
    await vault.connect(signer).stake({ value: 2n * ETHER });
    await vault.connect(signer).authorise(quorum, true);
    await pools.connect(signer).serve(stranger, releaseId, {
      token: ZeroAddress,
      minFee: 0n,
      maxStake: ETHER,
      maxRounds: 8n,
    });
  }
}

/** What draw, a commit, a reveal and conclude cost. */
async function measure(scenario: QuorumScenario, n: bigint, elements: bigint): Promise<Figures> {
  const { quorum, stranger, order, openRound, commitAll, reveal } = scenario;
  const round = await openRound(await order({ n, k: n / 2n + 1n, tolerance: 100n }));
  const gasOf = async (): Promise<number> => {
    const block = await connection.ethers.provider.getBlock("latest");
    return Number(block?.gasUsed);
  };
  const panel: Panellist[] = await scenario.draw(round);
  const draw = await gasOf();
  const outputs = panel.map((_, i) => words(elements, BigInt(i)));
  await commitAll(round, panel, outputs);
  const commit = await gasOf();
  for (const [i, member] of panel.entries()) await reveal(round, member, outputs[i] as bigint[]);
  const revealed = await gasOf();
  await quorum.connect(stranger).conclude(round, outputs);
  return { draw, commit, reveal: revealed, conclude: await gasOf() };
}

describe("gas of a panel", () => {
  it("reverts with QuorumOutputTooLarge for medians that would not fit into a transaction", async () => {
    const { quorum, stranger, order } = await networkHelpers.loadFixture(fixtures[1000] as Fixture);
    const tooLarge = await order({ n: 6n, k: 4n, tolerance: 1n });
    await expect(quorum.connect(stranger).openRound(tooLarge))
      .to.be.revertedWithCustomError(quorum, "QuorumOutputTooLarge")
      .withArgs(36_000n, 32_768n);
    await quorum.connect(stranger).openRound({ ...tooLarge, tolerance: 0n });
  });

  it("is within a tenth of test/snapshots/quorumGas.json; UPDATE_SNAPSHOTS=1 writes it", async () => {
    const measured: Record<string, Figures> = {};
    for (const elements of [1n, 10n, 128n, 1000n]) {
      const scenario = await networkHelpers.loadFixture(fixtures[Number(elements)] as Fixture);
      await withLargestPanel(scenario);
      for (const n of [3n, 5n, 16n]) {
        // More than a transaction holds is refused.
        if (elements * n * n > (await scenario.quorum.MAX_MEDIAN_WORK())) continue;
        measured[`${n} members, ${elements} elements`] = await measure(scenario, n, elements);
      }
    }
    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
    }
    const expected = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as typeof measured;
    expect(Object.keys(measured)).to.deep.equal(Object.keys(expected));
    for (const [name, figures] of Object.entries(measured)) {
      for (const [step, gas] of Object.entries(figures)) {
        // Hashes and header lengths are calldata, and who sits where is drawn: they differ from run to run.
        const limit = (expected[name]?.[step] ?? 0) / 10;
        expect(Math.abs(gas - (expected[name]?.[step] ?? 0)), `${name}: ${step}`).to.be.lessThan(
          limit,
        );
      }
    }
  }).timeout(300_000);
});
