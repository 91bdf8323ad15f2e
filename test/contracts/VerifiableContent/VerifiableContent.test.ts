import { expect } from "chai";
import { AbiCoder, ZeroHash, concat, id, keccak256, toBeHex } from "ethers";
import { network } from "hardhat";
import { connection } from "../../helpers/deployVouch.ts";
import type { Connection } from "../../helpers/deployVouch.ts";
import { publishProven } from "../../helpers/provenRelease.ts";
import { BAD, GOOD, INPUT, TRUST, prove, scenarioOn, sign } from "../../helpers/vouchScenario.ts";
import type { Claim, Evidence } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const coder = AbiCoder.defaultAbiCoder();
const SALT = id("salt");
const DELAY = 60;

const bytesOf = (words: readonly bigint[]) => concat(words.map((it) => toBeHex(it, 32)));
const PROMPT = bytesOf(INPUT);
const CONTENT = bytesOf(GOOD);
const TOKEN = BigInt(keccak256(PROMPT));

async function deployOn(chain: Connection) {
  const scenario = await scenarioOn(chain);
  const { router, operator, requester, domain } = scenario;
  const { releaseId, circuitId, key } = await publishProven(scenario, "erc7007");
  const collection = await chain.ethers.deployContract("VerifiableContent", [
    "Answers",
    "ANSWER",
    router,
    releaseId,
    TRUST.pinned,
    circuitId,
  ]);
  const claimOf = async (owner: string, change: Partial<Claim> = {}): Promise<Claim> => ({
    release: releaseId,
    request: await collection.requestOf(owner, keccak256(PROMPT), SALT),
    operator: operator.address,
    input: INPUT,
    output: GOOD,
    ...change,
  });
  const encode = (
    owner: string,
    evidence: readonly Evidence[],
    salt = SALT,
    by = operator.address,
  ) =>
    coder.encode(
      ["address", "bytes32", "address", "(uint8,bytes)[]"],
      [owner, salt, by, evidence.map(({ kind, data }) => [kind, data])],
    );
  const claim = await claimOf(requester.address);
  return {
    ...scenario,
    releaseId,
    circuitId,
    key,
    collection,
    claimOf,
    encode,
    claim,
    owner: requester.address,
    proof: encode(requester.address, [prove(domain, claim, key)]),
  };
}

async function deploy() {
  return deployOn(connection);
}

const deployed = () => networkHelpers.loadFixture(deploy);

async function claimed() {
  const scenario = await deployed();
  await scenario.collection.claim(scenario.claim.request);
  await networkHelpers.time.increase(DELAY);
  return scenario;
}

describe("VerifiableContent.addAigcData", () => {
  it("mints to the owner that the proof names, whoever sends it", async () => {
    const { collection, rival, owner, proof, claim } = await claimed();
    await expect(collection.connect(rival).addAigcData(TOKEN, PROMPT, CONTENT, proof))
      .to.emit(collection, "AigcData")
      .withArgs(
        TOKEN,
        (it: { hash: string }) => it.hash === keccak256(PROMPT),
        (it: { hash: string }) => it.hash === keccak256(CONTENT),
        proof,
      );
    expect(await collection.ownerOf(TOKEN)).to.equal(owner);
    expect(await collection.contentHashOf(TOKEN)).to.equal(keccak256(CONTENT));
    expect(await collection.mintableAt(claim.request)).to.not.equal(0n);
  });

  describe("when the token's id is not the prompt's hash", () => {
    it("reverts with TokenIdMismatch", async () => {
      const { collection, proof } = await claimed();
      await expect(collection.addAigcData(TOKEN + 1n, PROMPT, CONTENT, proof))
        .to.be.revertedWithCustomError(collection, "TokenIdMismatch")
        .withArgs(TOKEN + 1n, TOKEN);
    });
  });

  describe("when the token was minted", () => {
    it("reverts, for the same proof and for another's", async () => {
      const { collection, proof, claimOf, encode, domain, key, rival } = await claimed();
      await collection.addAigcData(TOKEN, PROMPT, CONTENT, proof);
      const other = await claimOf(rival.address);
      await collection.claim(other.request);
      await networkHelpers.time.increase(DELAY);
      for (const late of [proof, encode(rival.address, [prove(domain, other, key)])]) {
        await expect(
          collection.addAigcData(TOKEN, PROMPT, CONTENT, late),
        ).to.be.revertedWithCustomError(collection, "ERC721InvalidSender");
      }
    });
  });

  describe("when the request was not claimed, or just now", () => {
    it("reverts with PromptNotClaimed", async () => {
      const { collection, claim, proof } = await deployed();
      await expect(collection.addAigcData(TOKEN, PROMPT, CONTENT, proof))
        .to.be.revertedWithCustomError(collection, "PromptNotClaimed")
        .withArgs(claim.request, 0n);
      await collection.claim(claim.request);
      await expect(
        collection.addAigcData(TOKEN, PROMPT, CONTENT, proof),
      ).to.be.revertedWithCustomError(collection, "PromptNotClaimed");
    });
  });

  describe("given a proof copied from the mempool", () => {
    it("refuses it for another owner", async () => {
      const { collection, groth16, claimOf, encode, claim, domain, key, rival } = await claimed();
      const stolen = encode(rival.address, [prove(domain, claim, key)]);
      await collection.claim((await claimOf(rival.address)).request);
      await networkHelpers.time.increase(DELAY);
      await expect(
        collection.addAigcData(TOKEN, PROMPT, CONTENT, stolen),
      ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
    });

    it("leaves no time for a claim of the prompt by who proves anew", async () => {
      const { collection, claimOf, encode, domain, key, rival, proof, owner } = await claimed();
      const own = await claimOf(rival.address);
      await collection.connect(rival).claim(own.request);
      await expect(
        collection.addAigcData(
          TOKEN,
          PROMPT,
          CONTENT,
          encode(rival.address, [prove(domain, own, key)]),
        ),
      ).to.be.revertedWithCustomError(collection, "PromptNotClaimed");
      await collection.addAigcData(TOKEN, PROMPT, CONTENT, proof);
      expect(await collection.ownerOf(TOKEN)).to.equal(owner);
    });
  });

  it("reverts as the router does where a signature alone is brought", async () => {
    const { collection, router, encode, claim, domain, operator, owner } = await claimed();
    const proof = encode(owner, [await sign(operator, domain, claim)]);
    await expect(
      collection.addAigcData(TOKEN, PROMPT, CONTENT, proof),
    ).to.be.revertedWithCustomError(router, "PolicyNotMet");
  });
});

describe("VerifiableContent.verify", () => {
  it("is true for what was proven, before and after the mint", async () => {
    const { collection, proof } = await claimed();
    expect(await collection.verify(PROMPT, CONTENT, proof)).to.equal(true);
    await collection.addAigcData(TOKEN, PROMPT, CONTENT, proof);
    expect(await collection.verify(PROMPT, CONTENT, proof)).to.equal(true);
  });

  it("is false for everything else", async () => {
    const scenario = await deployed();
    const { collection, proof, encode, claim, domain, key, owner, operator, rival } = scenario;
    const evidence = [prove(domain, claim, key)];
    const elsewhere = { ...domain, router: await scenario.requests.getAddress() };
    const cases: readonly (readonly [string, string, string, string])[] = [
      ["another prompt", bytesOf(BAD), CONTENT, proof],
      ["another content", PROMPT, bytesOf(BAD), proof],
      ["content that is no words", PROMPT, `${CONTENT}00`, proof],
      ["a prompt that is no words", `${PROMPT}00`, CONTENT, proof],
      ["a word of content too many", PROMPT, concat([CONTENT, ZeroHash]), proof],
      ["nothing", "0x", "0x", proof],
      ["no proof", PROMPT, CONTENT, "0x"],
      ["a proof that cannot be read", PROMPT, CONTENT, id("noise")],
      ["no evidence", PROMPT, CONTENT, encode(owner, [])],
      ["another salt", PROMPT, CONTENT, encode(owner, evidence, id("other"))],
      ["another owner", PROMPT, CONTENT, encode(rival.address, evidence)],
      ["another operator", PROMPT, CONTENT, encode(owner, evidence, SALT, rival.address)],
      ["a signature", PROMPT, CONTENT, encode(owner, [await sign(operator, domain, claim)])],
      ["another router", PROMPT, CONTENT, encode(owner, [prove(elsewhere, claim, key)])],
    ];
    for (const [what, prompt, content, wrong] of cases) {
      expect(await collection.verify(prompt, content, wrong), what).to.equal(false);
    }
  });

  it("is false in another collection of the same release", async () => {
    const { collection, router, releaseId, circuitId, proof } = await deployed();
    const other = await ethers.deployContract("VerifiableContent", [
      "Others",
      "OTHER",
      router,
      releaseId,
      TRUST.pinned,
      circuitId,
    ]);
    expect(await collection.verify(PROMPT, CONTENT, proof)).to.equal(true);
    expect(await other.verify(PROMPT, CONTENT, proof)).to.equal(false);
  });

  it("is false for a proof of another release", async () => {
    const scenario = await deployed();
    const { collection, encode, claim, domain, owner } = scenario;
    const other = await publishProven(scenario, "other model");
    const foreign = { ...claim, release: other.releaseId };
    const proof = encode(owner, [prove(domain, foreign, other.key)]);
    expect(await collection.verify(PROMPT, CONTENT, proof)).to.equal(false);
  });

  it("is false on another chain with the same addresses", async () => {
    const own = await network.create();
    const other = await network.create({ override: { chainId: 31_338 } });
    const [here, there] = [await deployOn(own), await deployOn(other)];
    expect(await here.collection.getAddress()).to.equal(await there.collection.getAddress());
    expect(await there.collection.verify(PROMPT, CONTENT, there.proof)).to.equal(true);
    expect(await here.collection.verify(PROMPT, CONTENT, there.proof)).to.equal(false);
    await other.close();
    await own.close();
  });
});

describe("VerifiableContent.requireContent", () => {
  it("returns the owner and the request that the proof is of", async () => {
    const { collection, proof, owner, claim } = await deployed();
    const content = await collection.requireContent(PROMPT, CONTENT, proof);
    expect([...content]).to.deep.equal([owner, claim.request]);
  });

  it("reverts with ContentNotWords for a byte more or less than words have", async () => {
    const { collection, proof } = await deployed();
    for (const wrong of [`${PROMPT}00`, PROMPT.slice(0, -2)]) {
      const length = BigInt(wrong.length / 2 - 1);
      for (const [prompt, content] of [
        [wrong, CONTENT],
        [PROMPT, wrong],
      ] as const) {
        await expect(collection.requireContent(prompt, content, proof))
          .to.be.revertedWithCustomError(collection, "ContentNotWords")
          .withArgs(length);
      }
    }
  });
});

describe("VerifiableContent.claim", () => {
  it("lets nobody set a claim back by claiming it again", async () => {
    const { collection, claim, rival } = await deployed();
    await expect(collection.claim(claim.request))
      .to.emit(collection, "PromptClaimed")
      .withArgs(claim.request);
    await expect(collection.connect(rival).claim(claim.request))
      .to.be.revertedWithCustomError(collection, "PromptAlreadyClaimed")
      .withArgs(claim.request);
  });
});

describe("VerifiableContent's constructor", () => {
  it("refuses a release that cannot be proven as it demands", async () => {
    const { router, releaseId } = await deployed();
    await expect(
      ethers.deployContract("VerifiableContent", [
        "Answers",
        "ANSWER",
        router,
        releaseId,
        TRUST.pinned,
        id("another circuit"),
      ]),
    ).to.be.revertedWithCustomError(router, "PolicyUnsatisfiable");
  });
});

describe("VerifiableContent.supportsInterface", () => {
  it("knows ERC-165, ERC-721 with its metadata, and ERC-7007's published id, and not 0xffffffff", async () => {
    const { collection, releaseId, circuitId } = await deployed();
    for (const known of ["0x01ffc9a7", "0x80ac58cd", "0x5b5e139f", "0x702c55a6"]) {
      expect(await collection.supportsInterface(known)).to.equal(true, known);
    }
    for (const unknown of ["0xffffffff", "0xfa1a557a", "0x3f37dce2"]) {
      expect(await collection.supportsInterface(unknown)).to.equal(false, unknown);
    }
    expect(await collection.release()).to.equal(releaseId);
    expect([...(await collection.trusted())]).to.deep.equal([TRUST.pinned, circuitId]);
  });
});
