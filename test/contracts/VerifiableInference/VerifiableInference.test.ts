import { expect } from "chai";
import {
  AbiCoder,
  ZeroAddress,
  ZeroHash,
  concat,
  id,
  keccak256,
  toBeHex,
  zeroPadValue,
} from "ethers";
import { network } from "hardhat";
import { connection } from "../../helpers/deployVouch.ts";
import type { Connection } from "../../helpers/deployVouch.ts";
import { registerFamily } from "../../helpers/familyScenario.ts";
import { publishProven } from "../../helpers/provenRelease.ts";
import { publishSegments } from "../../helpers/segmentScenario.ts";
import {
  BAD,
  GOOD,
  INPUT,
  TRUST,
  hashOfWords,
  prove,
  release,
  scenarioOn,
  sign,
} from "../../helpers/vouchScenario.ts";
import type { Claim, Evidence } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const coder = AbiCoder.defaultAbiCoder();
const GROTH16 = id("groth16-bn254-v1").slice(0, 10);
const KEY = "(uint256[2] alpha,uint256[4] beta,uint256[4] gamma,uint256[4] delta,uint256[2][] ic)";

const bytesOf = (words: readonly bigint[]) => concat(words.map((it) => toBeHex(it, 32)));
const proofOf = ({ request, operator, input }: Claim, evidence: readonly Evidence[]) =>
  coder.encode(
    ["bytes32", "address", "uint256[]", "(uint8,bytes)[]"],
    [request, operator, input, evidence.map(({ kind, data }) => [kind, data])],
  );

async function deployOn(chain: Connection) {
  const scenario = await scenarioOn(chain);
  const { router, models, circuits, publisher, operator, stranger } = scenario;
  const proven = await publishProven(scenario, "erc7992");
  await circuits.connect(stranger).attest(proven.circuitId, proven.circuit.transcript);
  const adapter = await chain.ethers.deployContract("VerifiableInference", [
    router,
    models,
    circuits,
    TRUST.attested,
    zeroPadValue(stranger.address, 32),
  ]);
  const commitment = {
    modelHash: proven.releaseId,
    circuitHash: proven.circuitId,
    vkHash: keccak256(coder.encode([KEY], [proven.circuit.key])),
    proofSystemId: GROTH16,
    uri: "ipfs://manifest",
  };
  const modelId = BigInt(proven.releaseId);
  const claim: Claim = {
    release: proven.releaseId,
    request: id("request"),
    operator: operator.address,
    input: INPUT,
    output: GOOD,
  };
  return {
    ...scenario,
    ...proven,
    adapter,
    owned: adapter.connect(publisher),
    commitment,
    modelId,
    claim,
    chainId: scenario.domain.chainId,
  };
}

async function deploy() {
  return deployOn(connection);
}

async function registered() {
  const scenario = await networkHelpers.loadFixture(deploy);
  const { adapter, owned, commitment, claim, domain, key, releaseId } = scenario;
  await owned.registerModel(commitment);
  const commit = (it: Claim) =>
    adapter.inputCommitmentOf(releaseId, it.request, hashOfWords(it.input));
  return {
    ...scenario,
    inputCommitment: await commit(claim),
    commit,
    output: bytesOf(GOOD),
    proof: proofOf(claim, [prove(domain, claim, key)]),
  };
}

describe("VerifiableInference.registerModel", () => {
  it("registers a release under its own id", async () => {
    const { adapter, owned, commitment, modelId, publisher } =
      await networkHelpers.loadFixture(deploy);
    await expect(owned.registerModel(commitment))
      .to.emit(adapter, "ModelRegistered")
      .withArgs(modelId, publisher.address, Object.values(commitment));
    const model = await adapter.getModel(modelId);
    expect([...model.commitment]).to.deep.equal(Object.values(commitment));
    expect(model.deprecated).to.equal(false);
    expect(model.owner).to.equal(publisher.address);
    expect(await adapter.proofSystemOf(modelId)).to.equal(GROTH16);
  });

  it("reverts with NotModelOwner for anyone but the release's publisher", async () => {
    const { adapter, commitment, modelId, stranger } = await networkHelpers.loadFixture(deploy);
    await expect(adapter.connect(stranger).registerModel(commitment))
      .to.be.revertedWithCustomError(adapter, "NotModelOwner")
      .withArgs(modelId, stranger.address);
  });

  it("reverts with ModelAlreadyRegistered the second time", async () => {
    const { owned, adapter, commitment, modelId } = await registered();
    await expect(owned.registerModel(commitment))
      .to.be.revertedWithCustomError(adapter, "ModelAlreadyRegistered")
      .withArgs(modelId);
  });

  it("reverts with ReleaseNotPublished for a hash that is no release", async () => {
    const { owned, models, commitment } = await networkHelpers.loadFixture(deploy);
    await expect(
      owned.registerModel({ ...commitment, modelHash: id("nothing") }),
    ).to.be.revertedWithCustomError(models, "ReleaseNotPublished");
  });

  it("reverts with UnsupportedProofSystem for another proof system's name", async () => {
    const { owned, adapter, commitment } = await networkHelpers.loadFixture(deploy);
    const proofSystemId = id("plonk-bn254-v2").slice(0, 10);
    await expect(owned.registerModel({ ...commitment, proofSystemId }))
      .to.be.revertedWithCustomError(adapter, "UnsupportedProofSystem")
      .withArgs(proofSystemId);
  });

  it("reverts with ModelCommitmentMismatch for another circuit or key", async () => {
    const { owned, adapter, commitment } = await networkHelpers.loadFixture(deploy);
    for (const change of [{ circuitHash: id("another") }, { vkHash: id("another") }]) {
      await expect(owned.registerModel({ ...commitment, ...change }))
        .to.be.revertedWithCustomError(adapter, "ModelCommitmentMismatch")
        .withArgs(commitment.circuitHash, commitment.vkHash);
    }
  });

  it("reverts with ModelWithoutCircuit for a release that no circuit proves", async () => {
    const { owned, adapter, models, publisher, commitment } =
      await networkHelpers.loadFixture(deploy);
    const plain = release({ publisher: publisher.address, weights: 0n });
    const modelHash = await models.publish.staticCall(plain, "");
    await models.connect(publisher).publish(plain, "");
    await expect(
      owned.registerModel({ ...commitment, modelHash, circuitHash: ZeroHash }),
    ).to.be.revertedWithCustomError(adapter, "ModelWithoutCircuit");
  });

  it("reverts with PolicyUnsatisfiable for a set-up that this adapter does not trust", async () => {
    const scenario = await networkHelpers.loadFixture(deploy);
    const { owned, router, commitment } = scenario;
    const other = await publishProven(scenario, "unattested");
    await expect(
      owned.registerModel({
        ...commitment,
        modelHash: other.releaseId,
        circuitHash: other.circuitId,
        vkHash: await scenario.adapter.vkHashOf(other.circuitId),
      }),
    ).to.be.revertedWithCustomError(router, "PolicyUnsatisfiable");
  });
});

describe("VerifiableInference.updateModel", () => {
  it("reverts with ModelImmutable, whose owner asks", async () => {
    const { owned, adapter, commitment, modelId } = await registered();
    await expect(owned.updateModel(modelId, commitment))
      .to.be.revertedWithCustomError(adapter, "ModelImmutable")
      .withArgs(modelId);
  });

  it("reverts with NotModelOwner or ModelNotFound for others", async () => {
    const { adapter, commitment, modelId, stranger } = await registered();
    const asStranger = adapter.connect(stranger);
    await expect(asStranger.updateModel(modelId, commitment)).to.be.revertedWithCustomError(
      adapter,
      "NotModelOwner",
    );
    await expect(asStranger.updateModel(1n, commitment)).to.be.revertedWithCustomError(
      adapter,
      "ModelNotFound",
    );
  });
});

describe("VerifiableInference.deprecateModel", () => {
  it("ends verification, once, and by the owner only", async () => {
    const { owned, adapter, modelId, stranger, inputCommitment, output, proof } =
      await registered();
    await expect(adapter.connect(stranger).deprecateModel(modelId))
      .to.be.revertedWithCustomError(adapter, "NotModelOwner")
      .withArgs(modelId, stranger.address);
    await expect(owned.deprecateModel(modelId))
      .to.emit(adapter, "ModelDeprecated")
      .withArgs(modelId);
    expect((await adapter.getModel(modelId)).deprecated).to.equal(true);
    await expect(adapter.verifyInference(modelId, inputCommitment, output, proof))
      .to.be.revertedWithCustomError(adapter, "VerificationRefused_ModelDeprecated")
      .withArgs(modelId);
    await expect(owned.deprecateModel(modelId))
      .to.be.revertedWithCustomError(adapter, "ModelAlreadyDeprecated")
      .withArgs(modelId);
  });
});

describe("VerifiableInference.verifyInference", () => {
  it("emits InferenceVerified, whoever brings the proof", async () => {
    const { adapter, modelId, inputCommitment, output, proof, rival } = await registered();
    await expect(adapter.connect(rival).verifyInference(modelId, inputCommitment, output, proof))
      .to.emit(adapter, "InferenceVerified")
      .withArgs(modelId, inputCommitment, output, rival.address);
  });

  it("reverts with ModelNotFound for a release that was not registered", async () => {
    const { adapter, modelId } = await networkHelpers.loadFixture(deploy);
    await expect(adapter.verifyInference(modelId, ZeroHash, "0x", "0x"))
      .to.be.revertedWithCustomError(adapter, "ModelNotFound")
      .withArgs(modelId);
  });

  it("reverts with InputCommitmentMismatch for another input, request, model, or deployment", async () => {
    const scenario = await registered();
    const { adapter, modelId, output, proof, claim, commit, router, models, circuits } = scenario;
    const other = await publishProven(scenario, "other model");
    const twin = await ethers.deployContract("VerifiableInference", [
      router,
      models,
      circuits,
      TRUST.any,
      ZeroHash,
    ]);
    for (const wrong of [
      await commit({ ...claim, input: BAD }),
      await commit({ ...claim, request: id("another") }),
      await adapter.inputCommitmentOf(other.releaseId, claim.request, hashOfWords(INPUT)),
      await twin.inputCommitmentOf(claim.release, claim.request, hashOfWords(INPUT)),
      hashOfWords(INPUT),
      ZeroHash,
    ]) {
      await expect(
        adapter.verifyInference(modelId, wrong, output, proof),
      ).to.be.revertedWithCustomError(adapter, "InputCommitmentMismatch");
    }
  });

  it("reverts for a proof of another input, request or operator, though the commitment is right", async () => {
    const { adapter, groth16, modelId, output, claim, commit, domain, key, rival } =
      await registered();
    const evidence = [prove(domain, claim, key)];
    for (const change of [
      { input: BAD },
      { request: id("another") },
      { operator: rival.address },
    ]) {
      const other = { ...claim, ...change };
      await expect(
        adapter.verifyInference(modelId, await commit(other), output, proofOf(other, evidence)),
      ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
    }
  });

  it("reverts for a proof of another output", async () => {
    const { adapter, groth16, modelId, inputCommitment, proof } = await registered();
    await expect(
      adapter.verifyInference(modelId, inputCommitment, bytesOf(BAD), proof),
    ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
  });

  it("reverts with OutputMismatch for bytes that are no words, and takes no word too many", async () => {
    const { adapter, modelId, inputCommitment, output, proof } = await registered();
    for (const wrong of [`${output}00`, output.slice(0, -2), "0x01"]) {
      await expect(
        adapter.verifyInference(modelId, inputCommitment, wrong, proof),
      ).to.be.revertedWithCustomError(adapter, "OutputMismatch");
    }
    const library = await ethers.getContractAt("Words", ZeroAddress);
    for (const wrong of ["0x", concat([output, ZeroHash])]) {
      await expect(
        adapter.verifyInference(modelId, inputCommitment, wrong, proof),
      ).to.be.revertedWithCustomError(library, "WordCountInvalid");
    }
  });

  it("reverts with PolicyNotMet for a signature where a proof is demanded, and for nothing", async () => {
    const { adapter, router, modelId, inputCommitment, output, claim, domain, operator } =
      await registered();
    for (const evidence of [[await sign(operator, domain, claim)], []]) {
      await expect(
        adapter.verifyInference(modelId, inputCommitment, output, proofOf(claim, evidence)),
      ).to.be.revertedWithCustomError(router, "PolicyNotMet");
    }
  });

  it("refuses a proof of another router", async () => {
    const { adapter, groth16, modelId, inputCommitment, output, claim, domain, key, requests } =
      await registered();
    const elsewhere = { ...domain, router: await requests.getAddress() };
    await expect(
      adapter.verifyInference(
        modelId,
        inputCommitment,
        output,
        proofOf(claim, [prove(elsewhere, claim, key)]),
      ),
    ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
  });

  it("refuses what was made on another chain with the same addresses", async () => {
    const own = await network.create();
    const other = await network.create({ override: { chainId: 31_338 } });
    const [here, there] = [await deployOn(own), await deployOn(other)];
    await here.owned.registerModel(here.commitment);
    await there.owned.registerModel(there.commitment);
    expect(await here.adapter.getAddress()).to.equal(await there.adapter.getAddress());
    const commitmentOf = ({ adapter, claim }: typeof here) =>
      adapter.inputCommitmentOf(claim.release, claim.request, hashOfWords(claim.input));
    const proof = proofOf(there.claim, [prove(there.domain, there.claim, there.key)]);
    const output = bytesOf(GOOD);
    await there.adapter.verifyInference(there.modelId, await commitmentOf(there), output, proof);
    await expect(
      here.adapter.verifyInference(here.modelId, await commitmentOf(there), output, proof),
    ).to.be.revertedWithCustomError(here.adapter, "InputCommitmentMismatch");
    await expect(
      here.adapter.verifyInference(here.modelId, await commitmentOf(here), output, proof),
    ).to.be.revertedWithCustomError(here.groth16, "ProofInvalid");
    await other.close();
    await own.close();
  });
});

describe("VerifiableInference.verifyAndStoreInference", () => {
  it("stores what was verified under the draft's id", async () => {
    const { adapter, modelId, inputCommitment, output, proof } = await registered();
    const inferenceId = keccak256(concat([toBeHex(modelId, 32), inputCommitment, output]));
    await expect(adapter.verifyAndStoreInference(modelId, inputCommitment, output, proof))
      .to.emit(adapter, "InferenceStored")
      .withArgs(inferenceId);
    expect([...(await adapter.getInference(inferenceId))]).to.deep.equal([
      modelId,
      inputCommitment,
      output,
    ]);
  });

  it("reverts with InferenceAlreadyStored for a replay", async () => {
    const { adapter, modelId, inputCommitment, output, proof } = await registered();
    await adapter.verifyAndStoreInference(modelId, inputCommitment, output, proof);
    await expect(
      adapter.verifyAndStoreInference(modelId, inputCommitment, output, proof),
    ).to.be.revertedWithCustomError(adapter, "InferenceAlreadyStored");
  });

  it("stores nothing where the proof is invalid", async () => {
    const { adapter, groth16, modelId, inputCommitment, proof } = await registered();
    await expect(
      adapter.verifyAndStoreInference(modelId, inputCommitment, bytesOf(BAD), proof),
    ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
    await expect(adapter.getInference(id("nothing"))).to.be.revertedWithCustomError(
      adapter,
      "InferenceNotFound",
    );
  });
});

describe("VerifiableInference.vkHashOf", () => {
  it("hashes a key, or the hashes of the keys of a list or family", async () => {
    const scenario = await networkHelpers.loadFixture(deploy);
    const { adapter, circuits, circuitId, circuit, publisher } = scenario;
    const hashOfKey = (key: typeof circuit.key) => keccak256(coder.encode([KEY], [key]));
    expect(await adapter.vkHashOf(circuitId)).to.equal(hashOfKey(circuit.key));
    const { listId, keys } = await publishSegments(scenario, publisher, "erc7992 list");
    expect(await adapter.vkHashOf(listId)).to.equal(
      keccak256(concat(keys.map(({ key }) => hashOfKey(key)))),
    );
    const family = await registerFamily(scenario, "erc7992 family");
    expect(await adapter.vkHashOf(family.familyId)).to.equal(
      keccak256(concat([...family.keys.values()].map(({ key }) => hashOfKey(key)))),
    );
    await expect(adapter.vkHashOf(id("nothing"))).to.be.revertedWithCustomError(
      circuits,
      "CircuitNotRegistered",
    );
  });
});

describe("VerifiableInference.trusted", () => {
  it("names the set-ups that it was made to trust", async () => {
    const { adapter, stranger } = await networkHelpers.loadFixture(deploy);
    expect([...(await adapter.trusted())]).to.deep.equal([
      TRUST.attested,
      zeroPadValue(stranger.address, 32).toLowerCase(),
    ]);
  });
});

describe("VerifiableInference.supportsInterface", () => {
  const selector = (signature: string) => BigInt(id(signature).slice(0, 10));
  const idOf = (...signatures: string[]) =>
    toBeHex(
      signatures.reduce((sum, it) => sum ^ selector(it), 0n),
      4,
    );
  const MODEL = "(bytes32,bytes32,bytes32,bytes4,string)";

  it("knows the ids that follow from the draft's signatures, and not 0xffffffff", async () => {
    const { adapter } = await networkHelpers.loadFixture(deploy);
    for (const known of [
      "0x01ffc9a7",
      idOf(
        `registerModel(${MODEL})`,
        `updateModel(uint256,${MODEL})`,
        "deprecateModel(uint256)",
        "getModel(uint256)",
      ),
      idOf("verifyInference(uint256,bytes32,bytes,bytes)", "proofSystemOf(uint256)", "registry()"),
      idOf("verifyAndStoreInference(uint256,bytes32,bytes,bytes)", "getInference(bytes32)"),
    ]) {
      expect(await adapter.supportsInterface(known)).to.equal(true, known);
    }
    expect(await adapter.supportsInterface("0xffffffff")).to.equal(false);
    expect(await adapter.registry()).to.equal(await adapter.getAddress());
  });

  it("has the draft's events and errors, but for the error that shared its event's name", async () => {
    const { adapter } = await networkHelpers.loadFixture(deploy);
    const topics = [
      `ModelRegistered(uint256,address,${MODEL})`,
      `ModelUpdated(uint256,${MODEL},${MODEL})`,
      "ModelDeprecated(uint256)",
      "InferenceVerified(uint256,bytes32,bytes,address)",
      "InferenceStored(bytes32)",
    ];
    for (const it of topics) {
      expect(adapter.interface.getEvent(it as "ModelDeprecated").topicHash).to.equal(id(it));
    }
    for (const it of [
      "ModelNotFound(uint256)",
      "NotModelOwner(uint256,address)",
      "InvalidProof()",
      "ModelMismatch()",
      "InputCommitmentMismatch()",
      "OutputMismatch()",
      "UnsupportedProofSystem(bytes4)",
      "VerificationRefused_ModelDeprecated(uint256)",
    ]) {
      expect(adapter.interface.getError(it)!.selector).to.equal(id(it).slice(0, 10));
    }
    expect(adapter.interface.getError("ModelDeprecated")).to.equal(null);
  });
});
