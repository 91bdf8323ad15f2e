import { expect } from "chai";
import { Interface, ZeroAddress, keccak256 } from "ethers";
import type { IInferenceRequests } from "../../../offchain/protocol/typechain/contracts/mocks/HostileRequests.ts";
import {
  DAY,
  DISPUTE,
  FINALITY,
  at,
  byQuorum,
  deployDisputes,
  optimistic,
} from "../../helpers/disputeScenario.ts";
import type { Answer, DisputeScenario } from "../../helpers/disputeScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import {
  BAD,
  ETHER,
  GOOD,
  TRUST,
  all,
  escrowOf,
  hashOfWords,
  prove,
  zk,
} from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployDisputes);
const ROUND = `0x${"00".repeat(31)}01`;

/** What the operator, the requester and the challenger have together, gas aside. */
async function wealth(scenario: DisputeScenario): Promise<bigint> {
  const { disputes, requests, vault, arbiter } = scenario;
  let sum = 0n;
  for (const it of [scenario.operator, scenario.requester, scenario.challenger]) {
    sum += await disputes.creditOf(ZeroAddress, it);
    sum += await requests.creditOf(ZeroAddress, it);
    sum += await vault.creditOf(it);
    sum += (await vault.stakeOf(it)).own;
    sum += await arbiter.refundOf(it);
  }
  return sum;
}

describe("Disputes, self-challenge", () => {
  // stake, cover, bond: from a stake that compensation may take whole to one that it hardly touches
  const terms = [
    [ETHER, ETHER, ETHER],
    [ETHER, ETHER / 2n, 1n],
    [ETHER, 0n, ETHER / 10n],
    [5n * ETHER, ETHER, 5n * ETHER],
  ] as const;
  const outcomes: Record<
    string,
    (scenario: DisputeScenario, answer: Answer, decideBy: bigint) => Promise<unknown>
  > = {
    "times out": async ({ disputes, requests }, { id, terms, output }, decideBy) => {
      await at(decideBy + 1n);
      await disputes.timeout(requests, id, terms, output);
    },
    "answers itself": ({ disputes, requests }, { id, terms, output, proof }) =>
      disputes.answer(requests, id, terms, output, proof),
    "is convicted by a panel": async ({ disputes, arbiter, requests }, { id, terms, output }) => {
      await arbiter.decide(ROUND, hashOfWords(BAD));
      await disputes.conclude(requests, id, terms, output);
    },
    "has the panel fail": async (
      { disputes, arbiter, requests },
      { id, terms, output },
      decideBy,
    ) => {
      await arbiter.fail(ROUND);
      await at(decideBy + 1n);
      await disputes.conclude(requests, id, terms, output);
    },
  };
  for (const [name, decide] of Object.entries(outcomes)) {
    for (const [stake, cover, bond] of terms) {
      it(`never pays who ${name}: stake ${String(stake)}, cover ${String(cover)}, bond ${String(bond)}`, async () => {
        const scenario = await deployed();
        const { disputes, requests } = scenario;
        const quorum = name.includes("panel");
        const before = await wealth(scenario);
        const answer = await scenario.answered({
          policy: all(quorum ? byQuorum() : optimistic()),
          overrides: { stake, cover, bond },
        });
        const spent = escrowOf(answer.terms) + bond;
        const decideBy = await scenario.challenged(answer);
        await decide(scenario, answer, decideBy);
        expect((await disputes.disputeOf(requests, answer.id)).status).to.be.at.least(
          DISPUTE.upheld,
        );
        expect(await wealth(scenario)).to.be.at.most(before + spent);
      });
    }
  }
});

describe("Disputes, a challenger that does no more", () => {
  it("neither shortens the window of its own answer nor loses by it", async () => {
    const { disputes, requests, answered, challenged, challenger } = await deployed();
    const answer = await answered({ output: BAD });
    const { id, terms, output } = answer;
    const decideBy = await challenged(answer);
    // Nothing that the challenger leaves undone makes the answer final: nobody can finalize it, then or later.
    for (const time of [answer.windowEnd + 1n, decideBy, decideBy + 1n]) {
      await at(time);
      await expect(requests.finalize(id, terms, output)).to.be.revertedWithCustomError(
        requests,
        "RequestStatusInvalid",
      );
    }
    await disputes.timeout(requests, id, terms, output);
    expect(await disputes.creditOf(ZeroAddress, challenger)).to.equal(terms.bond);
  });

  it("has no function to drop the challenge by", async () => {
    const { disputes } = await deployed();
    const names: string[] = [];
    disputes.interface.forEachFunction((it) => {
      if (it.stateMutability !== "view" && it.stateMutability !== "pure") names.push(it.name);
    });
    expect(names.sort()).to.deep.equal([
      "answer",
      "challenge",
      "conclude",
      "rerun",
      "timeout",
      "withdraw",
    ]);
  });
});

describe("Disputes, parties that refuse ether", () => {
  it("cannot hinder a decision: their credit waits, and goes where they say", async () => {
    const { disputes, requests, stranger, answered } = await deployed();
    const refuser = await ethers.deployContract("HostileRequester");
    const { id, terms, output } = await answered({ output: BAD });
    const target = await requests.getAddress();
    const call = disputes.interface.encodeFunctionData("challenge", [target, id, terms, output]);
    await refuser.execute(disputes, call, { value: terms.bond });
    await at((await disputes.disputeOf(requests, id)).decideBy + 1n);
    await disputes.timeout(requests, id, terms, output);
    expect(await disputes.creditOf(ZeroAddress, refuser)).to.equal(terms.bond);

    const withdraw = (to: string) =>
      refuser.execute(
        disputes,
        disputes.interface.encodeFunctionData("withdraw", [ZeroAddress, to]),
      );
    await expect(withdraw(await refuser.getAddress())).to.be.revertedWithCustomError(
      refuser,
      "CallFailed",
    );
    await expect(withdraw(stranger.address)).to.changeEtherBalance(ethers, stranger, terms.bond);
  });

  it("may be the operator", async () => {
    const { disputes, requests, vault, params, requester, challenger, domain, claim } =
      await deployed();
    const operator = await ethers.deployContract("HostileRequester");
    const run = async (to: { getAddress: () => Promise<string> }, data: string, value = 0n) => {
      await operator.execute(await to.getAddress(), data, { value });
    };
    await run(vault, vault.interface.encodeFunctionData("stake"), 2n * ETHER);
    const holder = await requests.getAddress();
    await run(vault, vault.interface.encodeFunctionData("authorise", [holder, true]));
    const terms = await params({ policy: all(optimistic()) });
    await requests.connect(requester).request(terms, { value: escrowOf(terms) });
    const id = await requests.requestIdOf(requester, terms.nonce);
    await run(requests, requests.interface.encodeFunctionData("lock", [id, terms]));
    await run(requests, requests.interface.encodeFunctionData("fulfil", [id, terms, GOOD, []]));
    await disputes.connect(challenger).challenge(requests, id, terms, GOOD, { value: terms.bond });
    const proof = prove(domain, claim(id, terms, GOOD, await operator.getAddress())).data;
    await disputes.answer(requests, id, terms, GOOD, proof);
    expect(await disputes.creditOf(ZeroAddress, operator)).to.equal(terms.bond);
  });
});

function fieldsOf(result: IInferenceRequests.ResultStructOutput): IInferenceRequests.ResultStruct {
  const { operator, finality, movedAt, delivery, statement } = result;
  const { kinds, flags, quorumK, quorumN, minTcb, tolerance, window, stakeAtRisk } =
    result.assurance;
  const assurance = { kinds, flags, quorumK, quorumN, minTcb, tolerance, window, stakeAtRisk };
  return { operator, finality, movedAt, delivery, statement, assurance };
}

describe("Disputes, a contract that poses as one of requests", () => {
  async function posed() {
    const scenario = await deployed();
    const { disputes, requests, answered, stranger } = scenario;
    const hostile = await ethers.deployContract("HostileRequests");
    // An honest dispute beside it, whose bond is what there is to steal.
    const honest = await answered();
    await scenario.challenged(honest);
    /** Has it give an answer out as one of its own. */
    const pose = async (answer: Answer): Promise<Answer> => {
      await hostile.answerWith(fieldsOf(await requests.resultOf(answer.id)));
      const { k, n } = await requests.judgeOf(answer.id);
      await hostile.judgeBy(k, n);
      return answer;
    };
    const own = await pose(await answered({ policy: all(byQuorum()) }));
    const challenge = (): Promise<unknown> =>
      disputes
        .connect(stranger)
        .challenge(hostile, own.id, own.terms, own.output, { value: own.terms.bond });
    return { ...scenario, hostile, honest, own, pose, challenge };
  }

  const reentries = {
    challenge: "DisputeStatusInvalid",
    rerun: "RoundNotFailed",
    conclude: "ResponsePeriodOpen",
    timeout: "DisputeStatusInvalid",
  } as const;
  for (const [name, error] of Object.entries(reentries)) {
    it(`gains nothing by re-entering ${name} while it is contested: ${error}`, async () => {
      const { disputes, hostile, honest, own, challenge } = await posed();
      const brought = [await hostile.getAddress(), own.id, own.terms, own.output] as const;
      const call = Interface.from(disputes.interface.fragments).encodeFunctionData(name, brought);
      const payable = name === "challenge" || name === "rerun";
      await hostile.reenter(call, { value: payable ? own.terms.bond : 0n });
      await challenge();
      expect(await hostile.reentered()).to.equal(false);
      const reason = disputes.interface.parseError(await hostile.reentrancyResult());
      expect(reason?.name).to.equal(error);
      expect((await disputes.disputeOf(hostile, own.id)).status).to.equal(DISPUTE.quorum);
      expect(await ethers.provider.getBalance(disputes)).to.equal(honest.terms.bond);
    });
  }

  it("is paid one bond, however often it re-enters the answer that resolves it", async () => {
    const { disputes, hostile, honest, stranger, operator, pose, answered } = await posed();
    const { id, terms, output, proof } = await pose(await answered());
    const brought = [await hostile.getAddress(), id, terms, output] as const;
    await disputes.connect(stranger).challenge(...brought, { value: terms.bond });
    await hostile.reenter(disputes.interface.encodeFunctionData("answer", [...brought, proof]));
    await disputes.answer(...brought, proof);
    const reason = disputes.interface.parseError(await hostile.reentrancyResult());
    expect(reason?.name).to.equal("DisputeStatusInvalid");
    expect(await disputes.creditOf(ZeroAddress, operator)).to.equal(terms.bond);
    expect(await ethers.provider.getBalance(disputes)).to.equal(honest.terms.bond + terms.bond);
  });

  it("decides its own dispute and nobody else's", async () => {
    const { disputes, arbiter, requests, hostile, honest, own, challenge } = await posed();
    await challenge();
    await arbiter.decide(ROUND, hashOfWords(own.output));
    await disputes.conclude(hostile, own.id, own.terms, own.output);
    expect((await disputes.disputeOf(hostile, own.id)).status).to.equal(DISPUTE.upheld);
    // The true request of the same id is untouched, and the honest bond is where it was.
    expect((await disputes.disputeOf(requests, own.id)).status).to.equal(0n);
    expect(await requests.finalityOf(own.id)).to.equal(FINALITY.provisional);
    expect(await ethers.provider.getBalance(disputes)).to.equal(honest.terms.bond);
    const { id, terms, output, proof } = honest;
    await disputes.answer(requests, id, terms, output, proof);
  });

  it("cannot lie about parameters or the operator later than when it is challenged", async () => {
    const { disputes, hostile, own, challenge, rival, requests } = await posed();
    await challenge();
    const result = fieldsOf(await requests.resultOf(own.id));
    await hostile.answerWith({ ...result, operator: rival.address, statement: keccak256("0x") });
    const dispute = await disputes.disputeOf(hostile, own.id);
    expect(dispute.operator).to.equal(result.operator);
    expect(dispute.commitment).to.equal(result.statement);
    await expect(
      disputes.rerun(hostile, own.id, { ...own.terms, bond: 0n }, own.output),
    ).to.be.revertedWithCustomError(disputes, "DisputeAnswerMismatch");
  });
});

describe("Disputes, windows that outlast the stake", () => {
  it("are passed over: a clause that offers no other is not met", async () => {
    const { requests, router, operator, requester, params } = await deployed();
    const policy = {
      allOf: [{ anyOf: [optimistic(30n * DAY), zk(TRUST.any)] }],
      minStake: 0n,
    };
    const terms = await params({ policy });
    await requests.connect(requester).request(terms, { value: escrowOf(terms) });
    const id = await requests.requestIdOf(requester, terms.nonce);
    await requests.connect(operator).lock(id, terms);
    await expect(
      requests.connect(operator).fulfil(id, terms, BAD, []),
    ).to.be.revertedWithCustomError(router, "PolicyNotMet");
  });
});
