import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Hex, RequestParams } from "@vouch/protocol";
import { NATIVE_TOKEN } from "@vouch/protocol";
import type { DefenceCosts, Judge, RoundDeps } from "@vouch/worker";
import { defenceOf, keepMembership } from "@vouch/worker";
import { expect } from "chai";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { askRow, openCreditScenario } from "../helpers/creditScenario.ts";
import { drive, dutiesOf, OPTIMISTIC } from "../helpers/dutyScenario.ts";

const ETHER = 10n ** 18n;
const COSTS: DefenceCosts = {
  proofWeiPerSecond: 10n ** 12n,
  proofSeconds: 10,
  runWei: 10n ** 13n,
  responseShare: 0.5,
};
const PROOF: Judge = { by: "proof", window: 3_600 };
const PANEL: Judge = { by: "panel", window: 3_600, k: 2, n: 3 };

describe("defenceOf", function () {
  this.timeout(300_000);

  let scenario: CreditScenario;
  let deps: RoundDeps;
  let asked: RequestParams;
  let signers: readonly HardhatEthersSigner[];

  before(async () => {
    scenario = await openCreditScenario();
    deps = await dutiesOf(scenario, scenario.cast.operator);
    // Nobody else serves panels of this one.
    const release = scenario.closed.id;
    const { params } = await askRow(scenario, 0, { policy: OPTIMISTIC });
    asked = { ...params, release };
    signers = (await scenario.chain.connection.ethers.getSigners()).slice(12, 16);
  });

  const refusal = async (
    judge: Judge,
    change: Partial<RequestParams> = {},
    costs: Partial<DefenceCosts> = {},
  ): Promise<string | undefined> => {
    const params = { ...asked, bond: ETHER / 20n, stake: ETHER / 10n, ...change };
    const facts = await defenceOf(params, scenario.served, { ...COSTS, ...costs }, deps);
    return facts.refusal(judge);
  };
  const isRefused = async (...asks: Parameters<typeof refusal>): Promise<boolean> =>
    (await refusal(...asks)) !== undefined;

  /** Has an account serve the arbiter's rounds on these terms. */
  async function join(signer: HardhatEthersSigner, maxStake = ETHER): Promise<void> {
    const member = await dutiesOf(scenario, signer);
    const { vault } = member.contracts;
    if ((await vault.stakeOf(signer.address)).own === 0n) await vault.stake({ value: 2n * ETHER });
    const { arbiter } = member.courts.panels!;
    const client = (await arbiter.getAddress()).toLowerCase() as Hex;
    const terms = { token: NATIVE_TOKEN, minFee: 0n, maxStake, maxRounds: 1 };
    await drive(() => keepMembership({ client, release: scenario.closed.id, terms }, member));
  }

  describe("given that a proof would decide", () => {
    it("stands by an answer whose bond pays proof and gas, and by no other", async () => {
      expect(await isRefused(PROOF)).to.equal(false);
      expect(await isRefused(PROOF, { bond: 10n ** 13n })).to.equal(true);
      expect(await isRefused(PROOF, {}, { proofWeiPerSecond: ETHER })).to.equal(true);
    });

    it("stands by none whose proof may take longer than its share of the response", async () => {
      const day = 86_400;
      expect(await isRefused(PROOF, {}, { proofSeconds: day, proofWeiPerSecond: 0n })).to.equal(
        false,
      );
      expect(await isRefused(PROOF, {}, { proofSeconds: 2 * day, proofWeiPerSecond: 0n })).to.equal(
        true,
      );
    });
  });

  describe("given that a panel would decide", () => {
    it("needs a pool that fills it without this operator, on terms that the bond is worth", async () => {
      expect(await isRefused(PANEL)).to.equal(true);
      for (const signer of signers.slice(0, 2)) await join(signer);
      await join(scenario.cast.operator);
      // Two others and itself: the accused may not sit.
      expect(await isRefused(PANEL)).to.equal(true);
      await join(signers[2]!, 1n);
      // One more, that exposes less than the arbiter would ask.
      expect(await isRefused(PANEL)).to.equal(true);
      await join(signers[2]!);
      expect(await isRefused(PANEL)).to.equal(false);
      expect(await isRefused(PANEL, { bond: 10n ** 13n })).to.equal(true);
    });
  });
});
