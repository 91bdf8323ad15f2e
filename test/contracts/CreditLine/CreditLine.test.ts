import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  BAD,
  CIRCUIT,
  ETHER,
  GOOD,
  INPUT,
  TRUST,
  deployScenario,
  escrowOf,
  prove,
  release,
  sign,
} from "../../helpers/vouchScenario.ts";
import type { Params } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const FEATURES = [1n, -2n, 3n, 256n];
const DECISION = { none: 0n, pending: 1n, granted: 2n, refused: 3n } as const;

async function asked() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { requests, requester, stranger, operator, releaseId, domain, claim } = scenario;
  const line = await ethers.deployContract(
    "CreditLine",
    [requests, releaseId, TRUST.any, ZeroHash],
    requester,
  );
  const asking = await scenario.params({ callbackGas: await line.CALLBACK_GAS() });
  const offer = { ...asking, fee: asking.maxFee };
  let nonce = 0n;
  const ask = async (): Promise<{ request: string; terms: Params }> => {
    const request = await requests.requestIdOf(line, nonce);
    await line.ask(stranger, FEATURES, offer, { value: escrowOf(offer) });
    const [event] = await requests.queryFilter(requests.filters.InferenceRequested(request));
    const { args } = event!;
    const policy = args.params.policy;
    const terms = {
      ...asking,
      nonce: nonce++,
      bond: asking.stake,
      rampStart: 0n,
      input: [...args.params.input],
      policy: {
        allOf: policy.allOf.map(({ anyOf }) => ({
          anyOf: anyOf.map(({ kind, params, pin }) => ({ kind, params, pin })),
        })),
        minStake: policy.minStake,
      },
    };
    return { request, terms };
  };
  const settle = async (it: { request: string; terms: Params }, output = GOOD) => {
    await requests.connect(operator).lock(it.request, it.terms);
    const statement = claim(it.request, it.terms, output);
    const evidence = [prove(domain, statement), await sign(operator, domain, statement)];
    return requests.connect(operator).fulfil(it.request, it.terms, output, evidence);
  };
  return { ...scenario, line, offer, ask, settle, first: await ask() };
}

describe("CreditLine.ask", () => {
  it("packs the features and demands a proof and a signature", async () => {
    const { first, line, stranger } = await asked();
    expect(first.terms.input).to.deep.equal(INPUT);
    expect(first.terms.policy.allOf.map(({ anyOf }) => anyOf[0]!.kind)).to.deep.equal([4n, 0n]);
    expect(await line.decisionOf(stranger)).to.equal(DECISION.pending);
  });

  it("reverts with CreditNotByUnderwriter for anybody else", async () => {
    const { line, stranger, offer } = await asked();
    await expect(
      line.connect(stranger).ask(stranger, FEATURES, offer, { value: escrowOf(offer) }),
    ).to.be.revertedWithCustomError(line, "CreditNotByUnderwriter");
  });

  it("reverts with EscrowMismatch for another value", async () => {
    const { line, stranger, offer } = await asked();
    await expect(
      line.ask(stranger, FEATURES, offer, { value: escrowOf(offer) + 1n }),
    ).to.be.revertedWithCustomError(line, "EscrowMismatch");
  });
});

describe("CreditLine.askCommitted", () => {
  it("asks about features that only their commitment shows", async () => {
    const { requests, circuits, models, publisher, requester, stranger, offer } = await asked();
    const circuit = { ...CIRCUIT, input: { ...CIRCUIT.input, mode: 1n } };
    const circuitId = await circuits.register.staticCall(circuit);
    await circuits.register(circuit);
    const published = release({ publisher: publisher.address, circuit: circuitId });
    const releaseId = await models.publish.staticCall(published, "");
    await models.publish(published, "");
    const line = await ethers.deployContract(
      "CreditLine",
      [requests, releaseId, TRUST.any, ZeroHash],
      requester,
    );
    const request = await requests.requestIdOf(line, 0n);
    const value = escrowOf(offer);
    await expect(
      line.connect(stranger).askCommitted(stranger, 42n, offer, { value }),
    ).to.be.revertedWithCustomError(line, "CreditNotByUnderwriter");
    await expect(line.askCommitted(stranger, 42n, offer, { value }))
      .to.emit(line, "DecisionAsked")
      .withArgs(request, stranger.address);
    expect(await line.requestOf(stranger)).to.equal(request);
    expect(await line.decisionOf(stranger)).to.equal(DECISION.pending);
    const [event] = await requests.queryFilter(requests.filters.InferenceRequested(request));
    expect([...event!.args.params.input]).to.deep.equal([42n]);
  });
});

describe("CreditLine.onInference", () => {
  it("grants a line for a good risk", async () => {
    const { line, first, settle, stranger } = await asked();
    await expect(settle(first))
      .to.emit(line, "CreditGranted")
      .withArgs(first.request, stranger.address, 1_000n);
    expect(await line.limitOf(stranger)).to.equal(1_000n);
  });

  it("refuses a line for a bad risk", async () => {
    const { line, first, settle, stranger } = await asked();
    await expect(settle(first, BAD)).to.emit(line, "CreditRefused");
    expect(await line.decisionOf(stranger)).to.equal(DECISION.refused);
    expect(await line.limitOf(stranger)).to.equal(0n);
  });

  it("lets the later of two requests decide", async () => {
    const { line, requests, first, settle, ask, stranger } = await asked();
    const second = await ask();
    await settle(second, BAD);
    await settle(first, GOOD);
    expect((await requests.resultOf(first.request)).delivery).to.equal(3n);
    expect(await line.decisionOf(stranger)).to.equal(DECISION.refused);
  });

  it("reverts with InferenceNotFromRequests for any other sender", async () => {
    const { line, first, releaseId } = await asked();
    const delivery = { request: first.request, release: releaseId, epoch: 1n, finality: 2n };
    const assurance = {
      kinds: 17n,
      flags: 0n,
      quorumK: 0n,
      quorumN: 0n,
      minTcb: 0n,
      tolerance: 0n,
      window: 0n,
      stakeAtRisk: ETHER,
    };
    await expect(line.onInference(delivery, GOOD, assurance)).to.be.revertedWithCustomError(
      line,
      "InferenceNotFromRequests",
    );
  });
});

describe("CreditLine.collect", () => {
  it("returns refunds to the underwriter, whoever calls", async () => {
    const { line, requests, first, requester, stranger } = await asked();
    await line.cancel(first.request, first.terms);
    expect(await requests.creditOf(ZeroAddress, line)).to.equal(escrowOf(first.terms));
    await expect(line.connect(stranger).collect()).to.changeEtherBalance(
      ethers,
      requester,
      escrowOf(first.terms),
    );
  });
});

describe("CreditLine.collectCompensation", () => {
  it("sends what an operator was fined to the underwriter, whoever calls", async () => {
    const { line, requests, asset, operator, first, requester, stranger } = await asked();
    await requests.connect(operator).lock(first.request, first.terms);
    await networkHelpers.time.increaseTo(first.terms.deadline + 1n);
    await requests.expire(first.request, first.terms);
    await line.connect(stranger).collectCompensation();
    expect(await asset.balanceOf(requester)).to.equal(first.terms.maxFee);
  });
});

describe("CreditLine's constructor", () => {
  it("reverts with ModelUnsuitable for a model of another shape", async () => {
    const { requests, circuits, models, publisher, line } = await asked();
    const wide = { ...CIRCUIT, output: { ...CIRCUIT.output, elements: 2n } };
    const circuit = await circuits.register.staticCall(wide);
    await circuits.register(wide);
    const hidden = { ...CIRCUIT, output: { ...CIRCUIT.output, mode: 1n } };
    const committed = await circuits.register.staticCall(hidden);
    await circuits.register(hidden);
    for (const fresh of [
      release({ publisher: publisher.address, circuit }),
      release({ publisher: publisher.address, circuit: committed }),
      release({ publisher: publisher.address, weights: 0n }),
    ]) {
      const releaseId = await models.publish.staticCall(fresh, "");
      await models.publish(fresh, "");
      await expect(
        ethers.deployContract("CreditLine", [requests, releaseId, TRUST.any, ZeroHash]),
      ).to.be.revertedWithCustomError(line, "ModelUnsuitable");
    }
  });
});
