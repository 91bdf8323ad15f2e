import { expect } from "chai";
import { AbiCoder, ZeroAddress, keccak256 } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { connection } from "../../helpers/deployVouch.ts";
import {
  FEE,
  MINUTE,
  STAKE,
  STATUS,
  deployQuorum,
  headerOf,
  quorumOf,
} from "../../helpers/quorumScenario.ts";
import { ETHER } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployQuorum);
const termsOf = (token: string, minFee: bigint, maxStake: bigint, maxRounds: bigint) => ({
  token,
  minFee,
  maxStake,
  maxRounds,
});
const coder = AbiCoder.defaultAbiCoder();

/** The reference: a whole Fisher-Yates shuffle. */
function shuffled(seed: string, size: number): number[] {
  const places = Array.from({ length: size }, (_, i) => i);
  for (let i = 0; i < size; i += 1) {
    const hash = BigInt(keccak256(coder.encode(["bytes32", "uint256"], [seed, i])));
    const from = i + Number(hash % BigInt(size - i));
    [places[i], places[from]] = [places[from] as number, places[i] as number];
  }
  return places;
}

/** EIP-2935's contract, which Hardhat has no block hashes in. */
const HISTORY = "0x0000F90827F1C53a10cb7A02335B175320002935";
const HISTORY_CODE =
  "0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257" +
  "611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";

/** Does what the protocol does at the start of the block after `number`. */
async function remember(number: bigint): Promise<void> {
  const block = await ethers.provider.getBlock(number);
  await networkHelpers.setCode(HISTORY, HISTORY_CODE);
  await networkHelpers.setStorageAt(HISTORY, number % 8191n, block?.hash as string);
}

async function seedOf(round: string, seedBlock: bigint): Promise<string> {
  const block = (await ethers.provider.send("eth_getBlockByNumber", [
    `0x${seedBlock.toString(16)}`,
    false,
  ])) as { mixHash: string };
  return keccak256(coder.encode(["bytes32", "bytes32"], [block.mixHash, round]));
}

describe("Quorum.draw", () => {
  it("seats whom the beacon's randomness in the seed block names, and exposes their stake", async () => {
    const { quorum, pools, vault, open, params, draw, requests, releaseId } = await deployed();
    const { round } = await open(await params(quorumOf(3n, 5n)));
    const { seedBlock } = await quorum.recordOf(round);
    const panel = await draw(round);
    const places = shuffled(await seedOf(round, seedBlock), 12).slice(0, 5);
    const expected = await Promise.all(
      places.map(async (it) => (await pools.memberAt(requests, releaseId, it)).operator),
    );
    expect(panel.map((it) => it.signer.address)).to.deep.equal(expected);
    for (const { signer } of panel) {
      expect(await vault.exposureOf(signer)).to.deep.equal([STAKE, 0n]);
      const liability = await vault.liabilityOf(signer, quorum, round);
      // Fee and cover are all that absent members make good, together.
      expect(liability.compensation).to.equal(FEE / 5n);
      expect((await pools.termsOf(requests, releaseId, signer)).rounds).to.equal(1n);
    }
  });

  it("reverts with RoundNotDrawable until the seed block is built", async () => {
    const { quorum, open, params } = await deployed();
    const { round } = await open(await params());
    const { seedBlock } = await quorum.recordOf(round);
    await networkHelpers.mineUpTo(seedBlock - 1n);
    await expect(quorum.draw(round, "0x"))
      .to.be.revertedWithCustomError(quorum, "RoundNotDrawable")
      .withArgs(round, seedBlock);
  });

  it("reverts with HeaderMismatch for the header of another block: nobody chooses the seed", async () => {
    const { quorum, open, params } = await deployed();
    const { round } = await open(await params());
    const { seedBlock } = await quorum.recordOf(round);
    await networkHelpers.mineUpTo(seedBlock + 1n);
    await expect(quorum.draw(round, await headerOf(seedBlock + 1n))).to.be.revertedWithCustomError(
      quorum,
      "HeaderMismatch",
    );
  });

  it("gives the same panel whoever draws, and however late", async () => {
    const { quorum, open, params, draw } = await deployed();
    const { round } = await open(await params());
    const { seedBlock } = await quorum.recordOf(round);
    await networkHelpers.mineUpTo(seedBlock);
    const snapshot = await networkHelpers.takeSnapshot();
    const early = (await draw(round)).map((it) => it.signer.address);
    await snapshot.restore();
    await remember(seedBlock);
    // Beyond the 256 blocks that BLOCKHASH reaches.
    await networkHelpers.mine(1000);
    expect((await draw(round)).map((it) => it.signer.address)).to.deep.equal(early);
  });

  it("draws from a later block where the chain has forgotten the seed block", async () => {
    const { quorum, open, params, draw } = await deployed();
    const { round } = await open(
      await params(quorumOf(2n, 3n), {
        deadline: BigInt(await networkHelpers.time.latest()) + 2000n * MINUTE,
      }),
    );
    const { seedBlock } = await quorum.recordOf(round);
    await networkHelpers.mineUpTo(seedBlock);
    await remember(seedBlock);
    await networkHelpers.mineUpTo(seedBlock + 8191n);
    await expect(quorum.draw(round, "0x")).to.emit(quorum, "RoundReseeded");
    const again = await quorum.recordOf(round);
    const latest = BigInt(await networkHelpers.time.latestBlock());
    expect(again.status).to.equal(STATUS.open);
    expect(again.seedBlock).to.equal(latest + (await quorum.SEED_DELAY()));
    expect(await draw(round)).to.have.length(3);
  });

  it("draws from a later block where the chain keeps no history at all", async () => {
    const { quorum, open, params, draw } = await deployed();
    const { round } = await open(await params());
    const { seedBlock } = await quorum.recordOf(round);
    await networkHelpers.mine(300n, { interval: 0 });
    await networkHelpers.setCode(HISTORY, "0x");
    await expect(quorum.draw(round, "0x")).to.emit(quorum, "RoundReseeded");
    expect((await quorum.recordOf(round)).seedBlock).to.be.greaterThan(seedBlock + 256n);
    expect(await draw(round)).to.have.length(3);
  });

  it("reverts with RoundPhaseOver where members would be short of time, and the round fails", async () => {
    const { quorum, open, params } = await deployed();
    const { round } = await open(await params());
    const { drawDeadline } = await quorum.deadlinesOf(round);
    await networkHelpers.mine(10);
    await networkHelpers.time.increaseTo(drawDeadline);
    await expect(quorum.draw(round, "0x")).to.be.revertedWithCustomError(quorum, "RoundPhaseOver");
    await expect(quorum.conclude(round, [])).to.emit(quorum, "RoundFailed").withArgs(round);
  });

  it("reverts with RoundStatusInvalid a second time", async () => {
    const { quorum, open, params, draw } = await deployed();
    const { round } = await open(await params());
    await draw(round);
    await expect(quorum.draw(round, "0x")).to.be.revertedWithCustomError(
      quorum,
      "RoundStatusInvalid",
    );
  });

  it("leaves the seat of a place that changed hands after the opening empty", async () => {
    const { quorum, pools, open, params, draw, requests, releaseId, members } = await deployed();
    const { round } = await open(await params());
    const { seedBlock } = await quorum.recordOf(round);
    await networkHelpers.mineUpTo(seedBlock);
    const drawn = shuffled(await seedOf(round, seedBlock), 12).slice(0, 3);
    // The operator that is drawn first sees it, and leaves its place to the last of the pool.
    const place = drawn.find((it) => it !== 11) as number;
    const leaver = members[place] as HardhatEthersSigner;
    await pools.connect(leaver).resign(requests, releaseId);
    const panel = (await draw(round)).map((it) => it.signer.address);
    const expected = drawn
      .filter((it) => it !== place && it !== 11)
      .map((it) => (members[it] as HardhatEthersSigner).address);
    expect(panel).to.deep.equal(expected);
  });

  it("never seats the excluded operator, and fills its seat with the next", async () => {
    const { quorum, openRound, order, draw, members } = await deployed();
    for (const [i, member] of members.slice(0, 6).entries()) {
      const round = await openRound(await order({ excluded: member.address, n: 11n, k: 6n }), 0n);
      const panel = (await draw(round)).map((it) => it.signer.address);
      expect(panel, `member ${i}`).to.have.length(11);
      expect(panel).not.to.include(member.address);
      expect((await quorum.recordOf(round)).status).to.equal(STATUS.drawn);
    }
  });

  describe("given members that cannot or will not take part", () => {
    /** All but the first two of a panel of all twelve. */
    for (const [name, spoil] of [
      [
        "whose fee is higher",
        async (it: Awaited<ReturnType<typeof deployed>>, member: HardhatEthersSigner) =>
          it.pools
            .connect(member)
            .serve(it.stranger, it.releaseId, termsOf(ZeroAddress, FEE, ETHER, 8n)),
      ],
      [
        "that expose less",
        async (it: Awaited<ReturnType<typeof deployed>>, member: HardhatEthersSigner) =>
          it.pools
            .connect(member)
            .serve(it.stranger, it.releaseId, termsOf(ZeroAddress, 0n, STAKE - 1n, 8n)),
      ],
      [
        "that are paid in another token",
        async (it: Awaited<ReturnType<typeof deployed>>, member: HardhatEthersSigner) =>
          it.pools
            .connect(member)
            .serve(it.stranger, it.releaseId, termsOf(await it.asset.getAddress(), 0n, ETHER, 8n)),
      ],
    ] as const) {
      it(`leaves the seats of members ${name} empty, and to nobody else`, async () => {
        const scenario = await deployed();
        const { openRound, order, draw, members, quorum } = scenario;
        for (const member of members.slice(0, 2)) await spoil(scenario, member);
        const round = await openRound(await order({ n: 12n, k: 7n }));
        const panel = (await draw(round)).map((it) => it.signer.address);
        expect(panel).to.have.length(10);
        for (const member of members.slice(0, 2)) expect(panel).not.to.include(member.address);
        // The panel's size, by which its majority is counted, is as it was.
        expect((await quorum.recordOf(round)).n).to.equal(12n);
      });
    }

    it("seats no member beyond the rounds that it serves at once", async () => {
      const { openRound, order, draw, members, pools, stranger, releaseId } = await deployed();
      const busy = members[0] as HardhatEthersSigner;
      await pools.connect(busy).serve(stranger, releaseId, termsOf(ZeroAddress, 0n, ETHER, 1n));
      const all = { n: 12n, k: 7n };
      expect(await draw(await openRound(await order(all)))).to.have.length(12);
      const next = (await draw(await openRound(await order(all)))).map((it) => it.signer.address);
      expect(next).to.have.length(11);
      expect(next).not.to.include(busy.address);
    });

    it("takes the place of a member whose stake is leaving or that withdrew its authorisation", async () => {
      const { openRound, order, draw, members, pools, vault, quorum, stranger, releaseId } =
        await deployed();
      const [leaving, distrusting] = members as [HardhatEthersSigner, HardhatEthersSigner];
      await vault.connect(leaving).requestExit(ETHER + 1n);
      await vault.connect(distrusting).authorise(quorum, false);
      expect(await draw(await openRound(await order({ n: 12n, k: 7n })))).to.have.length(10);
      expect(await pools.poolSizeOf(stranger, releaseId)).to.equal(10n);
      for (const member of [leaving, distrusting]) {
        await expect(pools.termsOf(stranger, releaseId, member)).to.be.revertedWithCustomError(
          pools,
          "MemberUnknown",
        );
      }
    });

    it("fails at once with fewer than k seats taken, and costs nobody anything", async () => {
      const {
        quorum,
        openRound,
        order,
        draw,
        members,
        vault,
        pools,
        stranger,
        releaseId,
        requester,
      } = await deployed();
      for (const member of members.slice(0, 6)) {
        await pools
          .connect(member)
          .serve(stranger, releaseId, termsOf(ZeroAddress, FEE, ETHER, 8n));
      }
      const round = await openRound(await order({ n: 12n, k: 7n }));
      await draw(round);
      expect((await quorum.recordOf(round)).status).to.equal(STATUS.failed);
      expect(await quorum.creditOf(ZeroAddress, requester)).to.equal(FEE);
      for (const member of members) {
        expect(await vault.exposureOf(member)).to.deep.equal([0n, 0n]);
        expect((await vault.stakeOf(member)).own).to.equal(2n * ETHER);
        expect((await pools.termsOf(stranger, releaseId, member)).rounds).to.equal(0n);
      }
    });
  });
});

describe("OperatorPools.serve", () => {
  const terms = termsOf(ZeroAddress, 0n, ETHER, 1n);

  it("changes a member's terms without another place", async () => {
    const { pools, requests, releaseId, members } = await deployed();
    const member = members[3] as HardhatEthersSigner;
    await pools.connect(member).serve(requests, releaseId, terms);
    expect(await pools.poolSizeOf(requests, releaseId)).to.equal(12n);
    const [kept, rounds] = await pools.termsOf(requests, releaseId, member);
    expect([...kept]).to.deep.equal(Object.values(terms));
    expect(rounds).to.equal(0n);
  });

  it("reverts with MemberStakeTooLow below the least, what is leaving not counted", async () => {
    const { pools, requests, releaseId, vault, quorum, stranger } = await deployed();
    await vault.connect(stranger).stake({ value: ETHER });
    await vault.connect(stranger).authorise(quorum, true);
    await vault.connect(stranger).requestExit(1n);
    await expect(pools.connect(stranger).serve(requests, releaseId, terms))
      .to.be.revertedWithCustomError(pools, "MemberStakeTooLow")
      .withArgs(stranger.address, ETHER - 1n, ETHER);
  });

  it("reverts with MemberNotAuthorised without the vault's authorisation", async () => {
    const { pools, requests, releaseId, vault, stranger } = await deployed();
    await vault.connect(stranger).stake({ value: ETHER });
    await expect(
      pools.connect(stranger).serve(requests, releaseId, terms),
    ).to.be.revertedWithCustomError(pools, "MemberNotAuthorised");
  });

  it("reverts with MemberTermsVoid for terms that no round is on", async () => {
    const { pools, requests, releaseId, members } = await deployed();
    for (const none of [termsOf(ZeroAddress, 0n, 0n, 1n), termsOf(ZeroAddress, 0n, 1n, 0n)]) {
      await expect(
        pools.connect(members[0]).serve(requests, releaseId, none),
      ).to.be.revertedWithCustomError(pools, "MemberTermsVoid");
    }
  });
});

describe("OperatorPools.resign", () => {
  it("moves the last member into the free place, from now on", async () => {
    const { pools, requests, releaseId, members } = await deployed();
    await pools.connect(members[2]).resign(requests, releaseId);
    expect(await pools.poolSizeOf(requests, releaseId)).to.equal(11n);
    const moved = await pools.memberAt(requests, releaseId, 2n);
    expect(moved.operator).to.equal((members[11] as HardhatEthersSigner).address);
    expect(moved.since).to.equal(BigInt(await networkHelpers.time.latestBlock()));
    await pools.connect(members[11]).resign(requests, releaseId);
    expect(await pools.poolSizeOf(requests, releaseId)).to.equal(10n);
  });

  it("reverts with MemberUnknown for who has left", async () => {
    const { pools, requests, releaseId, members } = await deployed();
    await pools.connect(members[2]).resign(requests, releaseId);
    await expect(
      pools.connect(members[2]).resign(requests, releaseId),
    ).to.be.revertedWithCustomError(pools, "MemberUnknown");
  });
});

for (const [name, call] of [
  ["draw", "draw"],
  ["dismiss", "dismiss"],
] as const) {
  describe(`OperatorPools.${name}`, () => {
    it("reverts with SenderNotQuorum for anyone else", async () => {
      const { pools, requests, releaseId, stranger } = await deployed();
      const client = await requests.getAddress();
      const nothing = keccak256("0x");
      const attempt =
        call === "draw"
          ? pools.connect(stranger).draw({
              client,
              release: releaseId,
              seed: nothing,
              size: 0,
              fixedAt: 0,
              seats: 0,
              excluded: ZeroAddress,
              token: ZeroAddress,
              fee: 0,
              stake: 0,
              compensation: 0,
            })
          : pools.connect(stranger).dismiss(client, releaseId, []);
      await expect(attempt).to.be.revertedWithCustomError(pools, "SenderNotQuorum");
    });
  });
}
