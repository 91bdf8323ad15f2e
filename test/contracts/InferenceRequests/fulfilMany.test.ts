import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { optimistic } from "../../helpers/disputeScenario.ts";
import type { Claim, Evidence, Params, Scenario } from "../../helpers/vouchScenario.ts";
import {
  BAD,
  DEVELOPMENT_SETUP,
  ETHER,
  FEE,
  GOOD,
  UNATTESTED_SETUP,
  all,
  deployScenario,
  escrowOf,
  prove,
  sign,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const STATUS = { open: 1n, locked: 2n, fulfilled: 5n, expired: 8n } as const;
const DELIVERY = { delivered: 2n, failed: 3n } as const;
const ROYALTY = (FEE * 500n) / 10_000n;

type Fulfilment = {
  readonly id: string;
  readonly params: Params;
  readonly output: bigint[];
  readonly evidence: Evidence[];
};
type Change = (claim: Claim) => Promise<Partial<Fulfilment>> | Partial<Fulfilment>;

async function deployed() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { domain, operator, params, lock, claim } = scenario;
  /** The answer to a request that `operator` holds, proven unless said otherwise. */
  const answered = async (
    overrides: Partial<Params> = {},
    change: Change = () => ({}),
  ): Promise<Fulfilment> => {
    const terms = await params({ policy: all(zk()), ...overrides });
    const id = await lock(terms);
    return answerTo(scenario, id, terms, change);
  };
  const signed = async (): Promise<Fulfilment> =>
    answered({ policy: all(signature) }, async (statement) => ({
      evidence: [await sign(operator, domain, statement)],
    }));
  return { ...scenario, claim, answered, signed };
}

async function answerTo(
  { domain, claim }: Pick<Scenario, "domain" | "claim">,
  id: string,
  params: Params,
  change: Change = () => ({}),
): Promise<Fulfilment> {
  const statement = claim(id, params);
  const evidence = [prove(domain, statement)];
  return { id, params, output: GOOD, evidence, ...(await change(statement)) };
}

describe("InferenceRequests.fulfilMany", () => {
  describe("given locked requests whose evidence meets their policies", () => {
    it("settles each, and stores its assurance", async () => {
      const { requests, operator, answered, signed } = await deployed();
      const batch = [await answered(), await signed(), await answered()];
      expect(await requests.connect(operator).fulfilMany.staticCall(batch)).to.deep.equal([
        true,
        true,
        true,
      ]);
      await requests.connect(operator).fulfilMany(batch);
      const kinds = [];
      for (const { id, params } of batch) {
        expect(await requests.statusOf(id)).to.equal(STATUS.fulfilled);
        const assurance = await requests.assuranceOf(id);
        kinds.push([assurance.kinds, assurance.flags]);
        expect(assurance.stakeAtRisk).to.equal(params.stake);
      }
      const proven = [0b10000n, DEVELOPMENT_SETUP | UNATTESTED_SETUP];
      expect(kinds).to.deep.equal([proven, [0b1n, 0n], proven]);
    });

    it("stores the statement and emits the event that fulfil does", async () => {
      const { requests, router, operator, answered, claim } = await deployed();
      const batch = [await answered(), await answered()];
      const sent = await requests.connect(operator).fulfilMany(batch);
      for (const { id, params, output, evidence } of batch) {
        const statement = await router.statementOf({ ...claim(id, params), evidence });
        const [event] = await requests.queryFilter(
          requests.filters.InferenceFulfilled(id),
          sent.blockNumber!,
        );
        expect(event!.args.operator).to.equal(operator.address);
        expect(event!.args.output).to.deep.equal(output);
        expect(event!.args.evidence[0]!.data).to.equal(evidence[0]!.data);
        expect(event!.args.window).to.equal(0n);
        const stored = ethers.AbiCoder.defaultAbiCoder().encode(
          ["bytes32", "bytes32", "bytes32", "address", "bytes32", "bytes32"],
          [
            ethers.id(
              "Statement(bytes32 release,bytes32 request,address operator,bytes32 inputHash,bytes32 outputHash)",
            ),
            ...[statement.release, statement.request, statement.operator],
            ...[statement.inputHash, statement.outputHash],
          ],
        );
        expect((await requests.resultOf(id)).statement).to.equal(ethers.keccak256(stored));
      }
    });

    it("shares out exactly the escrows, and pays who locked, whoever sends it", async () => {
      const { requests, operator, publisher, requester, stranger, answered } = await deployed();
      const batch = [await answered(), await answered(), await answered()];
      await requests.connect(stranger).fulfilMany(batch);
      const credits = await Promise.all(
        [operator, publisher, requester].map((it) => requests.creditOf(ZeroAddress, it)),
      );
      const escrowed = batch.reduce((sum, { params }) => sum + escrowOf(params), 0n);
      expect(credits.reduce((sum, it) => sum + it)).to.equal(escrowed);
      expect(credits[1]).to.equal(3n * ROYALTY);
      expect(credits[0]).to.be.greaterThan(3n * (FEE - ROYALTY));
      expect(await requests.creditOf(ZeroAddress, stranger)).to.equal(0n);
    });

    it("counts each in the tallies", async () => {
      const { requests, releaseId, operator, answered } = await deployed();
      await requests.connect(operator).fulfilMany([await answered(), await answered()]);
      const flags = DEVELOPMENT_SETUP | UNATTESTED_SETUP;
      const tally = await requests.tallyOf(releaseId, ZeroAddress, 0b10000n, flags);
      expect([tally.results, tally.value]).to.deep.equal([2n, 2n * FEE]);
    });

    it("reimburses the gas of all of them to within a tenth", async () => {
      const { requests, operator, answered } = await deployed();
      const settle = async () => {
        const wide = { verificationGas: 1_000_000n, stake: ETHER / 10n, bond: ETHER / 100n };
        const batch = [];
        for (let i = 0; i < 8; i++) batch.push(await answered(wide));
        const before = await requests.creditOf(ZeroAddress, operator);
        const sent = await requests
          .connect(operator)
          .fulfilMany(batch, { gasPrice: 2n * 10n ** 9n });
        const { gasUsed } = (await sent.wait())!;
        const earned = (await requests.creditOf(ZeroAddress, operator)) - before;
        return Number(earned - 8n * (FEE - ROYALTY)) / 2e9 / Number(gasUsed);
      };
      await settle(); // opens the credit slots, which later settlements find open
      expect(await settle()).to.be.within(0.9, 1.1);
    });
  });

  describe("given one that is refused", () => {
    const refusals: Record<
      string,
      (it: Awaited<ReturnType<typeof deployed>>) => Promise<Fulfilment>
    > = {
      "a proof of another output": async ({ answered }) => answered({}, () => ({ output: BAD })),
      "no evidence": async ({ answered }) => answered({}, () => ({ evidence: [] })),
      "evidence that its policy does not accept": async ({ answered, operator, domain }) =>
        answered({}, async (statement) => ({
          evidence: [await sign(operator, domain, statement)],
        })),
      "words that are not canonical": async ({ answered, domain, operator }) =>
        answered({ policy: all(signature) }, async (statement) => {
          const output = [...GOOD, 0n];
          return { output, evidence: [await sign(operator, domain, { ...statement, output })] };
        }),
      "other parameters": async ({ answered }) => {
        const own = await answered();
        return { ...own, params: { ...own.params, maxFee: own.params.maxFee + 1n } };
      },
      "a request that nobody locked": async (it) => {
        const params = await it.params({ policy: all(zk()) });
        return answerTo(it, await it.ask(params), params);
      },
      "a request that is unknown": async (it) => {
        const params = await it.params({ policy: all(zk()) });
        return answerTo(it, ethers.id("nobody's"), params);
      },
      "an answer that its policy leaves open to challenge": async ({ answered }) =>
        answered({ policy: all(optimistic()) }),
      "the statement of a rival": async ({ answered, rival, domain }) =>
        answered({}, (statement) => ({
          evidence: [prove(domain, { ...statement, operator: rival.address })],
        })),
    };
    for (const [name, refused] of Object.entries(refusals)) {
      it(`names ${name}, and settles the others`, async () => {
        const scenario = await deployed();
        const { requests, operator, answered } = scenario;
        const bad = await refused(scenario);
        const before = await requests.statusOf(bad.id);
        const batch = [await answered(), bad, await answered()];
        const sent = requests.connect(operator).fulfilMany(batch);
        await expect(sent).to.emit(requests, "FulfilmentRefused").withArgs(bad.id);
        expect(await requests.statusOf(bad.id)).to.equal(before);
        for (const { id } of [batch[0]!, batch[2]!]) {
          expect(await requests.statusOf(id)).to.equal(STATUS.fulfilled);
        }
        const refusals = await requests.queryFilter(requests.filters.FulfilmentRefused());
        expect(refusals.map(({ args }) => args.id)).to.deep.equal([bad.id]);
      });
    }

    it("names one whose deadline has passed, to the second", async () => {
      const { requests, operator, answered } = await deployed();
      const early = await answered();
      const deadline = early.params.deadline + 100n;
      const [onTime, late] = [
        await answered({ deadline }),
        await answered({ deadline: deadline - 1n }),
      ];
      await networkHelpers.time.setNextBlockTimestamp(deadline);
      await requests.connect(operator).fulfilMany([onTime, late]);
      expect(await requests.statusOf(onTime.id)).to.equal(STATUS.fulfilled);
      expect(await requests.statusOf(late.id)).to.equal(STATUS.locked);
    });

    it("settles a request that comes twice once", async () => {
      const { requests, operator, answered } = await deployed();
      const own = await answered();
      expect(await requests.connect(operator).fulfilMany.staticCall([own, own])).to.deep.equal([
        true,
        false,
      ]);
      await requests.connect(operator).fulfilMany([own, own]);
      const credited = (
        await Promise.all(
          [operator, await ethers.provider.getSigner(0), await ethers.provider.getSigner(3)].map(
            async (it) => requests.creditOf(ZeroAddress, it),
          ),
        )
      ).reduce((sum, it) => sum + it);
      expect(credited).to.equal(escrowOf(own.params));
    });

    it("settles nothing where all are", async () => {
      const { requests, operator, answered } = await deployed();
      const batch = [
        await answered({}, () => ({ output: BAD })),
        await answered({}, () => ({ evidence: [] })),
      ];
      await requests.connect(operator).fulfilMany(batch);
      for (const { id } of batch) expect(await requests.statusOf(id)).to.equal(STATUS.locked);
      expect(await requests.creditOf(ZeroAddress, operator)).to.equal(0n);
    });
  });

  describe("given requesters with callbacks", () => {
    async function hostile() {
      const scenario = await deployed();
      const { requests, operator, params } = scenario;
      const requester = await ethers.deployContract("HostileRequester");
      const answered = async (): Promise<Fulfilment> => {
        const terms = await params({ policy: all(zk()), callbackGas: 1_500_000n });
        const id = await requests.requestIdOf(requester, terms.nonce);
        const call = requests.interface.encodeFunctionData("request", [terms]);
        await requester.execute(requests, call, { value: escrowOf(terms) });
        await requests.connect(operator).lock(id, terms);
        return answerTo(scenario, id, terms);
      };
      return { ...scenario, requester, calling: answered };
    }

    it("calls each back once, after all are settled", async () => {
      const { requests, requester, operator, calling, answered } = await hostile();
      const batch = [await calling(), await answered(), await calling()];
      // The first callback fulfils the last of them once more.
      const last = batch[2]!;
      const again = requests.interface.encodeFunctionData("fulfil", [
        ...([last.id, last.params, last.output, last.evidence] as const),
      ]);
      await requester.reenter(requests, again);
      await requests.connect(operator).fulfilMany(batch);
      expect(await requester.deliveries()).to.equal(2n);
      expect(await requester.reentered()).to.equal(false);
      const reason = requests.interface.parseError(await requester.reentrancyResult());
      expect(reason?.name).to.equal("RequestStatusInvalid");
      for (const { id } of [batch[0]!, last]) {
        expect((await requests.resultOf(id)).delivery).to.equal(DELIVERY.delivered);
      }
    });

    it("settles all where a callback reverts, which can be repeated", async () => {
      const { requests, requester, operator, calling, answered } = await hostile();
      const batch = [await calling(), await answered()];
      await requester.misbehave(1n);
      await requests.connect(operator).fulfilMany(batch);
      for (const { id } of batch) {
        expect(await requests.statusOf(id)).to.equal(STATUS.fulfilled);
      }
      const [first] = batch;
      expect((await requests.resultOf(first!.id)).delivery).to.equal(DELIVERY.failed);
      await requester.misbehave(0n);
      const { id, params, output } = first!;
      await requests.redeliver(id, params.release, params.input, output);
      expect(await requester.deliveries()).to.equal(1n);
    });

    it("calls back nobody whose answer was refused", async () => {
      const { requests, requester, operator, calling } = await hostile();
      const bad = { ...(await calling()), output: BAD };
      await requests.connect(operator).fulfilMany([bad]);
      expect(await requester.deliveries()).to.equal(0n);
    });
  });

  it("does nothing for an empty list", async () => {
    const { requests } = await deployed();
    expect(await requests.fulfilMany.staticCall([])).to.deep.equal([]);
    await expect(requests.fulfilMany([])).not.to.emit(requests, "FulfilmentRefused");
  });
});
