import { expect } from "chai";
import { ZeroAddress, id } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { connection } from "../../helpers/deployVouch.ts";
import type { QuorumScenario } from "../../helpers/quorumScenario.ts";
import { STAKE, STATUS, deployQuorum, headerOf } from "../../helpers/quorumScenario.ts";
import { ETHER } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployQuorum);
/** All twelve members. */
const ALL = { n: 12n, k: 7n };

/** Leaves a member `left` of free own stake, though its own stake stays. */
async function expose(
  { vault }: QuorumScenario,
  member: HardhatEthersSigner,
  holder: HardhatEthersSigner,
  left: bigint,
): Promise<void> {
  await vault.connect(member).authorise(holder, true);
  const free = await vault.freeOwnStakeOf(member);
  const until = BigInt(await networkHelpers.time.latest()) + 86_400n;
  const liability = `0x${"11".repeat(32)}`;
  await vault.connect(holder).open(member, liability, free - left, 0n, until);
  expect(await vault.freeOwnStakeOf(member)).to.equal(left);
}

async function seatsOf(scenario: QuorumScenario, round: string): Promise<string[]> {
  return (await scenario.draw(round)).map((it) => it.signer.address);
}

describe("OperatorPools.draw", () => {
  describe("given a member whose stake answers for something else", () => {
    it("seats it to the last wei of what the round exposes, and not for one wei less", async () => {
      for (const [left, isSeated] of [
        [STAKE, true],
        [STAKE - 1n, false],
      ] as const) {
        const scenario = await deployed();
        const { quorum, pools, vault, openRound, order, members, publisher } = scenario;
        const { stranger, releaseId } = scenario;
        const busy = members[3]!; // there are twelve
        await expose(scenario, busy, publisher, left);
        const round = await openRound(await order(ALL), 0n);
        const seats = await seatsOf(scenario, round);
        expect(seats.includes(busy.address)).to.equal(isSeated);
        expect(seats).to.have.length(isSeated ? 12 : 11);
        expect((await quorum.recordOf(round)).status).to.equal(STATUS.drawn);
        // It keeps its place: its stake is still the least.
        expect(await pools.poolSizeOf(stranger, releaseId)).to.equal(12n);
        expect((await pools.termsOf(stranger, releaseId, busy)).rounds).to.equal(
          isSeated ? 1n : 0n,
        );
        expect((await vault.exposureOf(busy)).own).to.equal(
          2n * ETHER - left + (isSeated ? STAKE : 0n),
        );
      }
    });

    it("names it as the seat that stays empty", async () => {
      const scenario = await deployed();
      const { quorum, pools, openRound, order, members, publisher, stranger, releaseId } = scenario;
      const busy = members[3]!;
      await expose(scenario, busy, publisher, 0n);
      const round = await openRound(await order(ALL), 0n);
      const { seedBlock } = await quorum.recordOf(round);
      await networkHelpers.mineUpTo(seedBlock);
      await expect(quorum.draw(round, await headerOf(seedBlock)))
        .to.emit(pools, "SeatEmpty")
        .withArgs(stranger.address, releaseId, busy.address);
    });
  });

  describe("given a round that compensates for more than its share of own stake", () => {
    it("asks for own stake that covers a tenth of the stake and all of the compensation", async () => {
      const scenario = await deployed();
      const { quorum, pools, members, publisher, stranger, releaseId } = scenario;
      const busy = members[5]!;
      await expose(scenario, busy, publisher, STAKE);
      const sender = await quorum.getAddress();
      await networkHelpers.impersonateAccount(sender);
      const drawn = async (stake: bigint, compensation: bigint) =>
        pools.connect(await ethers.getSigner(sender)).draw.staticCall({
          client: stranger.address,
          release: releaseId,
          seed: id("seed"),
          size: 12n,
          fixedAt: await networkHelpers.time.latestBlock(),
          seats: 12n,
          excluded: ZeroAddress,
          token: ZeroAddress,
          fee: 0n,
          stake,
          compensation,
        });
      expect(await drawn(STAKE, STAKE)).to.include(busy.address);
      for (const [stake, compensation] of [
        [STAKE + 1n, 0n],
        [1n, STAKE + 1n],
      ] as const) {
        const seated = await drawn(stake, compensation);
        expect(seated).to.have.length(11);
        expect(seated).to.not.include(busy.address);
      }
    });
  });

  describe("given a pool that shrank after the round was opened", () => {
    it("leaves the places that are gone empty, for nobody", async () => {
      const scenario = await deployed();
      const { quorum, pools, openRound, order, members, stranger, releaseId } = scenario;
      const round = await openRound(await order(ALL), 0n);
      const { seedBlock } = await quorum.recordOf(round);
      // From the last to the first, so that no place changes hands.
      for (const member of [...members].reverse().slice(0, 3)) {
        await pools.connect(member).resign(stranger, releaseId);
      }
      await networkHelpers.mineUpTo(seedBlock);
      await expect(quorum.draw(round, await headerOf(seedBlock)))
        .to.emit(pools, "SeatEmpty")
        .withArgs(stranger.address, releaseId, ZeroAddress);
      const { seats, status, n } = await quorum.recordOf(round);
      expect([seats, status, n]).to.deep.equal([9n, STATUS.drawn, 12n]);
    });

    it("fails where fewer than a majority is left", async () => {
      const scenario = await deployed();
      const { quorum, pools, openRound, order, members, stranger, releaseId } = scenario;
      const round = await openRound(await order(ALL), 0n);
      for (const member of members.slice(6)) {
        await pools.connect(member).resign(stranger, releaseId);
      }
      expect(await scenario.draw(round)).to.have.length(6);
      expect((await quorum.recordOf(round)).status).to.equal(STATUS.failed);
    });
  });
});
