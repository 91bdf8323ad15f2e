import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import {
  encodeRequestParams,
  inputCommitment,
  inputSalt,
  NATIVE_TOKEN,
  wordToHex,
} from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import type { AnswerOptions, KeptBytes, RoundDeps } from "@vouch/worker";
import {
  fileBytes,
  followAnswer,
  loadedReleases,
  loadRelease,
  memoryBytes,
  unloadRelease,
} from "@vouch/worker";
import { expect } from "chai";
import { deliverOpening } from "../../offchain/hardhat/tasks/deliverOpening.ts";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { openCreditScenario, rowOf } from "../helpers/creditScenario.ts";
import { codeOfPromise } from "../helpers/codeOf.ts";
import type { Answered } from "../helpers/dutyScenario.ts";
import { answerRow, drive, dutiesOf, dyingSend, wrong } from "../helpers/dutyScenario.ts";

const FULFILLED = 5n;
const OVERTURNED = 6n;

describe("followAnswer", function () {
  this.timeout(300_000);

  let scenario: CreditScenario;
  let deps: RoundDeps;
  let challenger: RoundDeps;
  let options: AnswerOptions;

  before(async () => {
    scenario = await openCreditScenario();
    deps = await dutiesOf(scenario, scenario.cast.operator);
    challenger = await dutiesOf(scenario, scenario.cast.applicants[0]);
    options = { defends: deps.operator, rerunLimit: 0n };
  });

  after(terminate);

  const answered = (row: number, output?: readonly bigint[]): Promise<Answered> =>
    answerRow(scenario, scenario.cast.operator, row, output === undefined ? {} : { output });
  const statusOf = ({ id }: Answered): Promise<bigint> => deps.contracts.requests.statusOf(id);
  const windowEndOf = async ({ id }: Answered): Promise<number> =>
    Number(await deps.contracts.requests.windowEndOf(id));
  const travelTo = (time: number): Promise<unknown> =>
    scenario.chain.connection.networkHelpers.time.increaseTo(time);
  const challenge = async ({ id, params, output }: Answered): Promise<void> => {
    const { disputes } = challenger.courts;
    const { requests } = challenger.contracts;
    const encoded = encodeRequestParams(params);
    await disputes.challenge(requests, id, encoded, [...output], { value: params.bond });
  };
  const challenged = async (row: number, output?: readonly bigint[]): Promise<Answered> => {
    const answer = await answered(row, output);
    await challenge(answer);
    return answer;
  };
  const decideByOf = async ({ id }: Answered): Promise<number> =>
    Number((await deps.courts.disputes.disputeOf(deps.contracts.requests, id)).decideBy);

  describe("given an answer that nobody challenged", () => {
    it("waits for the window's end, then makes it final and is paid", async () => {
      const answer = await answered(0);
      const end = await windowEndOf(answer);
      expect(await followAnswer(answer.id, options, deps)).to.deep.equal({
        status: "waiting",
        until: end + 1,
      });
      await travelTo(end + 1);
      const before = await deps.contracts.requests.creditOf(NATIVE_TOKEN, deps.operator);

      const { sent, end: last } = await drive(() => followAnswer(answer.id, options, deps));

      expect(sent).to.deep.equal([`finalize:${answer.id}`]);
      expect(last.status).to.equal("over");
      expect(await statusOf(answer)).to.equal(FULFILLED);
      expect(
        (await deps.contracts.requests.creditOf(NATIVE_TOKEN, deps.operator)) > before,
      ).to.equal(true);
    });

    it("leaves the answers of others alone", async () => {
      const other = scenario.cast.otherOperator;
      const answer = await answerRow(scenario, other, 0);
      await travelTo((await windowEndOf(answer)) + 1);
      expect(await followAnswer(answer.id, options, deps)).to.deep.equal({ status: "over" });
    });
  });

  describe("given a challenge in the last second of the window", () => {
    it("brings the proof, and the bond is the operator's", async () => {
      const answer = await answered(1);
      const end = await windowEndOf(answer);
      await travelTo(end - 1);
      expect(await followAnswer(answer.id, options, deps)).to.deep.equal({
        status: "waiting",
        until: end + 1,
      });
      await scenario.chain.connection.networkHelpers.time.setNextBlockTimestamp(end);
      await challenge(answer);
      const { disputes } = deps.courts;
      const before = await disputes.creditOf(NATIVE_TOKEN, deps.operator);

      const { sent, end: last } = await drive(() => followAnswer(answer.id, options, deps));

      expect(sent).to.deep.equal([`answer:${answer.id}`]);
      expect(last.status).to.equal("over");
      expect(await statusOf(answer)).to.equal(FULFILLED);
      const earned = (await disputes.creditOf(NATIVE_TOKEN, deps.operator)) - before;
      expect(earned).to.equal(answer.params.bond);
    });
  });

  describe("given a worker that was killed between proof and answer", () => {
    it("sends the kept proof, and proves no second time", async () => {
      const folder = mkdtempSync(join(tmpdir(), "vouch-"));
      const answer = await challenged(2);
      const dying = {
        ...deps,
        proofs: fileBytes(folder),
        send: dyingSend(deps.send, (key) => key.startsWith("answer:")),
      };
      const death: unknown = await followAnswer(answer.id, options, dying).catch(
        (error: unknown) => error,
      );
      expect(death).to.be.an("error");
      expect(readdirSync(folder)).to.have.length(1);

      // Who has no release cannot prove.
      const next = await dutiesOf(scenario, scenario.cast.operator, {
        proofs: fileBytes(folder),
        releases: loadedReleases(new Map()),
      });
      await drive(() => followAnswer(answer.id, options, next));

      expect(await statusOf(answer)).to.equal(FULFILLED);
    });
  });

  describe("given a committed input, and a kept proof that the disk damaged", () => {
    it("opens the input and proves anew", async () => {
      const { chain, closed } = scenario;
      const elements = rowOf(closed, 3);
      const secret: Hex = `0x${"5e".repeat(32)}`;
      const type = closed.prepared.compiled.input;
      const commitment = inputCommitment(inputSalt(secret), elements, type);
      const opening = { secret, input: elements };
      await deliverOpening(chain, wordToHex(commitment), opening);
      const asked = { release: closed.id, input: [commitment] };
      const answer = await answerRow(scenario, scenario.cast.operator, 3, asked);
      await challenge(answer);
      const served = await loadRelease(chain.home, closed.id, { cache: chain.home.cache });
      const proofs: KeptBytes = { ...memoryBytes(), load: () => `0x${"00".repeat(9 * 32)}` };
      const releases = loadedReleases(new Map([[closed.id, served]]));

      await drive(() => followAnswer(answer.id, options, { ...deps, proofs, releases }));

      expect(await statusOf(answer)).to.equal(FULFILLED);
      await unloadRelease(served);
    });
  });

  describe("given that somebody copied the proof and sent it first", () => {
    it("finds the dispute decided and sends nothing in vain", async () => {
      const answer = await challenged(4);
      const racing: RoundDeps = {
        ...deps,
        send: async (intent) => {
          const { to, data } = intent;
          await scenario.cast.underwriter.sendTransaction({ to, data });
          return deps.send(intent);
        },
      };

      const step = await followAnswer(answer.id, options, racing);

      expect(step).to.deep.include({ status: "overtaken", refusal: "DisputeStatusInvalid" });
      expect(await followAnswer(answer.id, options, deps)).to.deep.equal({ status: "over" });
      expect(await statusOf(answer)).to.equal(FULFILLED);
    });
  });

  describe("given an output that the release does not give", () => {
    it("says that it cannot be defended, and sends nothing", async () => {
      const right = await answered(5);
      const answer = await challenged(5, wrong(right.output));
      const none = { ...deps, send: () => Promise.reject(new Error("sent")) };
      expect(await codeOfPromise(followAnswer(answer.id, options, none))).to.equal(
        "ANSWER_INDEFENSIBLE",
      );
    });
  });

  describe("given a response whose time is over", () => {
    it("is the challenger's to end, from the second after", async () => {
      const answer = await challenged(6);
      const decideBy = await decideByOf(answer);
      const asChallenger = { defends: challenger.operator, rerunLimit: 0n };
      expect(await followAnswer(answer.id, asChallenger, challenger)).to.deep.equal({
        status: "waiting",
        until: decideBy + 1,
      });
      await travelTo(decideBy + 1);

      expect(await followAnswer(answer.id, options, deps)).to.deep.equal({ status: "over" });
      const { sent } = await drive(() => followAnswer(answer.id, asChallenger, challenger));

      expect(sent).to.deep.equal([`timeout:${answer.id}`]);
      expect(await statusOf(answer)).to.equal(OVERTURNED);
    });
  });
});
