import { expect } from "chai";
import { ZeroHash, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { CONCLUSION_PERIOD, RESPONSE_PERIOD, WINDOW } from "../../helpers/disputeScenario.ts";
import { byQuorum, optimistic } from "../../helpers/disputeScenario.ts";
import { external, pinOf } from "../../helpers/externalScenario.ts";
import { MINUTE, quorumOf } from "../../helpers/quorumScenario.ts";
import { publishSegments } from "../../helpers/segmentScenario.ts";
import {
  CIRCUIT,
  FEE,
  GOOD,
  NOTHING,
  TRUST,
  all,
  deployScenario,
  escrowOf,
  prove,
  release,
  sign,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";
import type { Policy, Release, Requirement, Scenario } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const NATIVE = ethers.ZeroAddress;
const ROUND = 35n * MINUTE;
/** Five blocks of twelve seconds: the seed's is the fourth, and a later one draws. */
const SOONEST_ROUND = 60n;
const tee: Requirement = { kind: 3n, params: 0n, pin: ZeroHash };

const either = (...anyOf: Requirement[]): Policy => ({ allOf: [{ anyOf }], minStake: 0n });

async function deployed() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { quotes, models, publisher, releaseId } = scenario;
  const quote = (policy: Policy, of: string = releaseId, token: string = NATIVE) =>
    quotes.quote(of, policy, token, 1, 1);
  const only = async (requirement: Requirement, of: string = releaseId) => {
    const [clause] = await quote(all(requirement), of);
    return clause![0]!; // one clause of one alternative
  };
  const publish = async (overrides: Partial<Release>): Promise<string> => {
    const published = release({ publisher: publisher.address, version: "other", ...overrides });
    const other = await models.publish.staticCall(published, "");
    await models.publish(published, "");
    return other;
  };
  return { ...scenario, quote, only, publish };
}

/** Settles a request for `fee`; an answer that is open to challenge stands its window. */
async function settle(scenario: Scenario, policy: Policy, fee: bigint): Promise<void> {
  const { requests, requester, operator, domain, params, claim } = scenario;
  const terms = await params({ policy, minFee: fee, maxFee: fee });
  await requests.connect(requester).request(terms, { value: escrowOf(terms) });
  const asked = await requests.requestIdOf(requester, terms.nonce);
  await requests.connect(operator).lock(asked, terms);
  const statement = claim(asked, terms);
  const kinds = policy.allOf.map(({ anyOf }) => anyOf[0]?.kind);
  const evidence = [
    ...(kinds.includes(4n) ? [prove(domain, statement)] : []),
    ...(kinds.includes(0n) ? [await sign(operator, domain, statement)] : []),
  ];
  await requests.connect(operator).fulfil(asked, terms, GOOD, evidence);
  if (!kinds.includes(2n)) return;
  await networkHelpers.time.increaseTo((await requests.windowEndOf(asked)) + 1n);
  await requests.finalize(asked, terms, GOOD);
}

describe("PolicyQuotes.quote", () => {
  describe("time", () => {
    for (const [name, requirement, least, most] of [
      ["a signature is final at once", signature, 0n, 0n],
      ["a proof is final at once", zk(), 0n, 0n],
      ["a panel's phases take their time", quorumOf(2n, 3n), SOONEST_ROUND, ROUND],
      [
        "a window passes, and a proof may take its time after it",
        optimistic(),
        WINDOW + 1n,
        WINDOW + RESPONSE_PERIOD,
      ],
      [
        "a window passes, and panels may take their time after it",
        byQuorum(),
        WINDOW + 1n,
        WINDOW + RESPONSE_PERIOD + CONCLUSION_PERIOD,
      ],
    ] as const) {
      it(name, async () => {
        const { only } = await deployed();
        const { possible, leastSeconds, mostSeconds } = await only(requirement);
        expect([possible, leastSeconds, mostSeconds]).to.deep.equal([true, least, most]);
      });
    }

    it("counts a panel's phases as the quorum has them", async () => {
      const { quorum } = await deployed();
      const phases = await Promise.all([
        quorum.DRAW_PERIOD(),
        quorum.COMMIT_PERIOD(),
        quorum.REVEAL_PERIOD(),
        quorum.CONCLUDE_PERIOD(),
      ]);
      expect(phases.reduce((sum, it) => sum + it)).to.equal(ROUND);
    });
  });

  describe("gas", () => {
    it("orders signature, window, proof, and panels by their size", async () => {
      const { quote } = await deployed();
      const [clause] = await quote(
        either(signature, optimistic(), zk(), quorumOf(2n, 3n), quorumOf(3n, 5n)),
      );
      const gas = clause!.map((it) => it.gas); // one clause
      expect(gas).to.deep.equal([...gas].sort((a, b) => (a < b ? -1 : 1)));
      expect(gas[0]).to.be.above(21_000n);
    });

    it("grows with segments, members, tolerance and words", async () => {
      const scenario = await deployed();
      const { quotes, only, publisher, releaseId } = scenario;
      const { releaseId: segmented } = await publishSegments(scenario, publisher, "three");
      expect((await only(zk(), segmented)).gas).to.be.above((await only(zk())).gas);
      const panel = await only(quorumOf(2n, 3n));
      expect((await only(quorumOf(3n, 5n))).gas).to.be.above(panel.gas);
      expect((await only(quorumOf(2n, 3n, 1n))).gas).to.be.above(panel.gas);
      for (const requirement of [signature, zk(), optimistic(), quorumOf(2n, 3n)]) {
        const policy = all(requirement);
        const gas = async (inputs: number, outputs: number): Promise<bigint> => {
          return (await quotes.quote(releaseId, policy, NATIVE, inputs, outputs))[0]![0]!.gas;
        };
        expect(await gas(2, 1)).to.be.above(await gas(1, 1));
        expect(await gas(1, 2)).to.be.above(await gas(1, 1));
      }
    });
  });

  describe("what is possible", () => {
    it("follows the class of the circuit's set-up", async () => {
      const { only, publish, circuits, circuitId } = await deployed();
      expect((await only(zk(TRUST.any))).possible).to.equal(true);
      expect((await only(zk(TRUST.pinned, circuitId))).possible).to.equal(false);
      const other = { ...CIRCUIT, setup: 0n };
      const pinned = await circuits.register.staticCall(other);
      await circuits.register(other);
      const unverified = await publish({ circuit: pinned });
      expect((await only(zk(TRUST.pinned, pinned), unverified)).possible).to.equal(true);
      expect((await only(zk(TRUST.pinned, circuitId), unverified)).possible).to.equal(false);
    });

    for (const [name, requirement] of [
      ["evidence of an enclave", tee],
      ["a signature with a parameter", { ...signature, params: 1n }],
      ["a minority", quorumOf(2n, 4n)],
      ["a panel above MAX_PANEL", quorumOf(9n, 17n)],
      ["a window that no stake outlasts", optimistic(6n * 86_400n)],
      ["no window", optimistic(0n)],
    ] as const) {
      it(`is not ${name}, of which all else is zero`, async () => {
        const { only } = await deployed();
        expect(flat(await only(requirement))).to.deep.equal([false, 0n, 0n, 0n, 0n, 0n, 0n, 0n]);
      });
    }

    it("is a proof or a panel only where a release has a circuit, or bit-exact runs", async () => {
      const { only, publish } = await deployed();
      const bare = await publish({ weights: 0n, runtime: 1n });
      expect((await only(zk(), bare)).possible).to.equal(false);
      expect((await only(optimistic(), bare)).possible).to.equal(false);
      expect((await only(byQuorum(), bare)).possible).to.equal(false);
      expect((await only(signature, bare)).possible).to.equal(true);
    });

    it("has no gas where a verifier of the publisher's choice uses some", async () => {
      const { only, quotes, publish, external: programs, publisher } = await deployed();
      const other = await publish({ weights: 0n });
      const verifier = await (await ethers.deployContract("SP1VerifierMock")).getAddress();
      const program = { shape: 1n, verifier, program: id("program") };
      await programs.connect(publisher).declare(other, program);
      const proof = external(pinOf(program));
      const { possible, gas } = await only(proof, other);
      expect([possible, gas]).to.deep.equal([true, 0n]);

      const known = await quotes.cheapest(other, either(proof, quorumOf(2n, 3n)), 1, 1);
      expect([known.choices[0], known.gasKnown]).to.deep.equal([1n, true]);
      const unknown = await quotes.cheapest(other, all(proof, signature), 1, 1);
      expect(unknown.gasKnown).to.equal(false);
      expect(unknown.gas).to.equal((await only(signature, other)).gas);
      const twice = await quotes.cheapest(other, all(proof, proof), 1, 1);
      expect(twice.gasKnown).to.equal(false);
    });

    it("is no panel where the deployment has none", async () => {
      const { vault, models, circuits, signatures, groth16, releaseId } = await deployed();
      const router = await ethers.deployContract("EvidenceRouter", [
        models,
        circuits,
        [signatures, groth16],
      ]);
      const disputes = await ethers.deployContract("Disputes", [router, NATIVE]);
      const requests = await ethers.deployContract("InferenceRequests", [
        router,
        vault,
        models,
        circuits,
        signatures,
        disputes,
      ]);
      const quotes = await ethers.deployContract("PolicyQuotes", [requests]);
      const policy = all(signature, quorumOf(2n, 3n), byQuorum());
      const quoted = await quotes.quote(releaseId, policy, NATIVE, 1, 1);
      expect(quoted.map(([it]) => it!.possible)).to.deep.equal([true, false, false]);
    });
  });

  describe("given a release with a floor", () => {
    it("quotes the floor's clauses first, each alternative in its place", async () => {
      const { quote, only, publish, circuitId } = await deployed();
      const floored = await publish({ circuit: circuitId, floor: either(tee, zk()) });
      const clauses = await quote(all(signature, quorumOf(2n, 3n)), floored);
      expect(clauses.map((it) => it.map(({ possible }) => possible))).to.deep.equal([
        [false, true],
        [true],
        [true],
      ]);
      const gas = await Promise.all(
        [zk(), signature, quorumOf(2n, 3n)].map(async (it) => (await only(it)).gas),
      );
      expect(clauses.map((it) => it.at(-1)?.gas)).to.deep.equal(gas);
    });

    it("quotes the other clauses although the floor cannot be met", async () => {
      const { quote, quotes, router, publish, circuitId } = await deployed();
      const floored = await publish({ circuit: circuitId, floor: all(tee) });
      const clauses = await quote(all(signature), floored);
      expect(clauses.map((it) => it[0]?.possible)).to.deep.equal([false, true]);
      await expect(quotes.cheapest(floored, all(signature), 1, 1))
        .to.be.revertedWithCustomError(router, "PolicyUnsatisfiable")
        .withArgs(0n);
    });

    it("needs no clause beside the floor's", async () => {
      const { quote, publish, circuitId } = await deployed();
      const floored = await publish({ circuit: circuitId, floor: all(zk()) });
      expect(await quote(NOTHING, floored)).to.have.lengthOf(1);
    });
  });

  describe("fees", () => {
    it("has no sample where nothing has settled", async () => {
      const { only } = await deployed();
      const { ofRelease, ofAll } = await only(signature);
      expect([...ofRelease, ...ofAll]).to.deep.equal([0n, 0n, 0n, 0n]);
    });

    it("has the mean of answers with that kind of evidence, others beside it or not", async () => {
      const scenario = await deployed();
      const { only, quote, publish, circuitId, asset } = scenario;
      await settle(scenario, all(signature), FEE);
      await settle(scenario, all(signature), 2n * FEE);
      await settle(scenario, all(zk(), signature), 4n * FEE);
      const mean = (7n * FEE) / 3n;
      expect([...(await only(signature)).ofRelease]).to.deep.equal([3n, mean]);
      expect([...(await only(zk())).ofRelease]).to.deep.equal([1n, 4n * FEE]);
      expect([...(await only(quorumOf(2n, 3n))).ofAll]).to.deep.equal([0n, 0n]);

      const other = await publish({ circuit: circuitId });
      const { ofRelease, ofAll } = await only(signature, other);
      expect([...ofRelease, ...ofAll]).to.deep.equal([0n, 0n, 3n, mean]);

      const inToken = await quote(all(signature), other, await asset.getAddress());
      expect([...inToken[0]![0]!.ofAll]).to.deep.equal([0n, 0n]);
    });

    it("leaves out proofs of a set-up that the alternative refuses", async () => {
      const scenario = await deployed();
      const { only, publish, circuits } = scenario;
      await settle(scenario, all(zk()), FEE);
      const other = { ...CIRCUIT, setup: 0n };
      const pinned = await circuits.register.staticCall(other);
      await circuits.register(other);
      const unverified = await publish({ circuit: pinned });
      expect([...(await only(zk(), unverified)).ofAll]).to.deep.equal([1n, FEE]);
      const { ofAll } = await only(zk(TRUST.pinned, pinned), unverified);
      expect([...ofAll]).to.deep.equal([0n, 0n]);
    });

    it("tells windows that a proof would have ended from those that a panel would have", async () => {
      const scenario = await deployed();
      const { only } = scenario;
      await settle(scenario, all(optimistic()), FEE);
      await settle(scenario, all(byQuorum(), signature), 3n * FEE);
      expect([...(await only(optimistic(1n))).ofRelease]).to.deep.equal([1n, FEE]);
      expect([...(await only(byQuorum(1n))).ofRelease]).to.deep.equal([1n, 3n * FEE]);
      expect([...(await only(signature)).ofRelease]).to.deep.equal([1n, 3n * FEE]);
    });

    it("counts late answers, which are paid nothing", async () => {
      const scenario = await deployed();
      const { requests, requester, operator, domain, params, claim, only } = scenario;
      await settle(scenario, all(zk()), FEE);
      const terms = await params({ policy: all(zk()) });
      await requests.connect(requester).request(terms, { value: escrowOf(terms) });
      const asked = await requests.requestIdOf(requester, terms.nonce);
      await networkHelpers.time.increaseTo(terms.lockDeadline + 1n);
      await requests.expire(asked, terms);
      const evidence = [prove(domain, claim(asked, terms))];
      await requests.fulfilLate(asked, terms, operator, GOOD, evidence);
      expect([...(await only(zk())).ofRelease]).to.deep.equal([2n, FEE / 2n]);
    });
  });

  describe("when nothing can be quoted", () => {
    it("reverts with PolicyEmpty, PolicyClauseEmpty or ReleaseNotPublished", async () => {
      const { quote, quotes, router, models, releaseId } = await deployed();
      await expect(quote(NOTHING)).to.be.revertedWithCustomError(router, "PolicyEmpty");
      await expect(quotes.cheapest(releaseId, NOTHING, 1, 1)).to.be.revertedWithCustomError(
        router,
        "PolicyEmpty",
      );
      const hollow = { allOf: [...all(signature).allOf, { anyOf: [] }], minStake: 0n };
      await expect(quote(hollow))
        .to.be.revertedWithCustomError(router, "PolicyClauseEmpty")
        .withArgs(1n);
      await expect(quote(all(signature), id("nothing"))).to.be.revertedWithCustomError(
        models,
        "ReleaseNotPublished",
      );
    });
  });
});

describe("PolicyQuotes.cheapest", () => {
  const cheapest = async (policy: Policy) => {
    const { quotes, releaseId } = await deployed();
    return quotes.cheapest(releaseId, policy, 1, 1);
  };

  it("chooses for each clause the possible alternative with the least gas", async () => {
    const policy = {
      allOf: [{ anyOf: [zk(), signature] }, { anyOf: [tee, quorumOf(3n, 5n), quorumOf(2n, 3n)] }],
      minStake: 0n,
    };
    expect([...(await cheapest(policy)).choices]).to.deep.equal([1n, 2n]);
    expect([...(await cheapest(either(zk(), zk(), tee))).choices]).to.deep.equal([0n]);
  });

  it("counts what all answers take once", async () => {
    const gas = async (...demanded: Requirement[]): Promise<bigint> =>
      (await cheapest(all(...demanded))).gas;
    const proof = await gas(zk());
    const both = await gas(zk(), signature);
    expect(both - proof).to.be.within(1n, (await gas(signature)) - 21_000n);
    // Whatever is beside it, a signature adds the same.
    const window = await gas(zk(), optimistic());
    expect((await gas(zk(), optimistic(), signature)) - window).to.equal(both - proof);
  });

  it("counts one proof, one panel and one window, the dearest", async () => {
    expect((await cheapest(all(zk(), zk()))).gas).to.equal((await cheapest(all(zk()))).gas);
    const panels = await cheapest(all(quorumOf(2n, 3n), quorumOf(3n, 5n)));
    expect(panels.gas).to.equal((await cheapest(all(quorumOf(3n, 5n)))).gas);
    const windows = await cheapest(all(optimistic(), optimistic(2n * WINDOW)));
    expect(windows.gas).to.equal((await cheapest(all(optimistic()))).gas);
    expect(windows.leastSeconds).to.equal(2n * WINDOW + 1n);
  });

  it("takes the longest: a window opens with a panel's answer", async () => {
    const { leastSeconds, mostSeconds } = await cheapest(all(signature, zk(), quorumOf(2n, 3n)));
    expect([leastSeconds, mostSeconds]).to.deep.equal([SOONEST_ROUND, ROUND]);
    const mixed = await cheapest(all(quorumOf(2n, 3n), optimistic()));
    expect(mixed.leastSeconds).to.equal(SOONEST_ROUND + WINDOW + 1n);
    expect(mixed.mostSeconds).to.equal(ROUND + WINDOW + RESPONSE_PERIOD);
  });

  it("reverts with PolicyUnsatisfiable where a clause has no possible alternative", async () => {
    const { router, quotes, releaseId } = await deployed();
    await expect(quotes.cheapest(releaseId, all(signature, tee), 1, 1))
      .to.be.revertedWithCustomError(router, "PolicyUnsatisfiable")
      .withArgs(1n);
  });
});

/** All members of a quote, one after the other. */
function flat(quoted: Iterable<unknown>): unknown[] {
  return [...quoted].flatMap((it) => (Array.isArray(it) ? [...(it as unknown[])] : [it]));
}
