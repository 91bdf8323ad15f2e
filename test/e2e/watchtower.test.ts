import type { Hex, RequestId } from "@vouch/protocol";
import { encodeRequestParams, NATIVE_TOKEN } from "@vouch/protocol";
import type { IntegerModel } from "@vouch/execution";
import type { ChallengeOptions, ClaimOptions, RoundDeps } from "@vouch/worker";
import {
  challengeWrong,
  claimFees,
  createStakeKeeper,
  followAnswer,
  loadedReleases,
} from "@vouch/worker";
import { expect } from "chai";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { openCreditScenario } from "../helpers/creditScenario.ts";
import { ensureStake } from "../../offchain/hardhat/tasks/openWorker.ts";
import { codeOfPromise } from "../helpers/codeOf.ts";
import type { Answered } from "../helpers/dutyScenario.ts";
import { answerRow, drive, dutiesOf, wrong } from "../helpers/dutyScenario.ts";

const ETHER = 10n ** 18n;
const DAY = 86_400;
const OVERTURNED = 6n;
const OPTIONS: ChallengeOptions = { maxBond: ETHER, maxOutstanding: ETHER, minReturn: 1n };

describe("challengeWrong", function () {
  this.timeout(300_000);

  let scenario: CreditScenario;
  let deps: RoundDeps;
  let claims: ClaimOptions;
  let to: Hex;

  before(async () => {
    scenario = await openCreditScenario();
    await ensureStake(scenario.chain, other(), 5n * ETHER);
    deps = await dutiesOf(scenario, scenario.cast.underwriter);
    const accounts = await scenario.chain.connection.ethers.getSigners();
    to = accounts[15]!.address.toLowerCase() as Hex;
    claims = { to, minGasMultiple: 10n, tokens: new Map(), everySeconds: DAY };
  });

  const other = (): CreditScenario["cast"]["operator"] => scenario.cast.otherOperator;
  const stake = ETHER / 10n;
  const right = (row: number): Promise<Answered> => answerRow(scenario, other(), row, { stake });
  const falsely = async (row: number, change = {}): Promise<Answered> => {
    const { output } = await right(row);
    return answerRow(scenario, other(), row, { stake, ...change, output: wrong(output) });
  };
  const disputeOf = (id: RequestId) => deps.courts.disputes.disputeOf(deps.contracts.requests, id);
  const travelTo = (time: number): Promise<unknown> =>
    scenario.chain.connection.networkHelpers.time.increaseTo(time);

  it("leaves a right answer alone", async () => {
    const { id } = await right(0);
    expect(await challengeWrong(id, OPTIONS, deps)).to.deep.equal({ status: "over" });
    expect((await disputeOf(id)).status).to.equal(0n);
  });

  it("leaves its own alone", async () => {
    const { id } = await falsely(1);
    const own = await dutiesOf(scenario, other());
    expect(await challengeWrong(id, OPTIONS, own)).to.deep.equal({ status: "over" });
  });

  describe("given a wrong answer", () => {
    it("challenges it once, has the operator slashed, and fetches reward and bond", async () => {
      const { id, params } = await falsely(2);
      const { vault } = deps.contracts;
      const before = (await vault.stakeOf(other().address)).own;

      const { sent } = await drive(() => challengeWrong(id, OPTIONS, deps));
      expect(sent).to.deep.equal([`challenge:${id}`]);
      const { decideBy, challenger } = await disputeOf(id);
      expect(challenger.toLowerCase()).to.equal(deps.operator);
      await travelTo(Number(decideBy) + 1);
      await drive(() => followAnswer(id, { defends: deps.operator, rerunLimit: 0n }, deps));

      expect(await deps.contracts.requests.statusOf(id)).to.equal(OVERTURNED);
      expect(before - (await vault.stakeOf(other().address)).own).to.equal(params.stake);
      const reward = await vault.creditOf(deps.operator);
      expect(reward).to.equal((params.stake - params.maxFee) / 2n);

      const fetched = await claimFees(claims, deps);

      expect(fetched.map(({ from, amount }) => [from, amount])).to.deep.equal([
        ["disputes", params.bond],
        ["vault", reward],
      ]);
      expect(await vault.creditOf(deps.operator)).to.equal(0n);
      expect(await deps.courts.disputes.creditOf(NATIVE_TOKEN, deps.operator)).to.equal(0n);
      expect(await claimFees(claims, deps)).to.deep.equal([]);
    });

    for (const [what, options] of [
      ["its bond is above the limit", { ...OPTIONS, maxBond: 1n }],
      ["bonds in other challenges leave no room", { ...OPTIONS, maxOutstanding: 1n }],
      ["its reward is not worth it", { ...OPTIONS, minReturn: ETHER }],
    ] as const) {
      it(`leaves it where ${what}`, async () => {
        const { id } = await falsely(3);
        expect(await challengeWrong(id, options, deps)).to.deep.equal({ status: "over" });
        expect((await disputeOf(id)).status).to.equal(0n);
      });
    }

    it("counts bonds that are out, until they are decided", async () => {
      const { id, params } = await falsely(4);
      const options = { ...OPTIONS, maxOutstanding: params.bond };
      await drive(() => challengeWrong(id, options, deps));
      const second = await falsely(4);
      expect(await challengeWrong(second.id, options, deps)).to.deep.equal({ status: "over" });
      expect((await disputeOf(second.id)).status).to.equal(0n);
    });

    it("leaves it where another was faster", async () => {
      const { id, params, output } = await falsely(5);
      const { disputes } = (await dutiesOf(scenario, scenario.cast.applicants[0])).courts;
      const encoded = encodeRequestParams(params);
      const { requests } = deps.contracts;
      const value = params.bond;
      const racing: RoundDeps = {
        ...deps,
        send: async (intent) => {
          await disputes.challenge(requests, id, encoded, [...output], { value });
          return deps.send(intent);
        },
      };
      const step = await challengeWrong(id, OPTIONS, racing);
      expect(step).to.deep.include({ status: "overtaken", refusal: "DisputeStatusInvalid" });
      expect(await challengeWrong(id, OPTIONS, deps)).to.deep.equal({ status: "over" });
    });

    it("leaves it in the last second of its window: a transaction would come too late", async () => {
      const { id } = await falsely(6);
      await travelTo(Number(await deps.contracts.requests.windowEndOf(id)));
      expect(await challengeWrong(id, OPTIONS, deps)).to.deep.equal({ status: "over" });
    });
  });

  describe("given a model that the reference interpreter contradicts", () => {
    it("challenges nobody", async () => {
      const { id } = await right(7);
      const model: IntegerModel = {
        ...scenario.served.model,
        run: async (input) => wrong(await scenario.served.model.run(input)),
      };
      const served = { ...scenario.served, model };
      const releases = loadedReleases(new Map([[served.id, served]]));
      const broken = challengeWrong(id, OPTIONS, { ...deps, releases });
      expect(await codeOfPromise(broken)).to.equal("RUNS_DISAGREE");
    });
  });
});

describe("claimFees", function () {
  this.timeout(300_000);

  it("leaves what is not worth its gas, and what it fetched in the same period", async () => {
    const scenario = await openCreditScenario();
    const { otherOperator } = scenario.cast;
    await ensureStake(scenario.chain, otherOperator, ETHER);
    const deps = await dutiesOf(scenario, otherOperator);
    const { requests } = deps.contracts;
    const finalised = async (row: number): Promise<void> => {
      const { id } = await answerRow(scenario, otherOperator, row);
      const { time } = scenario.chain.connection.networkHelpers;
      await time.increaseTo((await requests.windowEndOf(id)) + 1n);
      await drive(() => followAnswer(id, { defends: deps.operator, rerunLimit: 0n }, deps));
    };
    await finalised(0);
    const amount = await requests.creditOf(NATIVE_TOKEN, deps.operator);
    const options: ClaimOptions = {
      to: deps.operator,
      minGasMultiple: ETHER,
      tokens: new Map(),
      everySeconds: 1_000 * DAY,
    };
    expect(await claimFees(options, deps)).to.deep.equal([]);

    const payer = scenario.chain.deployment.inferenceRequests; // takes no plain ether
    const unpayable = { ...options, minGasMultiple: 1n, to: payer };
    expect(await codeOfPromise(claimFees(unpayable, deps))).to.equal("CLAIMS_FAILED");

    const [claim] = await claimFees({ ...options, minGasMultiple: 1n }, deps);
    expect(claim).to.deep.include({ from: "requests", amount });

    // The key is the period's: what a sender did once, it does not again.
    await finalised(1);
    expect(await claimFees({ ...options, minGasMultiple: 1n }, deps)).to.deep.equal([]);
    expect((await requests.creditOf(NATIVE_TOKEN, deps.operator)) > 0n).to.equal(true);
    await claimFees({ ...options, minGasMultiple: 1n, everySeconds: DAY }, deps);
    expect(await requests.creditOf(NATIVE_TOKEN, deps.operator)).to.equal(0n);
  });
});

describe("createStakeKeeper", function () {
  this.timeout(300_000);

  it("frees the stake of final answers once it may, and reads each block once", async () => {
    const scenario = await openCreditScenario();
    const { otherOperator } = scenario.cast;
    await ensureStake(scenario.chain, otherOperator, ETHER);
    const deps = await dutiesOf(scenario, otherOperator);
    const { requests, vault } = deps.contracts;
    const { time } = scenario.chain.connection.networkHelpers;
    const { id } = await answerRow(scenario, otherOperator, 2);
    await time.increaseTo((await requests.windowEndOf(id)) + 1n);
    await drive(() => followAnswer(id, { defends: deps.operator, rerunLimit: 0n }, deps));
    const { movedAt } = await requests.resultOf(id);
    const freeAt = Number(movedAt + (await requests.LIABILITY_PERIOD()));
    const keeper = createStakeKeeper({ blockRange: 50, confirmations: 0 }, deps);
    const exposed = async (): Promise<bigint> =>
      (await vault.liabilityOf(deps.operator, requests, id)).own;

    expect((await drive(() => keeper.free())).end.status).to.equal("waiting");
    expect((await exposed()) > 0n).to.equal(true);
    await time.increaseTo(freeAt);
    const { sent } = await drive(() => keeper.free());

    expect(sent).to.have.length(1);
    expect(await exposed()).to.equal(0n);
  });
});
