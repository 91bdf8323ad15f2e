import { expect } from "chai";
import { ZeroHash, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import type { Claim } from "../../helpers/vouchScenario.ts";
import {
  BAD,
  CIRCUIT,
  ETHER,
  GOOD,
  INPUT,
  all,
  deployScenario,
  hashOfWords,
  prove,
  release,
  sign,
  signature,
} from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;

/** A release whose circuit is no development set-up, and two answers to one request of which the operator signed one. */
async function signedAnswer() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { circuits, models, publisher, operator, domain } = scenario;
  const circuit = { ...CIRCUIT, setup: 0n };
  const circuitId = await circuits.register.staticCall(circuit);
  await circuits.register(circuit);
  const published = release({ publisher: publisher.address, circuit: circuitId, version: "real" });
  const releaseId = await models.publish.staticCall(published, "");
  await models.publish(published, "");
  const claimOf = (output: bigint[], change: Partial<Claim> = {}): Claim => ({
    release: releaseId,
    request: id("request"),
    operator: operator.address,
    input: INPUT,
    output,
    ...change,
  });
  const statementOf = (claim: Claim) => ({
    release: claim.release,
    request: claim.request,
    operator: claim.operator,
    inputHash: hashOfWords(claim.input),
    outputHash: hashOfWords(claim.output),
  });
  const signed = async (claim: Claim, by = operator) => (await sign(by, domain, claim)).data;
  return { ...scenario, circuit, releaseId, claimOf, statementOf, signed };
}

/** `signedAnswer`, and a stranger that shows the operator's two answers, or what was made of them. */
async function equivocation(change: Partial<Claim> = {}, other: Partial<Claim> = {}) {
  const scenario = await signedAnswer();
  const { signatures, router, stranger, claimOf, statementOf, signed } = scenario;
  const [one, two] = [claimOf(GOOD, change), claimOf(BAD, { ...change, ...other })];
  const show = async () =>
    signatures
      .connect(stranger)
      .showEquivocation(
        router,
        statementOf(one),
        await signed(one),
        hashOfWords(two.output),
        await signed(two),
      );
  return { ...scenario, one, two, show };
}

async function contradiction(output = GOOD, change: Partial<Claim> = {}) {
  const scenario = await signedAnswer();
  const { signatures, router, stranger, domain, claimOf, statementOf, signed } = scenario;
  const [lie, truth] = [claimOf(BAD, change), claimOf(output, change)];
  const show = async (proof = prove(domain, truth).data, input = lie.input) =>
    signatures
      .connect(stranger)
      .showContradiction(router, statementOf(lie), await signed(lie), input, output, proof);
  return { ...scenario, lie, truth, show };
}

describe("SignatureEvidence.post", () => {
  it("exposes own stake, and raises or renews the bond that stands", async () => {
    const { signatures, vault, operator } = await networkHelpers.loadFixture(deployScenario);
    const before = (await vault.exposureOf(operator)).own;
    await signatures.connect(operator).post(2n * ETHER);
    expect(await signatures.bondOf(operator)).to.equal(2n * ETHER);
    expect((await vault.exposureOf(operator)).own).to.equal(before + ETHER);
    const lapsesAt = await signatures.lapsesAtOf(operator);
    await networkHelpers.time.increase(86_400);
    await signatures.connect(operator).post(2n * ETHER);
    expect(await signatures.lapsesAtOf(operator)).to.be.greaterThan(lapsesAt + 86_399n);
  });

  it("reverts with BondLowered while the bond stands: nobody escapes a fault by shrinking it", async () => {
    const { signatures, operator } = await networkHelpers.loadFixture(deployScenario);
    await expect(signatures.connect(operator).post(ETHER - 1n))
      .to.be.revertedWithCustomError(signatures, "BondLowered")
      .withArgs(ETHER - 1n, ETHER);
    const lapsesAt = await signatures.lapsesAtOf(operator);
    await networkHelpers.time.increaseTo(lapsesAt);
    await signatures.connect(operator).post(ETHER - 1n);
    expect(await signatures.bondOf(operator)).to.equal(ETHER - 1n);
  });

  it("reverts with BondTooLow below the least bond, and without own stake", async () => {
    const { signatures, vault, stranger } = await networkHelpers.loadFixture(deployScenario);
    const least = await signatures.minBond();
    await expect(signatures.connect(stranger).post(least - 1n))
      .to.be.revertedWithCustomError(signatures, "BondTooLow")
      .withArgs(least - 1n, least);
    await vault.connect(stranger).authorise(signatures, true);
    await expect(signatures.connect(stranger).post(least)).to.be.revertedWithCustomError(
      vault,
      "StakeInsufficient",
    );
  });
});

describe("SignatureEvidence.post, where there is no least bond", () => {
  it("reverts with BondTooLow for nothing: it would answer for nothing", async () => {
    const { vault, models, circuits, groth16, operator } =
      await networkHelpers.loadFixture(deployScenario);
    const free = await ethers.deployContract("SignatureEvidence", [
      vault,
      models,
      circuits,
      groth16,
      0n,
    ]);
    await vault.connect(operator).authorise(free, true);
    await expect(free.connect(operator).post(0n))
      .to.be.revertedWithCustomError(free, "BondTooLow")
      .withArgs(0n, 0n);
    await free.connect(operator).post(1n);
    expect(await free.bondOf(operator)).to.equal(1n);
  });
});

describe("SignatureEvidence.showEquivocation", () => {
  it("takes the whole bond, rewards half and burns half, once", async () => {
    const { signatures, vault, router, operator, stranger, one, show } = await equivocation();
    const { own } = await vault.stakeOf(operator);
    await expect(show())
      .to.emit(signatures, "FaultShown")
      .withArgs(operator.address, one.request, stranger.address, await router.getAddress(), false);
    expect((await vault.stakeOf(operator)).own).to.equal(own - ETHER);
    expect(await vault.creditOf(stranger)).to.equal(ETHER / 2n);
    expect(await vault.burned()).to.equal(ETHER / 2n);
    expect(await signatures.bondOf(operator)).to.equal(0n);
    expect(await signatures.faultOf(operator, router, one.request)).to.equal(stranger.address);
    await expect(show()).to.be.revertedWithCustomError(signatures, "FaultAlreadyShown");
  });

  it("records a fault of an operator whose bond has lapsed, and slashes nothing", async () => {
    const { signatures, vault, router, operator, one, show } = await equivocation();
    await networkHelpers.time.increaseTo((await signatures.lapsesAtOf(operator)) + 1n);
    await show();
    expect(await signatures.faultOf(operator, router, one.request)).to.not.equal(
      ethers.ZeroAddress,
    );
    expect(await vault.burned()).to.equal(0n);
  });

  it("reverts with StatementsNotContradictory for one answer signed twice", async () => {
    const { signatures, show } = await equivocation({}, { output: GOOD });
    await expect(show()).to.be.revertedWithCustomError(signatures, "StatementsNotContradictory");
  });

  for (const [what, other] of [
    ["another input", { input: [1n] }],
    ["another request", { request: id("other") }],
    ["another release", { release: id("other") }],
  ] as const) {
    it(`reverts with StatementNotSigned where the second answer is to ${what}`, async () => {
      const { signatures, show } = await equivocation({}, { ...other } as Partial<Claim>);
      await expect(show()).to.be.revertedWithCustomError(signatures, "StatementNotSigned");
    });
  }

  it("reverts with StatementNotSigned where another signed, or for another router", async () => {
    const { signatures, router, rival, stranger, one, two, statementOf, signed } =
      await equivocation();
    const show = async (at: string, mine: string, other: string) =>
      signatures.showEquivocation(at, statementOf(one), mine, hashOfWords(two.output), other);
    const at = await router.getAddress();
    await expect(
      show(at, await signed(one), await signed(two, rival)),
    ).to.be.revertedWithCustomError(signatures, "StatementNotSigned");
    await expect(
      show(stranger.address, await signed(one), await signed(two)),
    ).to.be.revertedWithCustomError(signatures, "StatementNotSigned");
    for (const malformed of ["0x", `${await signed(two)}00`]) {
      await expect(show(at, await signed(one), malformed)).to.be.revertedWithCustomError(
        signatures,
        "StatementNotSigned",
      );
    }
  });

  it("forfeits the stake behind a final answer to that request", async () => {
    const scenario = await networkHelpers.loadFixture(deployScenario);
    const { requests, signatures, vault, router, operator, requester, stranger } = scenario;
    const { domain, params, lock, claim } = scenario;
    const terms = await params({ policy: all(signature) });
    const request = await lock(terms);
    const [one, two] = [claim(request, terms), claim(request, terms, BAD)];
    const evidence = await sign(operator, domain, one);
    await requests.fulfil(request, terms, GOOD, [evidence]);
    await expect(requests.forfeit(request)).to.be.revertedWithCustomError(
      requests,
      "OperatorNotFaulty",
    );
    const statement = {
      ...{ release: one.release, request, operator: operator.address },
      ...{ inputHash: hashOfWords(one.input), outputHash: hashOfWords(GOOD) },
    };
    const other = (await sign(operator, domain, two)).data;
    await signatures
      .connect(stranger)
      .showEquivocation(router, statement, evidence.data, hashOfWords(BAD), other);
    const { own } = await vault.stakeOf(operator);

    await requests.forfeit(request);

    expect((await vault.stakeOf(operator)).own).to.equal(own - terms.stake);
    expect(await vault.creditOf(requester)).to.equal(terms.minFee);
    await expect(requests.forfeit(request)).to.be.revertedWithCustomError(requests, "StakeFreed");
  });
});

describe("SignatureEvidence.showContradiction", () => {
  it("takes the bond of an operator that signed what a proof contradicts", async () => {
    const { signatures, vault, operator, stranger, show } = await contradiction();
    await expect(show()).to.emit(signatures, "FaultShown");
    expect(await vault.creditOf(stranger)).to.equal(ETHER / 2n);
    expect(await signatures.bondOf(operator)).to.equal(0n);
  });

  it("reverts with StatementsNotContradictory for a proof of the very answer, or of another input", async () => {
    const same = await contradiction(BAD);
    await expect(same.show()).to.be.revertedWithCustomError(
      same.signatures,
      "StatementsNotContradictory",
    );
    const other = await contradiction();
    await expect(
      other.show(prove(other.domain, other.truth).data, [1n]),
    ).to.be.revertedWithCustomError(other.signatures, "StatementsNotContradictory");
  });

  it("reverts with StatementNotSigned where the operator signed nothing, or another did", async () => {
    const { signatures, router, rival, domain, lie, truth, statementOf, signed, claimOf } =
      await contradiction();
    const { data } = prove(domain, truth);
    for (const signature of ["0x", await signed(lie, rival), await signed(claimOf(GOOD))]) {
      await expect(
        signatures.showContradiction(
          router,
          statementOf(lie),
          signature,
          lie.input,
          truth.output,
          data,
        ),
      ).to.be.revertedWithCustomError(signatures, "StatementNotSigned");
    }
  });

  it("reverts with ProofInvalid for a proof of another operator's statement", async () => {
    const { groth16, rival, domain, truth, show } = await contradiction();
    const stolen = prove(domain, { ...truth, operator: rival.address }).data;
    await expect(show(stolen)).to.be.revertedWithCustomError(groth16, "ProofInvalid");
  });

  for (const [what, change, circuitChange] of [
    ["of a tolerant runtime", { runtime: 1n }, {}],
    ["under a development set-up", {}, { setup: 1n }],
    [
      "with a committed output",
      {},
      { setup: 0n, output: { mode: 1n, elements: 1n, bits: 32n, isSigned: true } },
    ],
    ["without a circuit", { circuit: ZeroHash, weights: 0n }, null],
  ] as const) {
    it(`reverts with ReleaseNotContradictable for a release ${what}`, async () => {
      const scenario = await signedAnswer();
      const { circuits, models, publisher, signatures, router, signed } = scenario;
      const circuit = { ...scenario.circuit, ...circuitChange, r1cs: id(what) };
      const circuitId = await circuits.register.staticCall(circuit);
      await circuits.register(circuit);
      const published = release({
        publisher: publisher.address,
        circuit: circuitId,
        version: what,
        ...change,
      });
      const releaseId = await models.publish.staticCall(published, "");
      await models.publish(published, "");
      const lie = scenario.claimOf(BAD, { release: releaseId });
      await expect(
        signatures.showContradiction(
          router,
          scenario.statementOf(lie),
          await signed(lie),
          lie.input,
          GOOD,
          prove(scenario.domain, scenario.claimOf(GOOD, { release: releaseId })).data,
        ),
      ).to.be.revertedWithCustomError(signatures, "ReleaseNotContradictable");
    });
  }
});
