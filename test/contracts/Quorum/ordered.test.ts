import { expect } from "chai";
import { ZeroAddress } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { connection } from "../../helpers/deployVouch.ts";
import { FEE, STATUS, deployQuorum, output } from "../../helpers/quorumScenario.ts";
import type { Panellist, QuorumScenario } from "../../helpers/quorumScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployQuorum);

describe("Quorum: a round that another contract orders", () => {
  const ordered = async (
    outputs: readonly (bigint[] | null)[],
  ): Promise<QuorumScenario & { round: string; panel: readonly Panellist[] }> => {
    const scenario = await deployed();
    const excluded = (scenario.members[0] as HardhatEthersSigner).address;
    const round = await scenario.openRound(await scenario.order({ excluded }));
    const panel = await scenario.draw(round);
    await scenario.commitAll(round, panel, outputs);
    const { commitDeadline } = await scenario.quorum.deadlinesOf(round);
    await networkHelpers.time.increaseTo(commitDeadline + 1n);
    for (const [i, words] of outputs.entries()) {
      if (words !== null) await scenario.reveal(round, panel[i] as Panellist, words);
    }
    await scenario.quorum.conclude(round, []);
    return { ...scenario, round, panel };
  };

  it("pays those that agree at once", async () => {
    const { quorum, panel } = await ordered([output(1n), output(2n), output(1n)]);
    const credits = await Promise.all(panel.map((it) => quorum.creditOf(ZeroAddress, it.signer)));
    expect(credits).to.deep.equal([FEE / 2n, 0n, FEE / 2n]);
  });

  it("refunds and compensates the beneficiary where it fails, by the payment at most", async () => {
    const { quorum, vault, requester, round } = await ordered([output(1n), null, null]);
    expect((await quorum.resultOf(round)).status).to.equal(STATUS.failed);
    expect(await quorum.creditOf(ZeroAddress, requester)).to.equal(FEE);
    expect(await vault.creditOf(requester)).to.equal((FEE / 3n) * 2n);
    await expect(quorum.settle(round)).to.be.revertedWithCustomError(quorum, "RoundAlreadySettled");
  });
});
