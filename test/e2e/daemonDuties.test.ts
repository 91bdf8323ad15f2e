import type { Hex, RequestId } from "@vouch/protocol";
import { allOf, NATIVE_TOKEN, requireQuorum, requireSignature } from "@vouch/protocol";
import { chainTime } from "@vouch/sdk";
import { keepMembership, placeOf } from "@vouch/worker";
import { expect } from "chai";
import { ensureStake } from "../../offchain/hardhat/tasks/openWorker.ts";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { askRow, openCreditScenario } from "../helpers/creditScenario.ts";
import type { DaemonProcess, DaemonSite } from "../helpers/daemonProcess.ts";
import { openDaemonSite } from "../helpers/daemonProcess.ts";
import { answerRow, drive, dutiesOf, wrong } from "../helpers/dutyScenario.ts";
import { until } from "../helpers/until.ts";

const ETHER = 10n ** 18n;
const CHALLENGED = 4n;
const NONE = `0x${"00".repeat(32)}`;
const WAIT_MS = 90_000;

/** Duties that settings ask for, done by a worker that is a process. */
/** For the long run: what a minute of processes is for. */
const deepDescribe = process.env["VOUCH_DEEP"] === "1" ? describe : (): undefined => undefined;

deepDescribe("vouch-worker's duties", function () {
  this.timeout(600_000);

  let scenario: CreditScenario;
  let site: DaemonSite;
  let restore: () => Promise<void>;

  beforeEach(async () => {
    scenario = await openCreditScenario();
    const snapshot = await scenario.chain.connection.networkHelpers.takeSnapshot();
    restore = () => snapshot.restore();
    site = await openDaemonSite(scenario);
  });
  afterEach(async () => {
    await site.close();
    await restore();
  });

  /** Waits, while the chain's clock goes on by blocks. */
  async function untilSeen(
    what: string,
    worker: DaemonProcess,
    isSo: () => Promise<boolean>,
  ): Promise<void> {
    const look = async (): Promise<boolean> => {
      await scenario.chain.connection.networkHelpers.mine();
      return isSo();
    };
    await until(what, look, WAIT_MS).catch((cause: unknown) => {
      throw new Error(`${what}: ${worker.text().slice(-4_000)}`, { cause });
    });
  }

  it("challenges a wrong answer within the limits that are set, and nobody without them", async () => {
    const { chain, cast } = scenario;
    const { requests } = chain.contracts;
    await ensureStake(chain, cast.otherOperator, 5n * ETHER);
    const falsely = async (row: number): Promise<RequestId> => {
      const { output } = await answerRow(scenario, cast.otherOperator, row, { stake: ETHER / 10n });
      const answer = { stake: ETHER / 10n, output: wrong(output) };
      return (await answerRow(scenario, cast.otherOperator, row, answer)).id;
    };
    const left = await falsely(0);
    const idle = await site.start();
    const { id: answered } = await askRow(scenario, 1, { policy: allOf([requireSignature()]) });
    await untilSeen("it works", idle, async () => (await requests.statusOf(answered)) === 5n);
    expect(await idle.kill("SIGTERM")).to.equal(0);
    expect(await requests.statusOf(left)).to.not.equal(CHALLENGED);

    const settings = {
      VOUCH_DUTIES_WATCHTOWER_MAX_BOND: String(ETHER),
      VOUCH_DUTIES_WATCHTOWER_MIN_RETURN: "1",
    };
    const tower = await site.start(settings);
    const caught = await falsely(2);
    await untilSeen("the answer is challenged", tower, async () => {
      return (await requests.statusOf(caught)) === CHALLENGED;
    });
    const { disputes } = (await dutiesOf(scenario, cast.operator)).courts;
    const ofCaught = disputes.filters.AnswerChallenged(undefined, caught);
    const [challenge] = await disputes.queryFilter(ofCaught);
    expect(challenge?.args.challenger).to.equal(cast.operator.address);
    expect(await tower.kill("SIGTERM")).to.equal(0);
  });

  it("joins the pools that are set, has a panel drawn, and leaves a pool at a stake of zero", async () => {
    const { chain, cast, served } = scenario;
    const signers = (await chain.connection.ethers.getSigners()).slice(8, 12);
    const client = chain.deployment.inferenceRequests;
    const terms = { token: NATIVE_TOKEN, minFee: 0n, maxStake: ETHER, maxRounds: 8 };
    for (const signer of signers) {
      const deps = await dutiesOf(scenario, signer);
      await deps.contracts.vault.stake({ value: 2n * ETHER });
      await drive(() => keepMembership({ client, release: served.id, terms }, deps));
    }
    const own = await dutiesOf(scenario, cast.operator);
    await own.contracts.vault.stake({ value: 2n * ETHER });
    const panels = own.courts.panels!; // of every deployment here
    const pool = { client, release: served.id };
    const place = () => placeOf(cast.operator.address, pool, panels);

    const settings = {
      VOUCH_DUTIES_POOLS: `requests:${served.id}:${ETHER}:0:8`,
      VOUCH_DUTIES_PANEL_MIN_FEE: "1",
      VOUCH_DUTIES_TURN_SECONDS: "1",
      VOUCH_DUTIES_KEEP_SECONDS: "1",
    };
    const member = await site.start(settings);
    await untilSeen("it is a member", member, async () => (await place()) !== undefined);
    expect((await place())?.terms).to.deep.equal(terms);

    const now = await chainTime(chain.connection.ethers.provider);
    const { id } = await askRow(scenario, 3, {
      policy: allOf([requireQuorum(2, 3)]),
      ...{ maxGasPrice: 0n, verificationGas: 0, stake: ETHER / 10n, bond: ETHER / 100n },
      ...{ lockDeadline: now + 3_600, deadline: now + 10_800 },
    });
    await untilSeen("a round is open", member, async () => {
      return (await panels.quorum.roundOf(id)) !== NONE;
    });
    const [opened] = await panels.quorum.queryFilter(panels.quorum.filters.RoundOpened());
    const { from } = await opened!.getTransaction(); // it was waited for
    expect(from).to.equal(cast.operator.address);
    expect(await member.kill("SIGTERM")).to.equal(0);

    const leaving = await site.start({
      VOUCH_DUTIES_POOLS: `requests:${served.id}:0`,
      VOUCH_DUTIES_KEEP_SECONDS: "1",
    });
    await untilSeen("it has left", leaving, async () => (await place()) === undefined);
    expect(await leaving.kill("SIGTERM")).to.equal(0);
  });

  it("fetches what it is owed in a token that it accepts", async () => {
    const { chain, cast } = scenario;
    const token = await chain.connection.ethers.deployContract("TokenPlain");
    const address = (await token.getAddress()).toLowerCase() as Hex;
    const [requester] = await chain.connection.ethers.getSigners();
    await token.mint(requester!.address, ETHER); // Hardhat has twenty accounts
    await token.approve(chain.deployment.inferenceRequests, ETHER);

    const settings = { VOUCH_ACCEPT_TOKENS: `${address}:1000`, VOUCH_DUTIES_KEEP_SECONDS: "1" };
    const worker = await site.start(settings);
    await askRow(scenario, 4, {
      policy: allOf([requireSignature()]),
      ...{ token: address, maxGasPrice: 1n, minFee: 5_000n, maxFee: 5_000n },
    });
    await untilSeen("it has been paid", worker, async () => {
      return (await token.balanceOf(cast.operator.address)) > 0n;
    });
    expect(await worker.kill("SIGTERM")).to.equal(0);
  });

  it("refuses to join a pool of a release that it does not serve", async () => {
    const settings = { VOUCH_DUTIES_POOLS: `requests:0x${"0d".repeat(32)}:1` };
    const { code, text } = await site.command(["run"], settings);
    expect(code).to.equal(1);
    expect(text).to.match(/^CONFIG_INVALID: duties.pools/m);
  });
});
