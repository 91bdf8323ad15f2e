import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Hex, RequestId, RequestParams } from "@vouch/protocol";
import {
  allOf,
  encodeRequestParams,
  hashOfWords,
  NATIVE_TOKEN,
  packWords,
  requireOptimistic,
  requireOptimisticByQuorum,
  requireQuorum,
  requireZk,
  wordToHex,
} from "@vouch/protocol";
import type { DutyStep, RoundDeps } from "@vouch/worker";
import {
  followAnswer,
  keepMembership,
  leavePool,
  memoryBytes,
  memorySignLog,
  openPanel,
  readAnswer,
  readRound,
  serveRound,
} from "@vouch/worker";
import { terminate } from "@vouch/prover";
import { expect } from "chai";
import { concat } from "ethers";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { askRow, openCreditScenario, rowOf } from "../helpers/creditScenario.ts";
import { codeOfPromise } from "../helpers/codeOf.ts";
import { answerRow, drive, dutiesOf, WINDOW, wrong } from "../helpers/dutyScenario.ts";

const ETHER = 10n ** 18n;
const PROVISIONAL = 3n;
const FULFILLED = 5n;
const OVERTURNED = 6n;
const OPTIONS = { turnSeconds: 15, minFee: 1n } as const;
const QUORUM = allOf([requireQuorum(2, 3)]);

describe("serveRound", function () {
  this.timeout(300_000);

  let scenario: CreditScenario;
  let members: readonly RoundDeps[];
  let signers: readonly HardhatEthersSigner[];

  before(async () => {
    scenario = await openCreditScenario();
    const { chain, served } = scenario;
    signers = (await chain.connection.ethers.getSigners()).slice(8, 12);
    members = await Promise.all(signers.map((it) => dutiesOf(scenario, it)));
    for (const deps of members) {
      const { requests, vault } = deps.contracts;
      await vault.stake({ value: 2n * ETHER });
      const terms = { token: NATIVE_TOKEN, minFee: 0n, maxStake: ETHER, maxRounds: 8 };
      for (const contract of [requests, deps.courts.panels!.arbiter]) {
        const client = (await contract.getAddress()).toLowerCase() as Hex;
        const membership = { client, release: served.id, terms };
        const { end } = await drive(() => keepMembership(membership, deps));
        expect(end.status).to.equal("over");
      }
    }
  });

  after(terminate);

  const quorumOf = ({ courts }: RoundDeps) => courts.panels!.quorum;
  const travelTo = async (time: number): Promise<void> => {
    const { time: clock } = scenario.chain.connection.networkHelpers;
    if (time > (await clock.latest())) await clock.increaseTo(time);
    else await scenario.chain.connection.networkHelpers.mine();
  };

  const askPanel = (
    row: number,
    change: Partial<RequestParams> = {},
  ): Promise<{ readonly id: RequestId; readonly params: RequestParams }> =>
    askRow(scenario, row, {
      policy: QUORUM,
      maxGasPrice: 0n,
      stake: ETHER / 10n,
      bond: ETHER / 100n,
      verificationGas: 0,
      lockDeadline: 2 ** 31,
      deadline: 2 ** 31 + 1,
      ...change,
    });

  /** Asks, and has the members open a round; its deadline leaves them the least time and an hour. */
  async function opened(
    row: number,
    policy = QUORUM,
  ): Promise<{ readonly id: RequestId; readonly round: Hex }> {
    const { time } = scenario.chain.connection.networkHelpers;
    const now = await time.latest();
    const times = { lockDeadline: now + 1_800, deadline: now + 7_200 };
    const { id, params } = await askPanel(row, { policy, ...times });
    await runAll(members, (deps) => openPanel(id, params, now, OPTIONS, deps));
    return { id, round: (await quorumOf(members[0]!).roundOf(id)) as Hex };
  }

  /** Lets each take its steps, in order, and the time pass where all wait; returns what each sent. */
  async function runAll(
    all: readonly RoundDeps[],
    step: (deps: RoundDeps) => Promise<DutyStep>,
    isDone: () => Promise<boolean> = () => Promise.resolve(false),
  ): Promise<readonly string[]> {
    const sent: string[] = [];
    for (let i = 0; i < 60; i++) {
      let until = Infinity;
      for (const deps of all) {
        const taken = await step(deps);
        if (taken.status === "sent") sent.push(taken.key);
        if (taken.status === "sent" || taken.status === "overtaken") until = 0;
        if (taken.status === "waiting") until = Math.min(until, taken.until);
        if (await isDone()) return sent;
      }
      if (until === Infinity) return sent;
      await travelTo(until);
    }
    return sent;
  }

  const statusOf = async (round: Hex): Promise<string | undefined> => {
    const [deps] = members;
    return (await readRound(round, deps!.courts.panels!, deps!))?.status;
  };
  const panelOf = async (round: Hex): Promise<readonly RoundDeps[]> => {
    const [deps] = members;
    const found = await readRound(round, deps!.courts.panels!, deps!);
    return found!.seats.map((seat) => members.find((it) => it.operator === seat.operator)!);
  };
  const drawn = async (row: number, policy = QUORUM) => {
    const { id, round } = await opened(row, policy);
    await runAll(
      members,
      (deps) => serveRound(round, OPTIONS, deps),
      async () => (await statusOf(round)) === "drawn",
    );
    return { id, round, panel: await panelOf(round) };
  };
  const serve = (round: Hex) => (deps: RoundDeps) => serveRound(round, OPTIONS, deps);
  const kinds = (sent: readonly string[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const key of sent) {
      const kind = key.slice(0, key.indexOf(":"));
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  };

  describe("given members that are all there", () => {
    it("draws, runs, answers and is paid, with no transaction twice", async () => {
      const { id, round } = await opened(0);

      const sent = await runAll(members, serve(round));

      expect(kinds(sent)).to.deep.equal({
        draw: 1,
        commit: 3,
        reveal: 3,
        conclude: 1,
        answer: 1,
        settle: 1,
      });
      const { requests } = members[0]!.contracts;
      expect(await requests.statusOf(id)).to.equal(FULFILLED);
      const panel = await panelOf(round);
      for (const deps of panel) {
        expect((await quorumOf(deps).creditOf(NATIVE_TOKEN, deps.operator)) > 0n).to.equal(true);
      }
    });
  });

  describe("given a member that never reveals", () => {
    it("answers without it, once its time is over, and it is slashed", async () => {
      const { id, round, panel } = await drawn(1);
      const [absent, ...others] = panel;
      const before = (await absent!.contracts.vault.stakeOf(absent!.operator)).own;
      await serveRound(round, OPTIONS, absent!); // it commits, and is not seen again

      await runAll(others, serve(round));

      const { requests, vault } = absent!.contracts;
      expect(await requests.statusOf(id)).to.equal(FULFILLED);
      const lost = before - (await vault.stakeOf(absent!.operator)).own;
      expect(lost).to.equal(ETHER / 20n);
    });
  });

  describe("given a member that crashed between commit and reveal", () => {
    it("reveals what it committed to, with a memory of nothing but its secret", async () => {
      const { round, panel } = await drawn(2);
      for (const deps of panel) await serveRound(round, OPTIONS, deps);
      const again = panel.map((deps) => ({
        ...deps,
        outputs: memoryBytes(),
        signLog: memorySignLog(),
      }));

      const sent = await runAll(again, serve(round));

      expect(kinds(sent)).to.deep.equal({ reveal: 3, conclude: 1, answer: 1, settle: 1 });
    });

    it("reveals nothing else, and says what is lost, where its secret is another", async () => {
      const { round, panel } = await drawn(3);
      for (const deps of panel) await serveRound(round, OPTIONS, deps);
      const [deps, other] = panel;

      const robbed = serveRound(round, OPTIONS, { ...deps!, secret: other!.secret });

      expect(await codeOfPromise(robbed)).to.equal("COMMITMENT_LOST");
      await runAll(panel, serve(round));
    });
  });

  describe("given another output on record for the round", () => {
    it("commits to no second one", async () => {
      const { round, panel } = await drawn(4);
      const signLog = memorySignLog();
      signLog.record(round as RequestId, hashOfWords([666n]));

      const refused = serveRound(round, OPTIONS, { ...panel[0]!, signLog });

      expect(await codeOfPromise(refused)).to.equal("EQUIVOCATION_REFUSED");
      await runAll(panel, serve(round));
    });
  });

  describe("given a member that copies another's commitment", () => {
    it("cannot open it, and is absent", async () => {
      const { round, panel } = await drawn(5);
      const [honest, copier, third] = panel;
      await serveRound(round, OPTIONS, honest!);
      const found = await readRound(round, honest!.courts.panels!, honest!);
      const { hash } = found!.own!;
      const seat = found!.seats.find((it) => it.operator === copier!.operator)!;
      await quorumOf(copier!).commit(round, seat.index, hash);
      await serveRound(round, OPTIONS, third!);

      expect(await codeOfPromise(serveRound(round, OPTIONS, copier!))).to.equal("COMMITMENT_LOST");
      const before = (await copier!.contracts.vault.stakeOf(copier!.operator)).own;
      await runAll([honest!, third!], serve(round));

      expect(await statusOf(round)).to.equal("concluded");
      const { own } = await copier!.contracts.vault.stakeOf(copier!.operator);
      expect(own < before).to.equal(true);
    });
  });

  describe("given runs that differ by less than the tolerance", () => {
    it("concludes with the median of all, and answers with it", async () => {
      const policy = allOf([requireQuorum(3, 3, 1)]);
      const { id, round, panel } = await drawn(6, policy);
      const [deviant, ...others] = panel;
      const off: RoundDeps = { ...deviant!, outputs: { ...memoryBytes(), load: () => nearby } };
      const elements = await scenario.served.model.run(rowOf(scenario.open, 6));
      const { output } = scenario.served.compiled;
      const [first = 0n, ...rest] = elements;
      const nearby = concat(packWords([first + 1n, ...rest], output).map(wordToHex)) as Hex;

      await runAll([off, ...others], serve(round));

      const { requests } = off.contracts;
      expect(await requests.statusOf(id)).to.equal(FULFILLED);
      const found = await readRound(round, off.courts.panels!, off);
      expect(found!.outputHash).to.equal(hashOfWords(packWords(elements, output)));
      expect(found!.seats.map(({ status }) => status)).to.deep.equal([
        "agreed",
        "agreed",
        "agreed",
      ]);
    });
  });

  describe("given a policy that asks for more than the panel's word", () => {
    it("proves in the quorum's name what the members agreed on", async () => {
      const { id, round } = await opened(2, allOf([requireQuorum(2, 3), requireZk("any")]));
      const sent = await runAll(members, serve(round));
      const { requests } = members[0]!.contracts;
      expect(await requests.statusOf(id)).to.equal(FULFILLED);
      expect(kinds(sent)).to.deep.include({ answer: 1, settle: 1 });
    });

    it("makes an answer final that stayed open to challenge, and shares its fee", async () => {
      const open = requireOptimistic(WINDOW, requireZk("any"));
      const { id, round } = await opened(3, allOf([requireQuorum(2, 3), open]));
      const sent = await runAll(members, serve(round));
      const { requests } = members[0]!.contracts;
      expect(await requests.statusOf(id)).to.equal(FULFILLED);
      expect(kinds(sent)).to.deep.include({ answer: 1, finalize: 1, settle: 1 });
    });

    it("defends it where it is challenged", async () => {
      const open = requireOptimistic(WINDOW, requireZk("any"));
      const { id, round } = await opened(4, allOf([requireQuorum(2, 3), open]));
      const isOpen = async (): Promise<boolean> =>
        (await members[0]!.contracts.requests.statusOf(id)) === PROVISIONAL;
      await runAll(members, serve(round), isOpen);
      const challenger = await dutiesOf(scenario, scenario.cast.applicants[0]);
      const { requests } = challenger.contracts;
      const { params, output } = await readAnswer(id, challenger);
      const encoded = encodeRequestParams(params);
      const value = params.bond;
      await challenger.courts.disputes.challenge(requests, id, encoded, [...output], { value });

      const sent = await runAll(members, serve(round));

      expect(await requests.statusOf(id)).to.equal(FULFILLED);
      expect(kinds(sent)).to.deep.equal({ answer: 1, settle: 1 });
    });
  });

  describe("given an answer that a panel judges", () => {
    const change = {
      policy: allOf([requireOptimisticByQuorum(WINDOW, 2, 3)]),
      stake: ETHER / 50n,
      bond: ETHER / 100n,
    };

    /** Has an applicant challenge an answer; returns the round that decides. */
    async function challengedRound(
      output: (right: readonly bigint[]) => readonly bigint[],
      row: number,
    ): Promise<{ readonly id: RequestId; readonly round: Hex }> {
      const { cast } = scenario;
      const { output: right } = await answerRow(scenario, cast.operator, row, change);
      const answer = await answerRow(scenario, cast.operator, row, {
        ...change,
        output: output(right),
      });
      const challenger = await dutiesOf(scenario, cast.applicants[0]);
      const { disputes } = challenger.courts;
      const { requests } = challenger.contracts;
      const encoded = encodeRequestParams(answer.params);
      const value = answer.params.bond;
      await disputes.challenge(requests, answer.id, encoded, [...answer.output], { value });
      const { round } = await disputes.disputeOf(requests, answer.id);
      return { id: answer.id, round: round as Hex };
    }

    for (const [what, output, status] of [
      ["right", (right: readonly bigint[]) => right, FULFILLED],
      ["wrong", wrong, OVERTURNED],
    ] as const) {
      it(`decides on one that is ${what}, and the operator has it concluded`, async () => {
        const { id, round } = await challengedRound(output, 6);
        await runAll(members, serve(round));
        expect(await statusOf(round)).to.equal("concluded");

        const deps = await dutiesOf(scenario, scenario.cast.operator);
        const options = { defends: deps.operator, rerunLimit: 0n };
        const { sent } = await drive(() => followAnswer(id, options, deps));

        expect(sent).to.deep.equal([`conclude:${id}`]);
        expect(await deps.contracts.requests.statusOf(id)).to.equal(status);
      });
    }

    describe("given a panel that failed", () => {
      it("asks no other by default, and one within the limit where it is told to", async () => {
        const { id, round } = await challengedRound((right) => right, 7);
        await runAll(members, serve(round), async () => (await statusOf(round)) === "drawn");
        const late = await readRound(round, members[0]!.courts.panels!, members[0]!);
        await travelTo(late!.deadline + 1);
        const deps = await dutiesOf(scenario, scenario.cast.operator);
        const options = { defends: deps.operator, rerunLimit: 0n };

        expect((await followAnswer(id, options, deps)).status).to.equal("waiting");
        const limit = { ...options, rerunLimit: change.bond };
        const { sent, end } = await drive(() => followAnswer(id, limit, deps));

        expect(sent).to.deep.equal([`rerun:${id}:${round}`]);
        expect(end.status).to.equal("waiting");
      });
    });
  });

  describe("given a round that does not pay", () => {
    const unpaid = { policy: QUORUM, minFee: 1n, maxFee: 1n };
    const asked = async () => {
      const now = await scenario.chain.connection.networkHelpers.time.latest();
      const times = { lockDeadline: now + 1_800, deadline: now + 7_200 };
      return { now, ...(await askPanel(0, { ...unpaid, ...times })) };
    };
    const over = { status: "over" };

    it("is not opened below the fee that its gas is worth", async () => {
      const { id, params, now } = await asked();
      const dear = { ...OPTIONS, minFee: 2n };
      expect(await openPanel(id, params, now, dear, members[1]!)).to.deep.equal(over);
    });

    it("is neither opened nor drawn by members that it does not pay on their terms", async () => {
      const { id, params, now } = await asked();
      const deps = members[1]!;
      const { requests } = deps.contracts;
      const client = (await requests.getAddress()).toLowerCase() as Hex;
      const { release } = params;
      const terms = { token: NATIVE_TOKEN, minFee: 1n, maxStake: ETHER, maxRounds: 8 };
      await drive(() => keepMembership({ client, release, terms }, deps));
      expect(await openPanel(id, params, now, OPTIONS, deps)).to.deep.equal(over);

      await quorumOf(deps).openFor(id, encodeRequestParams(params));
      const round = (await quorumOf(deps).roundOf(id)) as Hex;
      expect(await serveRound(round, OPTIONS, deps)).to.deep.equal(over);
    });
  });

  describe("given a request that no panel answers", () => {
    it("opens none", async () => {
      const { id, params } = await askRow(scenario, 0);
      const step = await openPanel(id, params, 0, OPTIONS, members[0]!);
      expect(step).to.deep.equal({ status: "over" });
      await scenario.chain.contracts.requests.cancel(id, encodeRequestParams(params));
    });
  });

  describe("given a member that leaves its pool", () => {
    it("has no place there, and leaving again sends nothing", async () => {
      const [deps] = members;
      const { requests } = deps!.contracts;
      const client = (await requests.getAddress()).toLowerCase() as Hex;
      const pool = { client, release: scenario.served.id };
      const { pools } = deps!.courts.panels!;
      const before = await pools.poolSizeOf(client, pool.release);
      const { sent, end } = await drive(() => leavePool(pool, deps!));
      expect(sent).to.have.length(1);
      expect(end.status).to.equal("over");
      expect(await pools.poolSizeOf(client, pool.release)).to.equal(before - 1n);
    });
  });
});
