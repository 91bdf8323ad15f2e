import { expect } from "chai";
import { ZeroHash, id, zeroPadValue } from "ethers";
import { network } from "hardhat";
import { connection } from "../../helpers/deployVouch.ts";
import { trapdoorKey } from "../../helpers/trapdoorKey.ts";
import {
  BAD,
  CIRCUIT,
  ETHER,
  GOOD,
  INPUT,
  NOTHING,
  TRUST,
  UNATTESTED_SETUP,
  all,
  deployScenario,
  digestOf,
  prove,
  release,
  scenarioOn,
  sign,
  signature,
  typedData,
  zk,
} from "../../helpers/vouchScenario.ts";
import type { Claim, Policy, Scenario } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployScenario);
const ASKED = id("request");

function claimOf(scenario: Scenario, change: Partial<Claim> = {}): Claim {
  const { operator, releaseId } = scenario;
  return {
    release: releaseId,
    request: ASKED,
    operator: operator.address,
    input: INPUT,
    output: GOOD,
    ...change,
  };
}

async function receiptOf(scenario: Scenario, change: Partial<Claim> = {}) {
  const claim = claimOf(scenario, change);
  const { operator, domain } = scenario;
  return { ...claim, evidence: [prove(domain, claim), await sign(operator, domain, claim)] };
}

describe("EvidenceRouter.requireReceipt", () => {
  it("returns all the evidence of one statement, verified in one call", async () => {
    const scenario = await deployed();
    const assurance = await scenario.router.requireReceipt(
      await receiptOf(scenario),
      all(zk(), signature),
    );
    expect(assurance.kinds).to.equal(0b10001n);
    expect(assurance.stakeAtRisk).to.equal(ETHER);
  });

  describe("when the policy is an alternative", () => {
    it("is met by either kind", async () => {
      const scenario = await deployed();
      const receipt = await receiptOf(scenario);
      const policy: Policy = { allOf: [{ anyOf: [zk(), signature] }], minStake: 0n };
      for (const evidence of receipt.evidence) {
        await scenario.router.requireReceipt({ ...receipt, evidence: [evidence] }, policy);
      }
    });
  });

  describe("when a clause is not met", () => {
    it("reverts with PolicyNotMet and its index", async () => {
      const scenario = await deployed();
      const receipt = await receiptOf(scenario);
      await expect(
        scenario.router.requireReceipt(
          { ...receipt, evidence: receipt.evidence.slice(0, 1) },
          all(zk(), signature),
        ),
      )
        .to.be.revertedWithCustomError(scenario.router, "PolicyNotMet")
        .withArgs(1n, (it: unknown) => it !== undefined);
    });
  });

  describe("when a signature is demanded with parameters or a pin, of which this version knows none", () => {
    it("reverts with PolicyNotMet", async () => {
      const scenario = await deployed();
      const receipt = await receiptOf(scenario);
      for (const unknown of [
        { ...signature, params: 1n },
        { ...signature, pin: id("pin") },
      ]) {
        await expect(
          scenario.router.requireReceipt(receipt, all(unknown)),
        ).to.be.revertedWithCustomError(scenario.router, "PolicyNotMet");
      }
    });
  });

  describe("when policy and floor demand nothing", () => {
    it("reverts with PolicyEmpty", async () => {
      const scenario = await deployed();
      await expect(
        scenario.router.requireReceipt(await receiptOf(scenario), NOTHING),
      ).to.be.revertedWithCustomError(scenario.router, "PolicyEmpty");
    });
  });

  describe("when more stake is demanded than is at risk", () => {
    it("reverts with PolicyStakeTooLow", async () => {
      const scenario = await deployed();
      await expect(
        scenario.router.requireReceipt(await receiptOf(scenario), {
          ...all(signature),
          minStake: ETHER + 1n,
        }),
      )
        .to.be.revertedWithCustomError(scenario.router, "PolicyStakeTooLow")
        .withArgs(ETHER, ETHER + 1n);
    });
  });

  describe("given a release with a floor", () => {
    it("demands the floor first", async () => {
      const scenario = await deployed();
      const { models, publisher, circuitId, router } = scenario;
      const strict = release({
        publisher: publisher.address,
        circuit: circuitId,
        floor: { ...all(zk()), minStake: 1n },
      });
      const releaseId = await models.publish.staticCall(strict, "");
      await models.publish(strict, "");
      const receipt = await receiptOf(scenario, { release: releaseId });
      await router.requireReceipt(receipt, NOTHING);
      await expect(
        router.requireReceipt({ ...receipt, evidence: receipt.evidence.slice(1) }, all(signature)),
      )
        .to.be.revertedWithCustomError(router, "PolicyNotMet")
        .withArgs(0n, (it: unknown) => it !== undefined);
      await expect(
        router.requireReceipt({ ...receipt, evidence: receipt.evidence.slice(0, 1) }, NOTHING),
      ).to.be.revertedWithCustomError(router, "PolicyStakeTooLow");
    });
  });

  describe("given a development set-up", () => {
    it("is refused by every policy that does not say Any", async () => {
      const scenario = await deployed();
      const { router, circuitId, stranger } = scenario;
      const receipt = await receiptOf(scenario);
      for (const requirement of [
        zk(TRUST.pinned, circuitId),
        zk(TRUST.attested, zeroPadValue(stranger.address, 32)),
        zk(TRUST.attested, ZeroHash),
        zk(3n),
      ]) {
        await expect(
          router.requireReceipt(receipt, all(requirement)),
        ).to.be.revertedWithCustomError(router, "PolicyNotMet");
      }
      await router.requireReceipt(receipt, all(zk(TRUST.any, circuitId)));
      await expect(
        router.requireReceipt(receipt, all(zk(TRUST.any, id("another")))),
      ).to.be.revertedWithCustomError(router, "PolicyNotMet");
    });
  });

  describe("given a set-up that is no development one", () => {
    async function unverified() {
      const scenario = await deployed();
      const { circuits, models, publisher } = scenario;
      const key = trapdoorKey("unverified");
      const circuit = { ...CIRCUIT, setup: 0n, key: key.key };
      const circuitId = await circuits.register.staticCall(circuit);
      await circuits.register(circuit);
      const fresh = release({ publisher: publisher.address, circuit: circuitId });
      const releaseId = await models.publish.staticCall(fresh, "");
      await models.publish(fresh, "");
      const claim = claimOf(scenario, { release: releaseId });
      const receipt = { ...claim, evidence: [prove(scenario.domain, claim, key)] };
      return { ...scenario, circuitId, receipt };
    }

    it("is trusted by pin at once, and by attestation of the party that a policy names", async () => {
      const { router, circuits, circuitId, receipt, stranger, rival } = await unverified();
      const attested = (by: string) => all(zk(TRUST.attested, zeroPadValue(by, 32)));
      const { flags } = await router.requireReceipt(receipt, all(zk(TRUST.pinned, circuitId)));
      expect(flags).to.equal(UNATTESTED_SETUP);
      await expect(
        router.requireReceipt(receipt, attested(stranger.address)),
      ).to.be.revertedWithCustomError(router, "PolicyNotMet");

      await circuits.connect(stranger).attest(circuitId, CIRCUIT.transcript);

      const assurance = await router.requireReceipt(receipt, attested(stranger.address));
      expect(assurance.flags).to.equal(0n);
      await expect(
        router.requireReceipt(receipt, attested(rival.address)),
      ).to.be.revertedWithCustomError(router, "PolicyNotMet");
      const dirty = `0x01${zeroPadValue(stranger.address, 32).slice(4)}`;
      await expect(
        router.requireReceipt(receipt, all(zk(TRUST.attested, dirty))),
      ).to.be.revertedWithCustomError(router, "PolicyNotMet");
    });
  });
});

describe("EvidenceRouter.assess", () => {
  it("returns an empty assurance for no evidence", async () => {
    const scenario = await deployed();
    const assurance = await scenario.router.assess({ ...claimOf(scenario), evidence: [] });
    expect([...assurance]).to.deep.equal([0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n]);
  });

  it("reverts with EvidenceDuplicated for two pieces of a kind", async () => {
    const scenario = await deployed();
    const receipt = await receiptOf(scenario);
    await expect(
      scenario.router.assess({
        ...receipt,
        evidence: [receipt.evidence[1]!, receipt.evidence[1]!],
      }),
    ).to.be.revertedWithCustomError(scenario.router, "EvidenceDuplicated");
  });

  it("reverts with EvidenceKindUnsupported for a kind without a verifier", async () => {
    const scenario = await deployed();
    await expect(
      scenario.router.assess({ ...claimOf(scenario), evidence: [{ kind: 2n, data: "0x" }] }),
    )
      .to.be.revertedWithCustomError(scenario.router, "EvidenceKindUnsupported")
      .withArgs(2n);
  });

  it("reverts with WordNotCanonical for signed words that are no tensor's", async () => {
    const scenario = await deployed();
    const { router, operator, domain } = scenario;
    const library = await ethers.getContractAt("Words", router);
    for (const change of [
      { input: [INPUT[0]! | (1n << 64n)] },
      { output: [GOOD[0]! | (1n << 32n)] },
    ]) {
      const claim = claimOf(scenario, change);
      const evidence = [await sign(operator, domain, claim)];
      await expect(router.assess({ ...claim, evidence })).to.be.revertedWithCustomError(
        library,
        "WordNotCanonical",
      );
    }
  });

  describe("given a receipt of another deployment", () => {
    it("refuses its signature and its proof", async () => {
      const scenario = await deployed();
      const { router, signatures, groth16 } = scenario;
      const domain = { ...scenario.domain, router: await scenario.requests.getAddress() };
      const [proof, signed] = (await receiptOf({ ...scenario, domain })).evidence;
      const claim = claimOf(scenario);
      await expect(router.assess({ ...claim, evidence: [signed!] })).to.be.revertedWithCustomError(
        signatures,
        "SignatureNotByOperator",
      );
      await expect(router.assess({ ...claim, evidence: [proof!] })).to.be.revertedWithCustomError(
        groth16,
        "ProofInvalid",
      );
    });
  });

  describe("given a receipt of another chain with the same addresses", () => {
    it("refuses its signature and its proof", async () => {
      const own = await network.create();
      const here = await scenarioOn(own);
      const other = await network.create({ override: { chainId: 31_338 } });
      const there = await scenarioOn(other);
      const receipt = await receiptOf(there);
      await there.router.requireReceipt(receipt, all(zk(), signature));
      expect(await there.router.getAddress()).to.equal(await here.router.getAddress());
      await expect(
        here.router.assess({ ...receipt, evidence: receipt.evidence.slice(1) }),
      ).to.be.revertedWithCustomError(here.signatures, "SignatureNotByOperator");
      await expect(
        here.router.assess({ ...receipt, evidence: receipt.evidence.slice(0, 1) }),
      ).to.be.revertedWithCustomError(here.groth16, "ProofInvalid");
      await other.close();
      await own.close();
    });
  });
});

describe("EvidenceRouter.digestOf", () => {
  it("equals the EIP-712 digest made off-chain", async () => {
    const scenario = await deployed();
    const claim = claimOf(scenario, { output: BAD });
    const { message } = typedData(scenario.domain, claim);
    expect(await scenario.router.digestOf(message)).to.equal(digestOf(scenario.domain, claim));
    const statement = await scenario.router.statementOf({ ...claim, evidence: [] });
    expect([...statement]).to.deep.equal(Object.values(message));
  });
});

describe("EvidenceRouter's constructor", () => {
  it("reverts with VerifierKindDuplicated for two verifiers of a kind", async () => {
    const { models, circuits, signatures, router } = await deployed();
    await expect(
      ethers.deployContract("EvidenceRouter", [models, circuits, [signatures, signatures]]),
    ).to.be.revertedWithCustomError(router, "VerifierKindDuplicated");
  });

  it("reverts with VerifierKindDuplicated for two verifiers of external programs", async () => {
    const { models, circuits, router } = await deployed();
    const [one, two] = await Promise.all(
      [0, 1].map(() => ethers.deployContract("ExternalProofEvidence", [models])),
    );
    await expect(ethers.deployContract("EvidenceRouter", [models, circuits, [one, two]]))
      .to.be.revertedWithCustomError(router, "VerifierKindDuplicated")
      .withArgs(4n);
  });

  it("reverts with EvidenceKindUnsupported for a verifier of windows, which nobody brings", async () => {
    const { models, circuits, router } = await deployed();
    const windows = await ethers.deployContract("EvidenceMock", [2n]);
    await expect(ethers.deployContract("EvidenceRouter", [models, circuits, [windows]]))
      .to.be.revertedWithCustomError(router, "EvidenceKindUnsupported")
      .withArgs(2n);
  });

  it("knows its verifiers by kind", async () => {
    const { router, signatures, groth16, enclaves } = await deployed();
    expect(await router.verifierOf(0n)).to.equal(await signatures.getAddress());
    expect(await router.verifierOf(4n)).to.equal(await groth16.getAddress());
    expect(await router.verifierOf(3n)).to.equal(await enclaves.getAddress());
    expect(await router.verifierOf(2n)).to.equal(ethers.ZeroAddress);
  });
});
