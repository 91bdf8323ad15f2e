import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { Signature, concat, dataSlice, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { nodeOf, signBatch, signBehind, signRoot } from "../../helpers/signBatch.ts";
import type { Claim } from "../../helpers/vouchScenario.ts";
import {
  BAD,
  ETHER,
  GOOD,
  INPUT,
  deployScenario,
  digestOf,
  hashOfWords as hashOf,
  sign,
} from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const MAX_PATH = 40;
const WRONG_LENGTH = 2n;

/** Five statements that the operator signed together. */
async function batched() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { operator, releaseId, domain, router, signatures } = scenario;
  const claimOf = (request: string, output = GOOD): Claim => ({
    ...{ release: releaseId, request: id(request), operator: operator.address },
    ...{ input: INPUT, output },
  });
  const claims = ["one", "two", "three", "four", "five"].map((request) => claimOf(request));
  const evidence = await signBatch(operator, domain, claims);
  const assess = (claim: Claim, data: string) =>
    router.assess({ ...claim, evidence: [{ kind: 0n, data }] });
  const refused = async (claim: Claim, data: string, error: string) => {
    await expect(assess(claim, data)).to.be.revertedWithCustomError(signatures, error);
  };
  const [mine, { data }] = [claims[1]!, evidence[1]!];
  return { ...scenario, claimOf, claims, evidence, assess, refused, mine, data };
}

const statementOf = ({ release, request, operator, input, output }: Claim) => ({
  ...{ release, request, operator, inputHash: hashOf(input), outputHash: hashOf(output) },
});

describe("SignatureEvidence.verify, given a batch", () => {
  it("reports of each of its statements what it does of one that is signed itself", async () => {
    const { assess, claims, evidence, operator, domain } = await batched();
    const alone = await assess(claims[0]!, (await sign(operator, domain, claims[0]!)).data);
    expect(alone.stakeAtRisk).to.equal(ETHER);
    for (const [index, claim] of claims.entries())
      expect(await assess(claim, evidence[index]!.data)).to.deep.equal(alone);
  });

  it("takes 40 siblings, and no more", async () => {
    const { assess, refused, mine, operator, domain, signatures } = await batched();
    for (const length of [MAX_PATH, MAX_PATH + 1]) {
      const { data } = await signBehind(operator, domain, mine, length);
      if (length === MAX_PATH) expect((await assess(mine, data)).kinds).to.equal(1n);
      else await refused(mine, data, "SignatureMalformed");
    }
    await expect(assess(mine, `0x${"00".repeat(65 + 32 * 41)}`))
      .to.be.revertedWithCustomError(signatures, "SignatureMalformed")
      .withArgs(WRONG_LENGTH);
  });

  for (const [what, change] of [
    ["a byte too many", (data: string) => `${data}00`],
    ["a byte too few", (data: string) => data.slice(0, -2)],
    ["one byte of a path", (data: string) => `${data.slice(0, 132)}00`],
    ["31 bytes of a path", (data: string) => data.slice(0, 132 + 62)],
  ] as const) {
    it(`reverts with SignatureMalformed for ${what}`, async () => {
      const { refused, mine, data } = await batched();
      await refused(mine, change(data), "SignatureMalformed");
    });
  }

  it("reverts with SignatureMalformed for the high s", async () => {
    const { refused, mine, data } = await batched();
    const { r, s, v } = Signature.from(dataSlice(data, 0, 65));
    const high = `0x${(ORDER - BigInt(s)).toString(16).padStart(64, "0")}`;
    const flipped = concat([r, high, v === 27 ? "0x1c" : "0x1b", dataSlice(data, 65)]);
    await refused(mine, flipped, "SignatureMalformed");
  });

  it("reverts with SignatureNotByOperator for a path that begins at a node, or ends below the root", async () => {
    const { refused, claims, evidence } = await batched();
    for (const [index, { data }] of evidence.entries()) {
      const [signed, path] = [dataSlice(data, 0, 65), dataSlice(data, 65)];
      const siblings = (path.length - 2) / 64;
      if (siblings === 1) continue;
      await refused(
        claims[index]!,
        concat([signed, dataSlice(path, 32)]),
        "SignatureNotByOperator",
      );
      const shorter = concat([signed, dataSlice(path, 0, 32 * (siblings - 1))]);
      await refused(claims[index]!, shorter, "SignatureNotByOperator");
    }
  });

  it("reverts with SignatureNotByOperator for a root as a statement, and a statement as a root", async () => {
    const { refused, claims, mine, data, operator, domain } = await batched();
    // The signature of the root is of no statement by itself.
    for (const each of claims)
      await refused(each, dataSlice(data, 0, 65), "SignatureNotByOperator");
    // A root that is a statement's digest does not sign that statement.
    const ofDigest = await signRoot(operator, domain, digestOf(domain, mine));
    await refused(mine, ofDigest, "SignatureNotByOperator");
    // The signature of a statement is of no batch that has it.
    const own = (await sign(operator, domain, mine)).data;
    await refused(mine, concat([own, dataSlice(data, 65)]), "SignatureNotByOperator");
  });

  it("reverts with SignatureNotByOperator for another statement, or the path of a neighbour", async () => {
    const { refused, claimOf, claims, evidence, data } = await batched();
    await refused(claimOf("six"), data, "SignatureNotByOperator");
    await refused(claimOf("two", BAD), data, "SignatureNotByOperator");
    await refused(claims[2]!, evidence[3]!.data, "SignatureNotByOperator");
  });

  it("reverts with SignatureNotByOperator where another signed, or for another router or chain", async () => {
    const { refused, claims, mine, operator, rival, stranger, domain } = await batched();
    const signedBy = async (signer: HardhatEthersSigner, change: Partial<typeof domain>) => {
      const root = [id("sibling")].reduce(nodeOf, digestOf(domain, mine));
      return concat([await signRoot(signer, { ...domain, ...change }, root), id("sibling")]);
    };
    await refused(mine, await signedBy(rival, {}), "SignatureNotByOperator");
    await refused(mine, await signedBy(operator, { chainId: 1n }), "SignatureNotByOperator");
    const router = stranger.address;
    await refused(mine, await signedBy(operator, { router }), "SignatureNotByOperator");
    const [elsewhere] = await signBatch(operator, { ...domain, router }, claims);
    await refused(claims[0]!, elsewhere!.data, "SignatureNotByOperator");
  });

  it("is of the router that asks: nobody else's call finds a batch of its own domain", async () => {
    const { signatures, router, stranger, mine, data, domain } = await batched();
    const statement = statementOf(mine);
    const asked = (from: string) =>
      signatures
        .connect(ethers.provider)
        .verify(statement, digestOf(domain, mine), [], [], data, { from });
    await expect(asked(stranger.address)).to.be.revertedWithCustomError(
      signatures,
      "SignatureNotByOperator",
    );
    expect((await asked(await router.getAddress())).stakeAtRisk).to.equal(ETHER);
  });
});
