import type { Interface, Log } from "ethers";
import { ZeroHash, id as hashOf } from "ethers";
import { expect } from "chai";
import type {
  HostileRequester,
  InferenceRequests,
  MockVouch,
} from "../../../offchain/protocol/typechain/index.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { optimistic } from "../../helpers/disputeScenario.ts";
import type { Params, Policy, Requirement } from "../../helpers/vouchScenario.ts";
import {
  CIRCUIT,
  GOOD,
  NOTHING,
  all,
  deployScenario,
  escrowOf,
  prove,
  release,
  sign,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const ACCEPT = 0n;
const REVERT = 1n;
/** Gas is measured on the one side and taken as bought on the other: without a price neither shows. */
const ASKED = { maxGasPrice: 0n, callbackGas: 200_000n, provisionalGas: 200_000n } as const;

/** The protocol, or the mock, with a requester of its own. */
type Side = {
  readonly requests: InferenceRequests | MockVouch;
  readonly releaseId: string;
  readonly requester: HostileRequester;
  readonly deliver: (id: string, terms: Params) => Promise<unknown>;
  readonly delay: (id: string, terms: Params) => Promise<unknown>;
  readonly overturn: (id: string, terms: Params) => Promise<unknown>;
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
  };

  const vouch: MockVouch = await ethers.deployContract("MockVouch");
  const circuits = await ethers.getContractAt("MockCircuits", await vouch.circuits());
  const circuit = await circuits.add.staticCall(CIRCUIT.input, CIRCUIT.output);
  await circuits.add(CIRCUIT.input, CIRCUIT.output);
  await circuits.markDevelopment(circuit);
  const models = await ethers.getContractAt("MockModels", await vouch.models());
  const published = release({ publisher: await vouch.PUBLISHER(), circuit });
  const releaseId = await models.publish.staticCall(published, "");
  await models.publish(published, "");
  const mock: Side = {
    requests: vouch,
    releaseId,
    requester: await ethers.deployContract("HostileRequester"),
    deliver: (id) => vouch["deliver(bytes32,uint256[])"](id, GOOD),
    delay: (id) => vouch.delay(id, GOOD),
    overturn: (id) => vouch.overturn(id),
  };
  return { ...scenario, real, mock };
}

/** Asks through the side's requester. */
async function ask(side: Side, terms: Params) {
  const call = side.requests.interface.encodeFunctionData("request", [terms]);
  await side.requester.execute(side.requests, call, { value: escrowOf(terms) });
  return side.requests.requestIdOf(side.requester, terms.nonce);
}

/** What a consumer can see of a side: its events in order, and what is stored in the end. */
async function traceOf(side: Side, terms: Params, act: (id: string) => Promise<unknown>) {
  const from = await ethers.provider.getBlockNumber();
  const id = await ask(side, terms);
  await act(id);
  const address = await side.requests.getAddress();
  const logs = await ethers.provider.getLogs({ address, fromBlock: from + 1 });
  const result = await side.requests.resultOf(id).catch(() => undefined);
  return {
    events: logs.map((log) => readable(side, log)),
    status: await side.requests.statusOf(id),
    finality: await side.requests.finalityOf(id),
    delivery: result?.delivery,
    assurance: result === undefined ? undefined : [...result.assurance],
    credit: await side.requests.creditOf(ethers.ZeroAddress, side.requester),
    heard: [await side.requester.deliveries(), await side.requester.epoch()],
    finalityHeard: await side.requester.finality(),
  };
}

/** An event without what differs by nature: ids, accounts, evidence. */
function readable(side: Side, log: Log): readonly unknown[] {
  const iface: Interface = side.requests.interface;
  const event = iface.parseLog(log)!; // all logs of this address are of this interface
  const own = new Set(["id", "release", "operator", "requester", "params", "evidence"]);
  const args = event.fragment.inputs.map(({ name }, i) =>
    own.has(name) ? name : plain(event.args[i]),
  );
  return [event.name, ...args];
}

function plain(value: unknown): unknown {
  return Array.isArray(value) ? value.map(plain) : value;
}

const deployed = () => networkHelpers.loadFixture(deploySides);
const either = (...anyOf: Requirement[]): Policy => ({ allOf: [{ anyOf }], minStake: 0n });
const WAITS = all(optimistic());

describe("MockVouch, beside InferenceRequests", () => {
  const story = async (
    policy: Policy,
    act: (side: Side, id: string, terms: Params) => Promise<unknown>,
  ) => {
    const scenario = await deployed();
    const traces = [];
    for (const side of [scenario.real, scenario.mock]) {
      const terms = await scenario.params({ ...ASKED, policy, release: side.releaseId, nonce: 7n });
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

/** The revert data that a failed call carries. */
function dataOf(error: unknown): string {
  const { data } = error as { readonly data?: string | { readonly data: string } };
  return typeof data === "object" ? data.data : (data ?? "0x");
}

async function errorNameOf(data: string): Promise<string | undefined> {
  for (const name of ["IInferenceRequests", "IEvidenceRouter", "Words"]) {
    const { interface: iface } = await ethers.getContractAt(name, ethers.ZeroAddress);
    const error = iface.parseError(data);
    if (error !== null) return error.name;
  }
  return undefined;
}
