import { expect } from "chai";
import { ZeroAddress, ZeroHash, id } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { PanelArbiter } from "../../../offchain/protocol/typechain/index.ts";
import { connection } from "../../helpers/deployVouch.ts";
import type { QuorumScenario } from "../../helpers/quorumScenario.ts";
import { STATUS, deployQuorum, output } from "../../helpers/quorumScenario.ts";
import { ETHER, INPUT, hashOfWords } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployArbiter);

const DAY = 86_400n;
const OUTCOME = { none: 0n, pending: 1n, decided: 2n, failed: 3n } as const;
const PAYMENT = ETHER / 10n;
/** Most that can be paid: twice as much is exposed, in 80 bits. */
const LIMIT = (2n ** 80n - 1n) / 2n;

type Question = {
  release: string;
  request: string;
  accused: string;
  k: bigint;
  n: bigint;
  payer: string;
};
type World = QuorumScenario & {
  readonly arbiter: PanelArbiter;
  readonly accused: HardhatEthersSigner;
  readonly question: (overrides?: Partial<Question>) => Question;
  /** Opens a round as `stranger`; returns its id. */
  readonly opened: (question: Question, value?: bigint) => Promise<string>;
};

/** An arbiter whose rounds the scenario's operators serve; the first of them is accused. */
async function deployArbiter(): Promise<World> {
  const scenario = await deployQuorum();
  const { quorum, pools, members, releaseId, stranger } = scenario;
  const arbiter: PanelArbiter = await ethers.deployContract("PanelArbiter", [quorum]);
  const terms = { token: ZeroAddress, minFee: 0n, maxStake: 2n ** 80n - 1n, maxRounds: 8n };
  for (const member of members) await pools.connect(member).serve(arbiter, releaseId, terms);
  const accused = members[0]!; // there are twelve
  return {
    ...scenario,
    arbiter,
    accused,
    question: (overrides = {}) => ({
      release: releaseId,
      request: id("request"),
      accused: accused.address,
      k: 2n,
      n: 3n,
      payer: scenario.requester.address,
      ...overrides,
    }),
    opened: async (question, value = PAYMENT) => {
      const asked = arbiter.connect(stranger);
      const round = await asked.open.staticCall(question, INPUT, { value });
      await asked.open(question, INPUT, { value });
      return round;
    },
  };
}

describe("PanelArbiter.open", () => {
  it("asks a panel without the accused, prepaid, for the payer's account", async () => {
    const { arbiter, quorum, question, opened, releaseId, accused, requester } = await deployed();
    const round = await opened(question());
    const record = await quorum.recordOf(round);
    const now = BigInt(await networkHelpers.time.latest());
    expect(record.status).to.equal(STATUS.open);
    expect([record.k, record.n, record.tolerance]).to.deep.equal([2n, 3n, 0n]);
    expect([record.client, record.excluded]).to.deep.equal([
      await arbiter.getAddress(),
      accused.address,
    ]);
    expect([record.beneficiary, record.fee]).to.deep.equal([requester.address, PAYMENT]);
    expect([record.release, record.request]).to.deep.equal([releaseId, id("request")]);
    expect(record.inputHash).to.equal(hashOfWords(INPUT));
    expect(record.prepaid).to.equal(true);
    expect(record.deadline).to.equal(now + DAY);
    expect(await ethers.provider.getBalance(arbiter)).to.equal(0n);
  });

  it("exposes twice the payment, or the pools' least stake where that is more", async () => {
    const { quorum, pools, question, opened } = await deployed();
    expect(await pools.minStake()).to.equal(ETHER);
    for (const [value, stake] of [
      [0n, ETHER],
      [ETHER / 2n - 1n, ETHER],
      [ETHER / 2n, ETHER],
      [ETHER / 2n + 1n, ETHER + 2n],
    ] as const) {
      const round = await opened(question(), value);
      expect((await quorum.recordOf(round)).stake).to.equal(stake);
    }
  });

  describe("when more is paid than a panel could expose twice", () => {
    it("reverts with PaymentTooHigh", async () => {
      const { arbiter, quorum, question, opened, stranger } = await deployed();
      await networkHelpers.setBalance(stranger.address, 4n * LIMIT);
      await expect(arbiter.connect(stranger).open(question(), INPUT, { value: LIMIT + 1n }))
        .to.be.revertedWithCustomError(arbiter, "PaymentTooHigh")
        .withArgs(LIMIT + 1n, LIMIT);
      const round = await opened(question(), LIMIT);
      expect((await quorum.recordOf(round)).stake).to.equal(2n * LIMIT);
    });
  });

  describe("when the quorum opens no round", () => {
    it("counts it as failed and owes the payer the payment", async () => {
      const { arbiter, quorum, question, opened, requester, stranger } = await deployed();
      const unserved = question({ n: 16n, k: 9n });
      const asked = arbiter.connect(stranger);
      const round = await asked.open.staticCall(unserved, INPUT, { value: PAYMENT });
      const why = quorum.interface.encodeErrorResult("QuorumPoolTooSmall", [12n, 17n]);

      await expect(asked.open(unserved, INPUT, { value: PAYMENT }))
        .to.emit(arbiter, "RoundNotOpened")
        .withArgs(round, why);
      expect(await arbiter.outcomeOf(round)).to.deep.equal([OUTCOME.failed, ZeroHash]);
      expect(await arbiter.creditOf(ZeroAddress, requester)).to.equal(PAYMENT);

      const second = await opened(unserved, 1n);
      expect(second).to.not.equal(round);
      expect(await arbiter.outcomeOf(second)).to.deep.equal([OUTCOME.failed, ZeroHash]);
      expect(await arbiter.creditOf(ZeroAddress, requester)).to.equal(PAYMENT + 1n);

      await expect(
        arbiter.connect(requester).withdraw(ZeroAddress, stranger),
      ).to.changeEtherBalances(ethers, [arbiter, stranger], [-PAYMENT - 1n, PAYMENT + 1n]);
    });
  });

  describe("when too little gas is sent", () => {
    it("reverts, whatever the gas: who sends a transaction cannot fail a round by that", async () => {
      const { arbiter, question } = await deployed();
      const needed = await arbiter.open.estimateGas(question(), INPUT, { value: PAYMENT });
      const round = await arbiter.open.staticCall(question(), INPUT, { value: PAYMENT });
      const starved = arbiter.interface.getError("RoundStarved")!.selector;
      let refusals = 0;
      for (let gasLimit = needed / 4n; gasLimit <= needed; gasLimit += needed / 40n) {
        const answer = await arbiter.open
          .staticCall(question(), INPUT, { value: PAYMENT, gasLimit })
          .catch((error: unknown) => error);
        if (typeof answer === "string") expect(answer).to.equal(round);
        else if ((answer as { data?: string }).data === starved) refusals += 1;
      }
      expect(refusals).to.be.greaterThan(0);
    });
  });
});

describe("PanelArbiter.outcomeOf", () => {
  it("knows nothing of a round that was never opened", async () => {
    const { arbiter } = await deployed();
    for (const round of [ZeroHash, id("round")]) {
      expect(await arbiter.outcomeOf(round)).to.deep.equal([OUTCOME.none, ZeroHash]);
    }
  });

  describe("given a panel that agrees", () => {
    it("is decided, by the hash of its output", async () => {
      const scenario = await deployed();
      const { arbiter, quorum, question, opened, draw, commitAll, reveal, accused } = scenario;
      const round = await opened(question());
      const panel = await draw(round);
      expect(panel.map(({ signer }) => signer.address)).to.not.include(accused.address);
      expect(await arbiter.outcomeOf(round)).to.deep.equal([OUTCOME.pending, ZeroHash]);
      await commitAll(round, panel, Array(3).fill(output(5n)));
      for (const member of panel) await reveal(round, member, output(5n));
      await quorum.conclude(round, []);
      const decided = [OUTCOME.decided, hashOfWords(output(5n))];
      expect(await arbiter.outcomeOf(round)).to.deep.equal(decided);

      // What was decided stays so.
      await networkHelpers.time.increase(2n * DAY);
      expect(await arbiter.outcomeOf(round)).to.deep.equal(decided);
    });
  });

  describe("given a panel that does not agree", () => {
    it("has failed", async () => {
      const { arbiter, quorum, question, opened, draw, commitAll, reveal } = await deployed();
      const round = await opened(question());
      const panel = await draw(round);
      const outputs = [output(1n), output(2n), output(3n)];
      await commitAll(round, panel, outputs);
      for (const [i, member] of panel.entries()) await reveal(round, member, outputs[i]!);
      await quorum.conclude(round, []);
      expect(await arbiter.outcomeOf(round)).to.deep.equal([OUTCOME.failed, ZeroHash]);
    });
  });

  describe("given a round that nobody concludes", () => {
    it("is pending to the last second of its deadline, and has failed from the next", async () => {
      const { arbiter, quorum, question, opened } = await deployed();
      const round = await opened(question());
      const { deadline } = await quorum.recordOf(round);
      await networkHelpers.time.increaseTo(deadline);
      expect(await arbiter.outcomeOf(round)).to.deep.equal([OUTCOME.pending, ZeroHash]);
      await networkHelpers.time.increaseTo(deadline + 1n);
      expect(await arbiter.outcomeOf(round)).to.deep.equal([OUTCOME.failed, ZeroHash]);
    });
  });
});
