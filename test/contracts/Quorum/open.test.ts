import { expect } from "chai";
import { ZeroAddress, ZeroHash, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  FEE,
  MINUTE,
  STAKE,
  STATUS,
  deployQuorum,
  quorumOf,
  scenarioWith,
} from "../../helpers/quorumScenario.ts";
import { CIRCUIT, ETHER, all, hashOfWords, signature } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployQuorum);
const withoutCircuit = () => scenarioWith(null);
const withCommittedOutput = () =>
  scenarioWith({ ...CIRCUIT, output: { mode: 1n, elements: 1n, bits: 32n, isSigned: true } });

describe("Quorum.bind", () => {
  it("reverts with RequestsAlreadyBound a second time", async () => {
    const { quorum, requests } = await deployed();
    await expect(quorum.bind(requests))
      .to.be.revertedWithCustomError(quorum, "RequestsAlreadyBound")
      .withArgs(await requests.getAddress());
  });

  it("reverts with SenderNotBinder for anyone else", async () => {
    const { quorum, requests, stranger } = await deployed();
    await expect(quorum.connect(stranger).bind(requests)).to.be.revertedWithCustomError(
      quorum,
      "SenderNotBinder",
    );
  });

  it("reverts with RequestsForeign where the requests' router has another quorum", async () => {
    const { requests, vault, models, circuits, publisher } = await deployed();
    const other = await ethers.deployContract("Quorum", [
      vault,
      models,
      circuits,
      ETHER,
      publisher.address,
    ]);
    await expect(other.connect(publisher).bind(requests)).to.be.revertedWithCustomError(
      other,
      "RequestsForeign",
    );
  });
});

describe("Quorum.bind, of requests over another vault", () => {
  it("reverts with RequestsForeign", async () => {
    const { asset, vault, models, circuits, signatures, publisher } = await deployed();
    const other = await ethers.deployContract("StakeVault", [asset]);
    const quorum = await ethers.deployContract("Quorum", [
      vault,
      models,
      circuits,
      ETHER,
      publisher.address,
    ]);
    const router = await ethers.deployContract("EvidenceRouter", [models, circuits, [quorum]]);
    const over = (chosen: typeof vault) =>
      ethers.deployContract("InferenceRequests", [
        router,
        chosen,
        models,
        circuits,
        signatures,
        ZeroAddress,
      ]);
    const foreign = await over(other);
    await expect(quorum.connect(publisher).bind(foreign))
      .to.be.revertedWithCustomError(quorum, "RequestsForeign")
      .withArgs(await foreign.getAddress());
    const own = await over(vault);
    await expect(quorum.connect(publisher).bind(own))
      .to.emit(quorum, "RequestsBound")
      .withArgs(await own.getAddress());
  });
});

describe("Quorum's constructor", () => {
  it("reverts with ChainWithoutBeacon where randomness is no more than 64 bits", async () => {
    const { vault, models, circuits, quorum, publisher } = await deployed();
    const deploy = async (prevrandao: bigint) => {
      await networkHelpers.setPrevRandao(prevrandao);
      return ethers.deployContract("Quorum", [vault, models, circuits, ETHER, publisher.address]);
    };
    const most = 2n ** 64n - 1n;
    await expect(deploy(most))
      .to.be.revertedWithCustomError(quorum, "ChainWithoutBeacon")
      .withArgs(most);
    await (await deploy(most + 1n)).waitForDeployment();
  });
});

describe("Quorum.openFor", () => {
  it("locks the request for the panel and exposes nobody's stake yet", async () => {
    const { quorum, requests, params, open, members, vault } = await deployed();
    const { request, round } = await open(await params());
    expect(await requests.operatorOf(request)).to.equal(await quorum.getAddress());
    const record = await quorum.recordOf(round);
    expect(record.status).to.equal(STATUS.open);
    expect(record.poolSize).to.equal(BigInt(members.length));
    // The publisher's royalty is not the panel's.
    expect(record.fee).to.equal((FEE * 95n) / 100n);
    for (const member of members) {
      expect(await vault.exposureOf(member)).to.deep.equal([0n, 0n]);
    }
  });

  it("takes the strictest of all that policy and floor name", async () => {
    const { quorum, params, open } = await deployed();
    const policy = {
      allOf: [
        { anyOf: [quorumOf(2n, 3n, 9n), signature] },
        { anyOf: [quorumOf(3n, 5n, 100n)] },
        { anyOf: [quorumOf(4n, 7n, 7n)] },
      ],
      minStake: 0n,
    };
    const { round } = await open(await params(quorumOf(2n, 3n), { policy }));
    const { k, n, tolerance } = await quorum.recordOf(round);
    // 2/3 and 3/5 of 7 are 4.67 and 4.2, rounded up.
    expect([k, n, tolerance]).to.deep.equal([5n, 7n, 7n]);
  });

  it("reverts with QuorumNotDemanded where neither names one", async () => {
    const { quorum, params, ask } = await deployed();
    const wanted = await params(signature);
    await expect(quorum.openFor(await ask(wanted), wanted)).to.be.revertedWithCustomError(
      quorum,
      "QuorumNotDemanded",
    );
  });

  it("reverts with QuorumGasPriceNotZero where the request buys gas", async () => {
    const { quorum, params, ask } = await deployed();
    const wanted = await params(quorumOf(2n, 3n), { maxGasPrice: 1n });
    await expect(quorum.openFor(await ask(wanted), wanted)).to.be.revertedWithCustomError(
      quorum,
      "QuorumGasPriceNotZero",
    );
  });

  it("reverts with QuorumStakeTooLow where absence would cost less than the fee", async () => {
    const { quorum, params, ask } = await deployed();
    const least = await params(quorumOf(2n, 3n), { stake: 2n * FEE });
    await quorum.openFor(await ask(least), least);
    const wanted = await params(quorumOf(2n, 3n), { stake: 2n * FEE - 1n });
    await expect(quorum.openFor(await ask(wanted), wanted))
      .to.be.revertedWithCustomError(quorum, "QuorumStakeTooLow")
      .withArgs(FEE - 1n, FEE);
  });

  it("reverts with RoundDeadlineTooSoon where the phases do not fit before the deadline", async () => {
    const { quorum, params, ask } = await deployed();
    const now = BigInt(await networkHelpers.time.latest());
    const wanted = await params(quorumOf(2n, 3n), {
      lockDeadline: now + MINUTE,
      deadline: now + 35n * MINUTE,
    });
    await expect(quorum.openFor(await ask(wanted), wanted)).to.be.revertedWithCustomError(
      quorum,
      "RoundDeadlineTooSoon",
    );
  });

  it("reverts with QuorumPoolTooSmall for a panel larger than the pool", async () => {
    const { quorum, params, ask } = await deployed();
    const wanted = await params(quorumOf(8n, 13n));
    await expect(quorum.openFor(await ask(wanted), wanted))
      .to.be.revertedWithCustomError(quorum, "QuorumPoolTooSmall")
      .withArgs(12n, 13n);
  });

  it("reverts for parameters of another request, and for one that is locked", async () => {
    const { quorum, requests, params, ask, open } = await deployed();
    const wanted = await params();
    const request = await ask(wanted);
    await expect(
      quorum.openFor(request, { ...wanted, maxFee: FEE + 1n }),
    ).to.be.revertedWithCustomError(requests, "RequestParamsMismatch");
    const locked = await params();
    const { request: taken } = await open(locked);
    await expect(quorum.openFor(taken, locked)).to.be.revertedWithCustomError(
      requests,
      "RequestStatusInvalid",
    );
  });

  for (const [name, fixture] of [
    ["a committed output", withCommittedOutput],
    ["no circuit", withoutCircuit],
  ] as const) {
    it(`reverts with QuorumToleranceMeaningless for a release with ${name}`, async () => {
      const { quorum, params, ask } = await networkHelpers.loadFixture(fixture);
      const wanted = await params(quorumOf(2n, 3n, 1n));
      await expect(quorum.openFor(await ask(wanted), wanted)).to.be.revertedWithCustomError(
        quorum,
        "QuorumToleranceMeaningless",
      );
      const exact = await params(quorumOf(2n, 3n));
      await quorum.openFor(await ask(exact), exact);
    });
  }
});

describe("Quorum.openRound", () => {
  it("draws from the sender's own pool only", async () => {
    const { quorum, publisher, order } = await deployed();
    await expect(quorum.connect(publisher).openRound(await order()))
      .to.be.revertedWithCustomError(quorum, "QuorumPoolTooSmall")
      .withArgs(0n, 3n);
  });

  for (const [k, n] of [
    [0n, 0n],
    [1n, 2n],
    [4n, 3n],
    [9n, 17n],
  ] as const) {
    it(`reverts with QuorumInvalid for ${k} of ${n}`, async () => {
      const { quorum, stranger, order } = await deployed();
      await expect(quorum.connect(stranger).openRound(await order({ k, n })))
        .to.be.revertedWithCustomError(quorum, "QuorumInvalid")
        .withArgs(k, n);
    });
  }

  it("reverts with QuorumFeeTooHigh for a payment of more than 96 bits", async () => {
    const { quorum, stranger, order } = await deployed();
    const most = 2n ** 96n - 1n;
    await networkHelpers.setBalance(stranger.address, 4n * most);
    const send = async (value: bigint) =>
      quorum.connect(stranger).openRound(await order({ stake: 2n ** 80n - 1n }), { value });
    await expect(send(most + 1n))
      .to.be.revertedWithCustomError(quorum, "QuorumFeeTooHigh")
      .withArgs(most + 1n, most);
    await expect(send(most))
      .to.be.revertedWithCustomError(quorum, "QuorumStakeTooLow")
      .withArgs(2n ** 79n - 1n, most);
  });

  it("reverts with QuorumStakeTooLow where absence would cost nothing, though nothing is paid", async () => {
    const { quorum, order, openRound, stranger } = await deployed();
    await expect(quorum.connect(stranger).openRound(await order({ stake: 1n })))
      .to.be.revertedWithCustomError(quorum, "QuorumStakeTooLow")
      .withArgs(0n, 0n);
    await openRound(await order({ stake: 2n }), 0n);
  });

  it("reverts with QuorumOutputTooLarge from the first element that is too many", async () => {
    // Elements times 25 are 2^15 at most.
    for (const [elements, work] of [
      [1310n, null],
      [1311n, 32_775n],
    ] as const) {
      const { quorum, stranger, order } = await scenarioWith({
        ...CIRCUIT,
        output: { mode: 0n, elements, bits: 8n, isSigned: false },
      });
      const own = quorum.connect(stranger);
      const wanted = await order({ n: 5n, k: 3n, tolerance: 1n });
      if (work === null) await own.openRound(wanted);
      else {
        await expect(own.openRound(wanted))
          .to.be.revertedWithCustomError(quorum, "QuorumOutputTooLarge")
          .withArgs(work, 32_768n);
        await own.openRound({ ...wanted, tolerance: 0n });
      }
    }
  });

  it("reverts with QuorumStakeTooLow for a payment above what absence costs", async () => {
    const { quorum, stranger, order } = await deployed();
    await expect(
      quorum.connect(stranger).openRound(await order(), { value: STAKE / 2n + 1n }),
    ).to.be.revertedWithCustomError(quorum, "QuorumStakeTooLow");
    await quorum.connect(stranger).openRound(await order(), { value: STAKE / 2n });
  });

  it("reverts with RoundDeadlineTooFar where stake could not be held for so long", async () => {
    const { quorum, stranger, order } = await deployed();
    const deadline = BigInt(await networkHelpers.time.latest()) + 20n * 1440n * MINUTE;
    await expect(
      quorum.connect(stranger).openRound(await order({ deadline })),
    ).to.be.revertedWithCustomError(quorum, "RoundDeadlineTooFar");
  });

  it("needs one more member than seats where an operator is excluded", async () => {
    const { quorum, stranger, order, members, pools, releaseId } = await deployed();
    for (const member of members.slice(3)) {
      await pools.connect(member).resign(stranger, releaseId);
    }
    await quorum.connect(stranger).openRound(await order());
    const excluded = (members[0] as { address: string }).address;
    await expect(quorum.connect(stranger).openRound(await order({ excluded })))
      .to.be.revertedWithCustomError(quorum, "QuorumPoolTooSmall")
      .withArgs(3n, 4n);
  });

  it("is no evidence for the request that it names", async () => {
    const scenario = await deployed();
    const { quorum, openRound, order, draw, commitAll, reveal, params, ask, router } = scenario;
    const wanted = await params();
    const request = await ask(wanted);
    const round = await openRound(
      await order({ request, inputHash: hashOfWords(wanted.input), release: wanted.release }),
    );
    const panel = await draw(round);
    const words = [1n];
    await commitAll(round, panel, [words, words, words]);
    for (const member of panel) await reveal(round, member, words);
    await quorum.conclude(round, []);
    expect((await quorum.resultOf(round)).outputHash).to.equal(hashOfWords(words));
    const receipt = {
      release: wanted.release,
      request,
      operator: await quorum.getAddress(),
      input: wanted.input,
      output: words,
      evidence: [{ kind: 1n, data: "0x" }],
    };
    await expect(
      router.requireReceipt(receipt, all(quorumOf(2n, 3n))),
    ).to.be.revertedWithCustomError(quorum, "QuorumNotReached");
  });
});

describe("Quorum.receive", () => {
  it("reverts with PaymentNotFromRequests for anyone's ether", async () => {
    const { quorum, stranger } = await deployed();
    await expect(stranger.sendTransaction({ to: quorum, value: 1n })).to.be.revertedWithCustomError(
      quorum,
      "PaymentNotFromRequests",
    );
  });
});

describe("Quorum.deadlinesOf", () => {
  it("reverts with RoundStatusInvalid for a round that was never opened", async () => {
    const { quorum } = await deployed();
    for (const call of [
      quorum.deadlinesOf(id("none")),
      quorum.conclude(id("none"), []),
      quorum.draw(id("none"), "0x"),
      quorum.settle(ZeroHash),
    ]) {
      await expect(call).to.be.revertedWithCustomError(quorum, "RoundStatusInvalid");
    }
    expect(await quorum.roundOf(id("none"))).to.equal(ZeroHash);
    expect(ZeroAddress).to.equal((await quorum.recordOf(id("none"))).client);
  });
});
