import { expect } from "chai";
import { ZeroAddress, ZeroHash, id, toBeHex } from "ethers";
import { network } from "hardhat";
import { connection } from "../../helpers/deployVouch.ts";
import type { Connection } from "../../helpers/deployVouch.ts";
import { publishProven } from "../../helpers/provenRelease.ts";
import {
  BAD,
  GOOD,
  INPUT,
  NOTHING,
  TRUST,
  all,
  digestOf,
  hashOfWords,
  prove,
  release,
  scenarioOn,
  sign,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";
import type { Claim, Evidence, Policy, Receipt } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const BUDGET = 10_000n;
const FEE = 100n;
const [SUBMITTED, COMPLETED, REJECTED] = [2n, 3n, 4n];

/** `requester` is the client, `operator` the provider. */
async function deployOn(chain: Connection) {
  const scenario = await scenarioOn(chain);
  const { router, models, circuits, requester, operator, domain } = scenario;
  const { releaseId, circuitId, key } = await publishProven(scenario, "erc8183");
  const jobs = await chain.ethers.deployContract("ERC8183Mock");
  const evaluator = await chain.ethers.deployContract("JobEvaluator", [router, models, circuits]);
  const TERMS = { release: releaseId, inputHash: hashOfWords(INPUT), outputHash: ZeroHash };
  const POLICY = all(zk(TRUST.pinned, circuitId));

  const open = async (hook = ZeroAddress, by: string | typeof evaluator = evaluator) => {
    await jobs.connect(requester).createJob(operator, by, 10n ** 12n, "", hook);
    return jobs.jobCount();
  };
  const submit = async (jobId: bigint) => {
    await jobs.connect(requester).fund(jobId, BUDGET);
    await jobs.connect(operator).submit(jobId, id("deliverable"), "0x");
  };
  /** A submitted job under these terms. */
  const job = async (
    terms: Partial<typeof TERMS> = {},
    { policy = POLICY, hook = ZeroAddress }: { policy?: Policy; hook?: string } = {},
  ) => {
    const jobId = await open(hook);
    await evaluator.connect(requester).setTerms(jobs, jobId, { ...TERMS, ...terms }, policy);
    await submit(jobId);
    return jobId;
  };
  const claimOf = async (jobId: bigint, change: Partial<Claim> = {}): Promise<Claim> => ({
    release: releaseId,
    request: await evaluator.requestOf(jobs, jobId),
    operator: operator.address,
    input: INPUT,
    output: GOOD,
    ...change,
  });
  const receipt = (claim: Claim, ...evidence: Evidence[]): Receipt => ({
    ...claim,
    evidence: evidence.length > 0 ? evidence : [prove(domain, claim, key)],
  });
  const statusOf = async (jobId: bigint) => (await jobs.getJob(jobId)).status;
  return {
    ...scenario,
    releaseId,
    circuitId,
    key,
    jobs,
    evaluator,
    TERMS,
    POLICY,
    open,
    submit,
    job,
    claimOf,
    receipt,
    statusOf,
    client: requester,
    provider: operator,
  };
}

async function deploy() {
  return deployOn(connection);
}

const deployed = () => networkHelpers.loadFixture(deploy);

describe("JobEvaluator.setTerms", () => {
  it("stores terms and policy of an open job, and says under which request it is run", async () => {
    const { evaluator, jobs, client, open, TERMS, POLICY } = await deployed();
    const jobId = await open();
    await expect(evaluator.connect(client).setTerms(jobs, jobId, TERMS, POLICY))
      .to.emit(evaluator, "TermsSet")
      .withArgs(
        await jobs.getAddress(),
        jobId,
        await evaluator.requestOf(jobs, jobId),
        Object.values(TERMS),
        (it: unknown) => it !== undefined,
        0n,
      );
    const { terms, allOf, minStake } = await evaluator.termsOf(jobs, jobId);
    expect([...terms]).to.deep.equal(Object.values(TERMS));
    const { kind, params, pin } = allOf[0]!.anyOf[0]!;
    expect({ kind, params, pin }).to.deep.equal(POLICY.allOf[0]!.anyOf[0]);
    expect([allOf.length, minStake]).to.deep.equal([1, 0n]);
  });

  it("reverts with JobNotByClient for anyone else, the provider too", async () => {
    const { evaluator, jobs, provider, client, open, TERMS, POLICY } = await deployed();
    const jobId = await open();
    await expect(evaluator.connect(provider).setTerms(jobs, jobId, TERMS, POLICY))
      .to.be.revertedWithCustomError(evaluator, "JobNotByClient")
      .withArgs(provider.address, client.address);
  });

  it("reverts with JobEvaluatorMismatch for a job that another evaluates", async () => {
    const { evaluator, jobs, client, rival, open, TERMS, POLICY } = await deployed();
    const jobId = await open(ZeroAddress, rival.address);
    await expect(evaluator.connect(client).setTerms(jobs, jobId, TERMS, POLICY))
      .to.be.revertedWithCustomError(evaluator, "JobEvaluatorMismatch")
      .withArgs(rival.address);
  });

  it("reverts with JobStatusInvalid once the job is funded", async () => {
    const { evaluator, jobs, client, open, TERMS, POLICY } = await deployed();
    const jobId = await open();
    await jobs.connect(client).fund(jobId, BUDGET);
    await expect(evaluator.connect(client).setTerms(jobs, jobId, TERMS, POLICY))
      .to.be.revertedWithCustomError(evaluator, "JobStatusInvalid")
      .withArgs(1n);
  });

  it("reverts with TermsAlreadySet the second time", async () => {
    const { evaluator, jobs, client, open, TERMS, POLICY } = await deployed();
    const jobId = await open();
    await evaluator.connect(client).setTerms(jobs, jobId, TERMS, POLICY);
    await expect(
      evaluator.connect(client).setTerms(jobs, jobId, TERMS, POLICY),
    ).to.be.revertedWithCustomError(evaluator, "TermsAlreadySet");
  });

  it("reverts with TermsInputEmpty where the input is left open", async () => {
    const { evaluator, jobs, client, open, TERMS, POLICY } = await deployed();
    const jobId = await open();
    await expect(
      evaluator.connect(client).setTerms(jobs, jobId, { ...TERMS, inputHash: ZeroHash }, POLICY),
    ).to.be.revertedWithCustomError(evaluator, "TermsInputEmpty");
  });

  it("reverts for a policy that nothing can meet, or that demands nothing", async () => {
    const { evaluator, router, jobs, client, open, TERMS } = await deployed();
    const jobId = await open();
    const setTerms = (policy: Policy) =>
      evaluator.connect(client).setTerms(jobs, jobId, TERMS, policy);
    await expect(setTerms(all(zk(TRUST.pinned, id("another"))))).to.be.revertedWithCustomError(
      router,
      "PolicyUnsatisfiable",
    );
    await expect(setTerms(NOTHING)).to.be.revertedWithCustomError(router, "PolicyEmpty");
  });

  it("reverts with TermsOutputIndeterminate for an output of a release that may give others", async () => {
    const scenario = await deployed();
    const { evaluator, jobs, client, open, TERMS } = scenario;
    const jobId = await open();
    const outputHash = hashOfWords(GOOD);
    const tolerant = await publishProven(scenario, "tolerant", { release: { runtime: 1n } });
    const committed = await publishProven(scenario, "committed", {
      circuit: { output: { mode: 1n, elements: 1n, bits: 32n, isSigned: true } },
    });
    const { models, publisher } = scenario;
    const unproven = release({ publisher: publisher.address, weights: 0n, version: "unproven" });
    const plain = { releaseId: await models.publish.staticCall(unproven, "") };
    await models.publish(unproven, "");
    for (const { releaseId } of [tolerant, committed, plain]) {
      const terms = { ...TERMS, release: releaseId, outputHash };
      await expect(evaluator.connect(client).setTerms(jobs, jobId, terms, all(zk())))
        .to.be.revertedWithCustomError(evaluator, "TermsOutputIndeterminate")
        .withArgs(releaseId);
    }
  });
});

describe("JobEvaluator.evaluate", () => {
  it("completes a job by its provider's receipt, whoever brings it, and holds nothing", async () => {
    const { evaluator, jobs, job, claimOf, receipt, statusOf, provider, rival, domain } =
      await deployed();
    const jobId = await job();
    const claim = await claimOf(jobId);
    await expect(evaluator.connect(rival).evaluate(jobs, jobId, receipt(claim), jobs))
      .to.emit(evaluator, "JobEvaluated")
      .withArgs(await jobs.getAddress(), jobId, digestOf(domain, claim), true, rival.address);
    expect(await statusOf(jobId)).to.equal(COMPLETED);
    expect(await jobs.balanceOf(provider)).to.equal(BUDGET - FEE);
    expect(await jobs.balanceOf(rival)).to.equal(FEE);
    expect(await jobs.balanceOf(evaluator)).to.equal(0n);
  });

  it("completes where no fee is expected", async () => {
    const { evaluator, jobs, job, claimOf, receipt, statusOf } = await deployed();
    const jobId = await job();
    await evaluator.evaluate(jobs, jobId, receipt(await claimOf(jobId)), ZeroAddress);
    expect(await statusOf(jobId)).to.equal(COMPLETED);
  });

  describe("given an output that the terms demand", () => {
    it("completes with it", async () => {
      const { evaluator, jobs, job, claimOf, receipt, statusOf } = await deployed();
      const jobId = await job({ outputHash: hashOfWords(GOOD) });
      await evaluator.evaluate(jobs, jobId, receipt(await claimOf(jobId)), jobs);
      expect(await statusOf(jobId)).to.equal(COMPLETED);
    });

    it("rejects with another that is proven, and refunds the client", async () => {
      const { evaluator, jobs, job, claimOf, receipt, statusOf, client, rival, domain } =
        await deployed();
      const jobId = await job({ outputHash: hashOfWords(GOOD) });
      const claim = await claimOf(jobId, { output: BAD });
      await expect(evaluator.connect(rival).evaluate(jobs, jobId, receipt(claim), jobs))
        .to.emit(evaluator, "JobEvaluated")
        .withArgs(await jobs.getAddress(), jobId, digestOf(domain, claim), false, rival.address);
      expect(await statusOf(jobId)).to.equal(REJECTED);
      expect(await jobs.balanceOf(client)).to.equal(BUDGET);
    });

    it("does not reject with another that is only claimed", async () => {
      const { evaluator, groth16, jobs, job, claimOf, receipt, statusOf, domain, key } =
        await deployed();
      const jobId = await job({ outputHash: hashOfWords(GOOD) });
      const proof = prove(domain, await claimOf(jobId), key);
      await expect(
        evaluator.evaluate(
          jobs,
          jobId,
          receipt(await claimOf(jobId, { output: BAD }), proof),
          jobs,
        ),
      ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
      expect(await statusOf(jobId)).to.equal(SUBMITTED);
    });
  });

  describe("when the receipt is another job's", () => {
    it("reverts with ReceiptNotOfJob: one receipt does not complete two jobs", async () => {
      const { evaluator, jobs, job, claimOf, receipt } = await deployed();
      const [first, second] = [await job(), await job()];
      const brought = receipt(await claimOf(first));
      await evaluator.evaluate(jobs, first, brought, jobs);
      await expect(evaluator.evaluate(jobs, second, brought, jobs))
        .to.be.revertedWithCustomError(evaluator, "ReceiptNotOfJob")
        .withArgs(brought.request, await evaluator.requestOf(jobs, second));
    });

    it("reverts for the same job number of another job contract, and another evaluator's", async () => {
      const scenario = await deployed();
      const { evaluator, jobs, job, claimOf, receipt, router, models, circuits } = scenario;
      const { groth16, domain, key } = scenario;
      const jobId = await job();
      const others = await ethers.deployContract("ERC8183Mock");
      const twin = await ethers.deployContract("JobEvaluator", [router, models, circuits]);
      for (const request of [
        await evaluator.requestOf(others, jobId),
        await twin.requestOf(jobs, jobId),
      ]) {
        const claim = await claimOf(jobId, { request });
        await expect(
          evaluator.evaluate(jobs, jobId, receipt(claim), jobs),
        ).to.be.revertedWithCustomError(evaluator, "ReceiptNotOfJob");
      }
      const claim = await claimOf(jobId);
      const foreign = prove(domain, { ...claim, request: id("another") }, key);
      await expect(
        evaluator.evaluate(jobs, jobId, receipt(claim, foreign), jobs),
      ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
    });
  });

  describe("when the job was evaluated", () => {
    it("reverts with JobStatusInvalid", async () => {
      const { evaluator, jobs, job, claimOf, receipt } = await deployed();
      const jobId = await job();
      const brought = receipt(await claimOf(jobId));
      await evaluator.evaluate(jobs, jobId, brought, jobs);
      await expect(evaluator.evaluate(jobs, jobId, brought, jobs))
        .to.be.revertedWithCustomError(evaluator, "JobStatusInvalid")
        .withArgs(COMPLETED);
    });
  });

  describe("when the job was not submitted", () => {
    it("reverts with JobStatusInvalid", async () => {
      const { evaluator, jobs, client, open, claimOf, receipt, TERMS, POLICY } = await deployed();
      const jobId = await open();
      await evaluator.connect(client).setTerms(jobs, jobId, TERMS, POLICY);
      const brought = receipt(await claimOf(jobId));
      for (const status of [0n, 1n]) {
        await expect(evaluator.evaluate(jobs, jobId, brought, jobs))
          .to.be.revertedWithCustomError(evaluator, "JobStatusInvalid")
          .withArgs(status);
        if (status === 0n) await jobs.connect(client).fund(jobId, BUDGET);
      }
    });
  });

  describe("when no terms were set", () => {
    it("reverts with TermsNotSet", async () => {
      const { evaluator, jobs, open, submit, claimOf, receipt } = await deployed();
      const jobId = await open();
      await submit(jobId);
      await expect(
        evaluator.evaluate(jobs, jobId, receipt(await claimOf(jobId)), jobs),
      ).to.be.revertedWithCustomError(evaluator, "TermsNotSet");
      await expect(evaluator.termsOf(jobs, jobId)).to.be.revertedWithCustomError(
        evaluator,
        "TermsNotSet",
      );
    });
  });

  it("reverts for a receipt of another release, input or operator", async () => {
    const scenario = await deployed();
    const { evaluator, jobs, job, claimOf, receipt, rival } = scenario;
    const jobId = await job();
    const other = await publishProven(scenario, "other model");
    for (const [change, error] of [
      [{ release: other.releaseId }, "ReceiptReleaseMismatch"],
      [{ input: BAD }, "ReceiptInputMismatch"],
      [{ operator: rival.address }, "ReceiptOperatorMismatch"],
    ] as const) {
      await expect(
        evaluator.evaluate(jobs, jobId, receipt(await claimOf(jobId, change)), jobs),
      ).to.be.revertedWithCustomError(evaluator, error);
    }
  });

  it("reverts as the router does for evidence below the job's policy", async () => {
    const { evaluator, router, jobs, job, claimOf, receipt, provider, domain, statusOf } =
      await deployed();
    const jobId = await job();
    const claim = await claimOf(jobId);
    const signed = await sign(provider, domain, claim);
    await expect(
      evaluator.evaluate(jobs, jobId, receipt(claim, signed), jobs),
    ).to.be.revertedWithCustomError(router, "PolicyNotMet");
    const cheap = await job({}, { policy: all(signature) });
    const other = await claimOf(cheap);
    const enough = await sign(provider, domain, other);
    await evaluator.evaluate(jobs, cheap, receipt(other, enough), jobs);
    expect(await statusOf(cheap)).to.equal(COMPLETED);
  });

  describe("given a hook that evaluates again", () => {
    it("fails in the hook and completes the job once", async () => {
      const { evaluator, jobs, job, claimOf, receipt, statusOf, provider, rival } =
        await deployed();
      const jobId = await job({}, { hook: await evaluator.getAddress() });
      const brought = receipt(await claimOf(jobId));
      const again = evaluator.interface.encodeFunctionData("evaluate", [
        await jobs.getAddress(),
        jobId,
        brought,
        await jobs.getAddress(),
      ]);
      await jobs.setHookData(evaluator, again);
      await evaluator.connect(rival).evaluate(jobs, jobId, brought, jobs);
      expect(await jobs.hookSucceeded()).to.equal(false);
      expect(await statusOf(jobId)).to.equal(COMPLETED);
      expect(await jobs.balanceOf(provider)).to.equal(BUDGET - FEE);
      expect(await jobs.balanceOf(rival)).to.equal(FEE);
    });
  });

  describe("given a receipt of another chain with the same addresses", () => {
    it("reverts with ReceiptNotOfJob", async () => {
      const own = await network.create();
      const other = await network.create({ override: { chainId: 31_338 } });
      const [here, there] = [await deployOn(own), await deployOn(other)];
      const [jobId] = [await here.job(), await there.job()];
      expect(await here.evaluator.getAddress()).to.equal(await there.evaluator.getAddress());
      const brought = there.receipt(await there.claimOf(jobId));
      await there.evaluator.evaluate(there.jobs, jobId, brought, there.jobs);
      await expect(
        here.evaluator.evaluate(here.jobs, jobId, brought, here.jobs),
      ).to.be.revertedWithCustomError(here.evaluator, "ReceiptNotOfJob");
      await other.close();
      await own.close();
    });
  });
});

describe("JobEvaluator.concede", () => {
  it("rejects a job that its provider gives up, submitted or not", async () => {
    const { evaluator, jobs, job, open, client, provider, statusOf } = await deployed();
    const funded = await open();
    await jobs.connect(client).fund(funded, BUDGET);
    for (const jobId of [await job(), funded]) {
      await expect(evaluator.connect(provider).concede(jobs, jobId))
        .to.emit(evaluator, "JobConceded")
        .withArgs(await jobs.getAddress(), jobId);
      expect(await statusOf(jobId)).to.equal(REJECTED);
    }
    expect(await jobs.balanceOf(client)).to.equal(2n * BUDGET);
  });

  it("reverts with JobNotByProvider for anyone else, the client too", async () => {
    const { evaluator, jobs, job, client, provider } = await deployed();
    const jobId = await job();
    await expect(evaluator.connect(client).concede(jobs, jobId))
      .to.be.revertedWithCustomError(evaluator, "JobNotByProvider")
      .withArgs(client.address, provider.address);
  });
});

describe("JobEvaluator.supportsInterface", () => {
  it("knows ERC-165 and its own, and not 0xffffffff", async () => {
    const { evaluator } = await deployed();
    const own = ["setTerms", "evaluate", "concede", "requestOf", "termsOf", "router"]
      .map((it) => BigInt(evaluator.interface.getFunction(it as "evaluate").selector))
      .reduce((sum, it) => sum ^ it, 0n);
    for (const known of ["0x01ffc9a7", toBeHex(own, 4)]) {
      expect(await evaluator.supportsInterface(known)).to.equal(true, known);
    }
    expect(await evaluator.supportsInterface("0xffffffff")).to.equal(false);
  });

  it("calls job contracts by the selectors of the draft's reference implementation", async () => {
    const { jobs } = await deployed();
    for (const it of [
      "complete(uint256,bytes32,bytes)",
      "reject(uint256,bytes32,bytes)",
      "getJob(uint256)",
    ]) {
      expect(jobs.interface.getFunction(it as "complete").selector).to.equal(id(it).slice(0, 10));
    }
    const job = "(uint256,address,address,address,string,uint256,uint256,uint8,address)";
    expect(jobs.interface.getFunction("getJob").outputs[0]!.format("sighash")).to.equal(job);
  });
});
