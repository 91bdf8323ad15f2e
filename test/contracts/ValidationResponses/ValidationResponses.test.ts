import { expect } from "chai";
import { concat, ZeroAddress, ZeroHash, id, toBeHex } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { publishProven } from "../../helpers/provenRelease.ts";
import type { ProvenRelease } from "../../helpers/provenRelease.ts";
import {
  BAD,
  ETHER,
  GOOD,
  INPUT,
  NOTHING,
  all,
  deployScenario,
  digestOf,
  prove,
  sign,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";
import type { Claim, Evidence, Receipt, Release } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const AGENT = 22n;
const SALT = id("salt");
const SOFT = "soft-finality";
const HARD = "hard-finality";

type Grade = (flags?: number) => Evidence;

/** `operator` owns agent 22; `stranger` attests set-ups. */
async function deploy() {
  const scenario = await deployScenario();
  const { router, models, circuits, operator, stranger, domain } = scenario;
  const registry = await ethers.deployContract("ERC8004Mock");
  const validator = await ethers.deployContract("ValidationResponses", [
    router,
    models,
    circuits,
    registry,
    stranger,
  ]);
  await registry.connect(operator).register(AGENT);

  const claimOf = (release: string, change: Partial<Claim> = {}): Claim => ({
    release,
    request: id("request"),
    operator: operator.address,
    input: INPUT,
    output: GOOD,
    ...change,
  });
  /** Asks for the validation of a claim as `operator`; returns the request's hash. */
  const ask = async (claim: Claim, salt = SALT, agentId = AGENT) => {
    const hash = await validator.requestHashOf(agentId, digestOf(domain, claim), salt);
    await registry.connect(operator).validationRequest(validator, agentId, "ipfs://payload", hash);
    return hash;
  };
  const publish = async (label: string, terms: Partial<Release> = {}, attested = true) => {
    const proven = await publishProven(scenario, label, { release: terms });
    if (attested) {
      await circuits.connect(stranger).attest(proven.circuitId, proven.circuit.transcript);
    }
    return proven;
  };
  const signed = (claim: Claim): Promise<Evidence> => sign(operator, domain, claim);
  const proven = (claim: Claim, { key }: ProvenRelease): Evidence => prove(domain, claim, key);
  const receipt = (claim: Claim, ...evidence: Evidence[]): Receipt => ({ ...claim, evidence });
  return {
    ...scenario,
    registry,
    validator,
    claimOf,
    ask,
    publish,
    signed,
    proven,
    receipt,
    release: await publish("erc8004"),
  };
}

const deployed = () => networkHelpers.loadFixture(deploy);

async function asked() {
  const scenario = await deployed();
  const claim = scenario.claimOf(scenario.release.releaseId);
  const requestHash = await scenario.ask(claim);
  return { ...scenario, claim, requestHash };
}

describe("ValidationResponses.respond", () => {
  it("responds 20 to a signature and 100 to a proof under an attested set-up, whoever brings them", async () => {
    const {
      validator,
      registry,
      claim,
      requestHash,
      signed,
      proven,
      receipt,
      release,
      rival,
      domain,
    } = await asked();
    for (const [evidence, response, tag] of [
      [await signed(claim), 20n, SOFT],
      [proven(claim, release), 100n, HARD],
    ] as const) {
      const brought = receipt(claim, evidence);
      const transaction = validator.connect(rival).respond(AGENT, SALT, brought);
      await expect(transaction)
        .to.emit(validator, "Responded")
        .withArgs(requestHash, AGENT, digestOf(domain, claim), response);
      await expect(transaction)
        .to.emit(registry, "ValidationResponse")
        .withArgs(
          await validator.getAddress(),
          AGENT,
          requestHash,
          response,
          "",
          (it: string) => it !== ZeroHash,
          tag,
        );
      const status = await registry.getValidationStatus(requestHash);
      expect(status.response).to.equal(response);
      expect([...(await validator.responseOf(requestHash))]).to.deep.equal([response, false]);
    }
  });

  it("commits to the receipt", async () => {
    const { validator, registry, claim, requestHash, signed, receipt } = await asked();
    const brought = receipt(claim, await signed(claim));
    await validator.respond(AGENT, SALT, brought);
    const type = validator.interface.getFunction("respond").inputs[2]!;
    const encoded = ethers.AbiCoder.defaultAbiCoder().encode([type], [brought]);
    const status = await registry.getValidationStatus(requestHash);
    expect(status.responseHash).to.equal(ethers.keccak256(encoded));
  });

  it("responds 80 to a proof under a set-up that another attested, or nobody", async () => {
    const { validator, circuits, ask, claimOf, publish, proven, receipt, rival } = await deployed();
    const release = await publish("unattested", {}, false);
    for (const [index, attested] of [false, true].entries()) {
      if (attested) {
        await circuits.connect(rival).attest(release.circuitId, release.circuit.transcript);
      }
      const claim = claimOf(release.releaseId, { request: id(String(index)) });
      const requestHash = await ask(claim);
      await validator.respond(AGENT, SALT, receipt(claim, proven(claim, release)));
      expect((await validator.responseOf(requestHash)).response).to.equal(80n);
    }
  });

  it("gives nothing for a proof under a development set-up, and the signature's grade beside one", async () => {
    const { validator, ask, claimOf, releaseId, domain, signed, receipt } = await deployed();
    const claim = claimOf(releaseId);
    const requestHash = await ask(claim);
    const forgeable = prove(domain, claim);
    await expect(validator.respond(AGENT, SALT, receipt(claim, forgeable)))
      .to.be.revertedWithCustomError(validator, "ResponseNotHigher")
      .withArgs(requestHash, 0n, 0n);
    await validator.respond(AGENT, SALT, receipt(claim, forgeable, await signed(claim)));
    expect((await validator.responseOf(requestHash)).response).to.equal(20n);
  });

  it("grades every kind of evidence by the best that is there, and nothing that proves nothing", async () => {
    const { models, circuits, registry, stranger, operator, release, claimOf, domain } =
      await deployed();
    const verifiers = await Promise.all(
      [0, 1, 3, 4].map((kind) => ethers.deployContract("EvidenceMock", [kind])),
    );
    const router = await ethers.deployContract("EvidenceRouter", [models, circuits, verifiers]);
    const validator = await ethers.deployContract("ValidationResponses", [
      router,
      models,
      circuits,
      registry,
      stranger,
    ]);
    const [signed, quorum, proof] = [0n, 1n, 4n].map((kind) => (flags = 0) => ({
      kind,
      data: toBeHex(flags, 1),
    })) as [Grade, Grade, Grade];
    /** As long as what an enclave signs; up to date by default. */
    const tee = (flags = 0, status = 6): Evidence => ({
      kind: 3n,
      data: concat([toBeHex(flags, 1), toBeHex(status, 1), new Uint8Array(115)]),
    });
    const grades: readonly (readonly [bigint, readonly Evidence[]])[] = [
      [20n, [signed()]],
      [50n, [signed(), quorum()]],
      [70n, [tee(), quorum(), signed()]],
      [20n, [tee(4), signed()]],
      [20n, [tee(32), signed()]],
      [70n, [tee(0, 3), signed()]],
      [20n, [tee(0, 2), signed()]],
      [0n, [tee(4)]],
      [0n, [proof(1)]],
      [0n, [proof(3)]],
      [0n, [proof(8)]],
      [50n, [proof(8), quorum()]],
      [70n, [proof(1), tee()]],
      [100n, [proof(), tee(4), signed()]],
    ];
    for (const [index, [response, evidence]] of grades.entries()) {
      const claim = claimOf(release.releaseId, { request: id(String(index)) });
      const digest = digestOf({ ...domain, router: await router.getAddress() }, claim);
      const hash = await validator.requestHashOf(AGENT, digest, SALT);
      await registry.connect(operator).validationRequest(validator, AGENT, "", hash);
      const responding = validator.respond(AGENT, SALT, { ...claim, evidence: [...evidence] });
      if (response > 0n) await responding;
      else {
        await expect(responding).to.be.revertedWithCustomError(validator, "ResponseNotHigher");
      }
      expect((await validator.responseOf(hash)).response, String(index)).to.equal(response);
    }
  });

  it("gives nothing for no evidence", async () => {
    const { validator, claim, receipt } = await asked();
    await expect(validator.respond(AGENT, SALT, receipt(claim))).to.be.revertedWithCustomError(
      validator,
      "ResponseNotHigher",
    );
  });

  describe("given a response", () => {
    it("never lowers nor repeats it", async () => {
      const { validator, registry, claim, requestHash, signed, proven, receipt, release } =
        await asked();
      const proof = proven(claim, release);
      await validator.respond(AGENT, SALT, receipt(claim, proof));
      for (const brought of [receipt(claim, await signed(claim)), receipt(claim, proof)]) {
        await expect(validator.respond(AGENT, SALT, brought))
          .to.be.revertedWithCustomError(validator, "ResponseNotHigher")
          .withArgs(requestHash, 100n, brought.evidence[0]!.kind === 0n ? 20n : 100n);
      }
      expect((await registry.getValidationStatus(requestHash)).response).to.equal(100n);
    });
  });

  describe("given evidence of another statement", () => {
    it("reverts as its verifier does, and changes nothing", async () => {
      const {
        validator,
        groth16,
        signatures,
        claim,
        requestHash,
        signed,
        proven,
        receipt,
        release,
        rival,
      } = await asked();
      for (const change of [{ output: BAD }, { request: id("another") }]) {
        const other = { ...claim, ...change };
        await expect(
          validator.respond(AGENT, SALT, receipt(claim, proven(other, release))),
        ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
        await expect(
          validator.respond(AGENT, SALT, receipt(claim, await signed(other))),
        ).to.be.revertedWithCustomError(signatures, "SignatureNotByOperator");
      }
      expect((await validator.responseOf(requestHash)).response).to.equal(0n);
      expect(rival.address).to.not.equal(claim.operator);
    });

    it("does not find a request for it", async () => {
      const { validator, registry, claim, signed, receipt } = await asked();
      for (const change of [{ output: BAD }, { request: id("another") }]) {
        const other = { ...claim, ...change };
        await expect(
          validator.respond(AGENT, SALT, receipt(other, await signed(other))),
        ).to.be.revertedWithCustomError(registry, "RequestUnknown");
      }
      await expect(
        validator.respond(AGENT, id("another salt"), receipt(claim, await signed(claim))),
      ).to.be.revertedWithCustomError(registry, "RequestUnknown");
    });
  });

  describe("given an agent that asks for the validation of another's work", () => {
    it("reverts with AgentNotOperator", async () => {
      const { validator, registry, claim, signed, receipt, domain, rival, operator } =
        await asked();
      await registry.connect(rival).register(7n);
      const hash = await validator.requestHashOf(7n, digestOf(domain, claim), SALT);
      await registry.connect(rival).validationRequest(validator, 7n, "", hash);
      await expect(validator.respond(7n, SALT, receipt(claim, await signed(claim))))
        .to.be.revertedWithCustomError(validator, "AgentNotOperator")
        .withArgs(7n, operator.address);
    });

    it("takes the agent's wallet for the agent", async () => {
      const { validator, registry, claim, signed, receipt, domain, rival, operator } =
        await asked();
      await registry.connect(rival).register(7n);
      await registry.connect(rival).setWallet(7n, operator);
      const hash = await validator.requestHashOf(7n, digestOf(domain, claim), SALT);
      await registry.connect(rival).validationRequest(validator, 7n, "", hash);
      await validator.respond(7n, SALT, receipt(claim, await signed(claim)));
      expect((await validator.responseOf(hash)).response).to.equal(20n);
    });

    it("does not take the operator zero for an agent without a wallet", async () => {
      const { validator, ask, claimOf, release, proven, receipt } = await deployed();
      const claim = claimOf(release.releaseId, { operator: ZeroAddress });
      await ask(claim);
      await expect(
        validator.respond(AGENT, SALT, receipt(claim, proven(claim, release))),
      ).to.be.revertedWithCustomError(validator, "AgentNotOperator");
    });
  });

  describe("given a request to another validator, or for another agent under this hash", () => {
    it("reverts with ValidationNotRequested", async () => {
      const { validator, registry, claimOf, release, signed, receipt, domain, operator, rival } =
        await deployed();
      const claim = claimOf(release.releaseId);
      const evidence = await signed(claim);
      const hash = await validator.requestHashOf(AGENT, digestOf(domain, claim), SALT);
      await registry.connect(operator).validationRequest(rival, AGENT, "", hash);
      await expect(validator.respond(AGENT, SALT, receipt(claim, evidence)))
        .to.be.revertedWithCustomError(validator, "ValidationNotRequested")
        .withArgs(hash, rival.address, AGENT);

      await registry.connect(rival).register(7n);
      const salt = id("squatted");
      const squatted = await validator.requestHashOf(AGENT, digestOf(domain, claim), salt);
      await registry.connect(rival).validationRequest(validator, 7n, "", squatted);
      await expect(validator.respond(AGENT, salt, receipt(claim, evidence)))
        .to.be.revertedWithCustomError(validator, "ValidationNotRequested")
        .withArgs(squatted, await validator.getAddress(), 7n);
    });
  });

  describe("given a release with a floor", () => {
    it("responds to nothing below it", async () => {
      const { validator, router, ask, claimOf, publish, signed, proven, receipt } =
        await deployed();
      const strict = await publish("strict", { floor: all(zk()) });
      const claim = claimOf(strict.releaseId);
      await ask(claim);
      await expect(
        validator.respond(AGENT, SALT, receipt(claim, await signed(claim))),
      ).to.be.revertedWithCustomError(router, "PolicyNotMet");
      await validator.respond(AGENT, SALT, receipt(claim, proven(claim, strict)));
    });

    it("demands its stake, where it has no clause too", async () => {
      const { validator, router, ask, claimOf, publish, signed, receipt } = await deployed();
      for (const floor of [NOTHING, all(signature)]) {
        const minStake = 11n * ETHER;
        const rich = await publish(`rich ${floor.allOf.length}`, { floor: { ...floor, minStake } });
        const claim = claimOf(rich.releaseId);
        await ask(claim);
        await expect(validator.respond(AGENT, SALT, receipt(claim, await signed(claim))))
          .to.be.revertedWithCustomError(router, "PolicyStakeTooLow")
          .withArgs(ETHER, minStake);
      }
    });
  });
});

describe("ValidationResponses.overturn", () => {
  async function answered() {
    const scenario = await asked();
    const { validator, claim, signed, proven, receipt, release, claimOf } = scenario;
    await validator.respond(AGENT, SALT, receipt(claim, await signed(claim)));
    const truth = claimOf(release.releaseId, { output: BAD, request: id("asked again") });
    return { ...scenario, truth, contradiction: receipt(truth, proven(truth, release)) };
  }

  it("responds 0 for good to an answer that a proof contradicts", async () => {
    const {
      validator,
      registry,
      claim,
      requestHash,
      contradiction,
      proven,
      receipt,
      release,
      rival,
      truth,
      domain,
    } = await answered();
    const statement = receipt(claim);
    await expect(validator.connect(rival).overturn(AGENT, SALT, statement, contradiction))
      .to.emit(validator, "Overturned")
      .withArgs(requestHash, AGENT, digestOf(domain, truth));
    const status = await registry.getValidationStatus(requestHash);
    expect(status.response).to.equal(0n);
    expect(status.tag).to.equal("overturned");
    expect([...(await validator.responseOf(requestHash))]).to.deep.equal([0n, true]);
    await expect(
      validator.respond(AGENT, SALT, receipt(claim, proven(claim, release))),
    ).to.be.revertedWithCustomError(validator, "ResponseOverturned");
    await expect(
      validator.overturn(AGENT, SALT, statement, contradiction),
    ).to.be.revertedWithCustomError(validator, "ResponseOverturned");
  });

  it("reverts with ResponseNotContestable where there is no response, or 100", async () => {
    const { validator, claim, proven, receipt, release, contradiction } = await answered();
    await expect(
      validator.overturn(AGENT, id("another salt"), receipt(claim), contradiction),
    ).to.be.revertedWithCustomError(validator, "ResponseNotContestable");
    await validator.respond(AGENT, SALT, receipt(claim, proven(claim, release)));
    await expect(
      validator.overturn(AGENT, SALT, receipt(claim), contradiction),
    ).to.be.revertedWithCustomError(validator, "ResponseNotContestable");
  });

  it("reverts with ContradictionInvalid for the same output, another input, another release", async () => {
    const { validator, claim, proven, receipt, release, publish, truth } = await answered();
    const other = await publish("other model");
    const wrongs: readonly (readonly [Claim, ProvenRelease])[] = [
      [{ ...truth, output: GOOD }, release],
      [{ ...truth, input: [INPUT[0]! + 1n] }, release],
      [{ ...truth, release: other.releaseId }, other],
    ];
    for (const [wrong, of] of wrongs) {
      await expect(
        validator.overturn(AGENT, SALT, receipt(claim), receipt(wrong, proven(wrong, of))),
      ).to.be.revertedWithCustomError(validator, "ContradictionInvalid");
    }
  });

  it("takes no less than a proof under an attested set-up for a contradiction", async () => {
    const { validator, router, claim, signed, receipt, truth, ask, claimOf, publish, proven } =
      await answered();
    await expect(
      validator.overturn(AGENT, SALT, receipt(claim), receipt(truth, await signed(truth))),
    ).to.be.revertedWithCustomError(router, "PolicyNotMet");

    const unattested = await publish("unattested", {}, false);
    const answer = claimOf(unattested.releaseId);
    await ask(answer);
    await validator.respond(AGENT, SALT, receipt(answer, await signed(answer)));
    const other = { ...answer, output: BAD };
    await expect(
      validator.overturn(AGENT, SALT, receipt(answer), receipt(other, proven(other, unattested))),
    ).to.be.revertedWithCustomError(router, "PolicyNotMet");
  });

  it("reverts with ReleaseNotContestable where outputs may differ though nobody is wrong", async () => {
    const scenario = await deployed();
    const { validator, circuits, stranger, ask, claimOf, publish, proven, signed, receipt } =
      scenario;
    const committed = await publishProven(scenario, "committed", {
      circuit: { output: { mode: 1n, elements: 1n, bits: 32n, isSigned: true } },
    });
    await circuits.connect(stranger).attest(committed.circuitId, committed.circuit.transcript);
    for (const release of [await publish("tolerant", { runtime: 1n }), committed]) {
      const claim = claimOf(release.releaseId);
      await ask(claim);
      await validator.respond(AGENT, SALT, receipt(claim, await signed(claim)));
      const other = { ...claim, output: BAD };
      await expect(
        validator.overturn(AGENT, SALT, receipt(claim), receipt(other, proven(other, release))),
      )
        .to.be.revertedWithCustomError(validator, "ReleaseNotContestable")
        .withArgs(release.releaseId);
    }
  });
});

describe("ValidationResponses.requestHashOf", () => {
  it("is another for every agent, statement, salt, validator and registry", async () => {
    const { validator, registry, router, models, circuits, stranger } = await deployed();
    const twin = await ethers.deployContract("ValidationResponses", [
      router,
      models,
      circuits,
      registry,
      stranger,
    ]);
    const hashes = await Promise.all([
      validator.requestHashOf(1n, id("a"), SALT),
      validator.requestHashOf(2n, id("a"), SALT),
      validator.requestHashOf(1n, id("b"), SALT),
      validator.requestHashOf(1n, id("a"), ZeroHash),
      twin.requestHashOf(1n, id("a"), SALT),
    ]);
    expect(new Set(hashes).size).to.equal(hashes.length);
  });
});

describe("ValidationResponses.supportsInterface", () => {
  it("knows ERC-165 and its own, and not 0xffffffff", async () => {
    const { validator } = await deployed();
    const own = [
      "respond",
      "overturn",
      "requestHashOf",
      "responseOf",
      "attester",
      "registry",
      "router",
    ]
      .map((it) => BigInt(validator.interface.getFunction(it as "respond").selector))
      .reduce((sum, it) => sum ^ it, 0n);
    for (const known of ["0x01ffc9a7", toBeHex(own, 4)]) {
      expect(await validator.supportsInterface(known)).to.equal(true, known);
    }
    expect(await validator.supportsInterface("0xffffffff")).to.equal(false);
  });

  it("calls the registry by the draft's signatures", async () => {
    const { registry } = await deployed();
    for (const it of [
      "validationRequest(address,uint256,string,bytes32)",
      "validationResponse(bytes32,uint8,string,bytes32,string)",
      "getValidationStatus(bytes32)",
      "getIdentityRegistry()",
      "getAgentWallet(uint256)",
    ]) {
      expect(registry.interface.getFunction(it as "getIdentityRegistry").selector).to.equal(
        id(it).slice(0, 10),
      );
    }
    const event = "ValidationResponse(address,uint256,bytes32,uint8,string,bytes32,string)";
    expect(registry.interface.getEvent("ValidationResponse").topicHash).to.equal(id(event));
  });
});
