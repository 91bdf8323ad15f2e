import type { Interface } from "ethers";
import { ZeroHash, id as hashOf } from "ethers";
import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import { byQuorum, optimistic } from "../../helpers/disputeScenario.ts";
import {
  ASKED,
  ask,
  dataOf,
  deployMock,
  errorNameOf,
  traceOf,
  type Side as Seen,
} from "../../helpers/mockSides.ts";
import { quorumOf } from "../../helpers/quorumScenario.ts";
import type { Params, Policy, Requirement } from "../../helpers/vouchScenario.ts";
import {
  ETHER,
  FEE,
  GOOD,
  NOTHING,
  all,
  deployScenario,
  escrowOf,
  prove,
  sign,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const ACCEPT = 0n;
const REVERT = 1n;
/** The protocol, or the mock, with what a test has happen there. */
type Side = Seen & {
  readonly deliver: (id: string, terms: Params) => Promise<unknown>;
  readonly delay: (id: string, terms: Params) => Promise<unknown>;
  readonly overturn: (id: string, terms: Params) => Promise<unknown>;
  readonly abandon: (id: string, terms: Params) => Promise<unknown>;
};

async function deploySides() {
  const scenario = await deployScenario();
  const { requests, operator, stranger, domain } = scenario;
  const disputes = await requests.disputes();
  await networkHelpers.impersonateAccount(disputes);
  await networkHelpers.setBalance(disputes, 10n ** 18n);
  const judge = await ethers.getSigner(disputes);
  const fulfil = async (id: string, terms: Params, evident: boolean) => {
    const claim = scenario.claim(id, terms);
    await requests.connect(operator).lock(id, terms);
    const signed = await sign(operator, domain, claim);
    const kinds = terms.policy.allOf.flatMap(({ anyOf }) => anyOf.map(({ kind }) => kind));
    const evidence = kinds.includes(4n) ? [signed, prove(domain, claim)] : [signed];
    await requests.connect(operator).fulfil(id, terms, GOOD, evident ? evidence : []);
  };
  const real: Side = {
    requests,
    releaseId: scenario.releaseId,
    requester: await ethers.deployContract("HostileRequester"),
    deliver: (id, terms) => fulfil(id, terms, true),
    delay: (id, terms) => fulfil(id, terms, false),
    overturn: async (id, terms) => {
      await requests.connect(judge).contest(id);
      await requests.connect(judge).resolve(id, terms, GOOD, false, stranger);
    },
    abandon: async (id, terms) => {
      await requests.connect(operator).lock(id, terms);
      await networkHelpers.time.increaseTo(terms.deadline + 1n);
      await requests.expire(id, terms);
    },
  };

  const mocked = await deployMock();
  const vouch = mocked.requests;
  const mock: Side = {
    ...mocked,
    deliver: (id) => vouch["deliver(bytes32,uint256[])"](id, GOOD),
    delay: (id) => vouch.delay(id, GOOD),
    overturn: (id) => vouch.overturn(id),
    abandon: (id) => vouch.abandon(id),
  };
  return { ...scenario, real, mock };
}

const deployed = () => networkHelpers.loadFixture(deploySides);
const either = (...anyOf: Requirement[]): Policy => ({ allOf: [{ anyOf }], minStake: 0n });
const WAITS = all(optimistic());

describe("MockVouch, beside InferenceRequests", () => {
  const story = async (
    policy: Policy,
    act: (side: Side, id: string, terms: Params) => Promise<unknown>,
    over: Partial<Params> = {},
  ) => {
    const scenario = await deployed();
    const traces = [];
    for (const side of [scenario.real, scenario.mock]) {
      const own = { policy, release: side.releaseId, nonce: 7n };
      const terms = await scenario.params({ ...ASKED, ...over, ...own });
      traces.push(await traceOf(side, terms, (id) => act(side, id, terms)));
    }
    return traces;
  };
  const finalize = async ({ requests }: Side, id: string, terms: Params) => {
    await networkHelpers.time.increaseTo((await requests.windowEndOf(id)) + 1n);
    await requests.finalize(id, terms, GOOD);
  };

  for (const [name, policy] of [
    ["a signature", all(signature)],
    ["a signature and a proof", all(signature, zk())],
    ["a signature, or time", either(signature, optimistic())],
  ] as const) {
    it(`tells the same story of an answer with ${name}`, async () => {
      const [real, mock] = await story(policy, (side, id, terms) => side.deliver(id, terms));
      expect(mock).to.deep.equal(real);
      expect(mock!.events.map(([event]) => event)).to.deep.equal([
        ...["InferenceRequested", "RequestLocked", "InferenceFulfilled", "RequestSettled"],
        "CallbackAttempted",
      ]);
    });
  }

  it("tells the same story of a callback that fails and is repeated", async () => {
    const [real, mock] = await story(all(signature), async (side, id, terms) => {
      await side.requester.misbehave(REVERT);
      await side.deliver(id, terms);
      await side.requester.misbehave(ACCEPT);
      await side.requests.redeliver(id, terms.release, terms.input, GOOD);
    });
    expect(mock).to.deep.equal(real);
    expect(mock!.events.slice(-2)).to.deep.equal([
      ["CallbackAttempted", "id", 1n, false],
      ["CallbackAttempted", "id", 1n, true],
    ]);
  });

  it("tells the same story of an answer that waits and stands", async () => {
    const [real, mock] = await story(WAITS, async (side, id, terms) => {
      await side.delay(id, terms);
      await finalize(side, id, terms);
    });
    expect(mock).to.deep.equal(real);
    expect(mock!.heard).to.deep.equal([2n, 2n]);
  });

  it("tells the same story of an answer that waits and is overturned", async () => {
    const [real, mock] = await story(WAITS, async (side, id, terms) => {
      await side.delay(id, terms);
      await side.overturn(id, terms);
    });
    expect(mock).to.deep.equal(real);
    expect(mock!.finalityHeard).to.equal(3n);
  });

  for (const [name, over, compensation] of [
    ["the fee, of a bond that covers it", {}, FEE],
    ["the fee and the cover", { cover: FEE, bond: ETHER / 2n }, 2n * FEE],
    ["the bond, which is less than the fee", { bond: 7n }, 7n],
    ["nothing, for there is no bond", { bond: 0n }, 0n],
  ] as const) {
    it(`compensates a requester whose operator is late: ${name}`, async () => {
      const act = (side: Side, id: string, terms: Params) => side.abandon(id, terms);
      const [real, mock] = await story(all(signature), act, over);
      expect(mock).to.deep.equal(real);
      expect(mock!.compensation).to.equal(compensation);
    });
  }

  it("compensates a requester whose answer fell, and rewards the challenger", async () => {
    for (const over of [{}, { cover: ETHER }, { stake: 3n, bond: 1n }]) {
      const overturned = async (side: Side, id: string, terms: Params) => {
        await side.delay(id, terms);
        await side.overturn(id, terms);
      };
      const [real, mock] = await story(WAITS, overturned, over);
      expect(mock).to.deep.equal(real);
      expect(Number(mock!.compensation)).to.be.greaterThan(0);
    }
  });

  it("pays a compensation out once, in the vault's asset", async () => {
    const scenario = await deployed();
    const to = hashOf("treasury").slice(0, 42);
    for (const side of [scenario.real, scenario.mock]) {
      const terms = await scenario.params({ ...ASKED, release: side.releaseId, nonce: 7n });
      await side.abandon(await ask(side, terms), terms);
      const vault = await ethers.getContractAt("IStakeVault", await side.requests.vault());
      const call = vault.interface.encodeFunctionData("withdrawCredit", [to]);
      await side.requester.execute(vault, call);
      const asset = await ethers.getContractAt("TokenPlain", await vault.asset());
      expect(await asset.balanceOf(to)).to.equal(FEE);
      const from = await side.requester.getAddress();
      const again = { to: await vault.getAddress(), from, data: call };
      const failed = await ethers.provider.call(again).catch(dataOf);
      expect(await errorNameOf(failed)).to.equal("CreditEmpty");
    }
  });

  it("tells the same story of a request that is taken back, or runs out", async () => {
    for (const method of ["cancel", "expire"] as const) {
      const [real, mock] = await story(all(signature), async (side, id, terms) => {
        if (method === "expire") await networkHelpers.time.increaseTo(terms.lockDeadline + 1n);
        const iface: Interface = side.requests.interface;
        const call = iface.encodeFunctionData(method, [id, terms]);
        await side.requester.execute(side.requests, call);
      });
      expect(mock, method).to.deep.equal(real);
    }
  });

  it("refuses what the protocol refuses, by the same errors", async () => {
    const { real, mock, params } = await deployed();
    for (const [name, over, reason] of [
      ["the same nonce", {}, "RequestNonceUsed"],
      ["a policy that demands nothing", { policy: NOTHING }, "PolicyEmpty"],
      ["a clause without alternatives", { policy: either() }, "PolicyClauseEmpty"],
      [
        "a set-up that nobody attested",
        { policy: all(zk(0n, hashOf("x"))) },
        "PolicyUnsatisfiable",
      ],
      ["a pinned development set-up", { policy: all(zk(1n, ZeroHash)) }, "PolicyUnsatisfiable"],
      [
        "a panel's evidence beside a smaller panel's judgement",
        { policy: all(quorumOf(3n, 4n), byQuorum()) },
        "PolicyJudgesConflict",
      ],
      ["words with unused bits", { input: [1n << 252n] }, "WordNotCanonical"],
      ["a word too many", { input: [1n, 1n] }, "WordCountInvalid"],
      [
        "too little stake",
        { policy: { ...all(signature), minStake: 1n << 70n } },
        "RequestStakeBelowPolicy",
      ],
      ["a bond above the stake", { bond: 1n << 79n }, "RequestBondInvalid"],
      ["time without a bond", { policy: WAITS, bond: 0n }, "RequestBondInvalid"],
      ["a fee that falls", { minFee: 1n << 80n }, "RequestFeeInvalid"],
      ["a deadline before the lock's", { deadline: 1n }, "RequestDeadlineInvalid"],
      ["a deadline too far away", { deadline: 1n << 39n }, "RequestDeadlineTooFar"],
      ["a callback too large", { callbackGas: 10_000_001n }, "CallbackGasTooHigh"],
    ] as const) {
      for (const side of [real, mock]) {
        const again = name === "the same nonce";
        const asked = await params({ ...ASKED, nonce: again ? 1n : 2n, release: side.releaseId });
        if (again) await ask(side, asked);
        const terms = { ...asked, ...over } as Params;
        const call = side.requests.interface.encodeFunctionData("request", [terms]);
        const to = await side.requests.getAddress();
        const from = await side.requester.getAddress();
        const value = escrowOf(terms);
        await networkHelpers.setBalance(from, value);
        const failed = await ethers.provider.call({ to, from, value, data: call }).catch(dataOf);
        expect(await errorNameOf(failed), `${name}, ${side === mock ? "mock" : "real"}`).to.equal(
          reason,
        );
      }
    }
  });
});

describe("MockVouch.constructor", () => {
  it("refuses a chain that is not a development node's", async () => {
    const { network } = await import("hardhat");
    const live = await network.create({ override: { chainId: 31_351 } });
    const vouch = await live.ethers.getContractFactory("MockVouch");
    await expect(vouch.deploy())
      .to.be.revertedWithCustomError(vouch, "MockOnLiveChain")
      .withArgs(31_351n);
  });

  it("is told from the protocol by its interface", async () => {
    const { mock, real } = await deployed();
    const kit = await ethers.getContractAt("IMockVouch", mock.requests);
    const marker = kit.interface.getFunction("isMockVouch").selector;
    expect(await mock.requests.supportsInterface(marker)).to.equal(true);
    expect(await real.requests.supportsInterface(marker)).to.equal(false);
  });
});
