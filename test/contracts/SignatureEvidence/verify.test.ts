import { expect } from "chai";
import { Signature, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { ETHER, GOOD, INPUT, deployScenario, sign } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

async function signed() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { operator, releaseId, domain, router } = scenario;
  const claim = {
    release: releaseId,
    request: id("request"),
    operator: operator.address,
    input: INPUT,
    output: GOOD,
  };
  const evidence = await sign(operator, domain, claim);
  const assess = (data: string, change = {}) =>
    router.assess({ ...claim, ...change, evidence: [{ kind: 0n, data }] });
  return { ...scenario, claim, evidence, assess };
}

describe("SignatureEvidence.verify", () => {
  it("reports the bond that answers for it, whatever else is staked", async () => {
    const { assess, evidence } = await signed();
    const assurance = await assess(evidence.data);
    expect(assurance.kinds).to.equal(1n);
    expect(assurance.stakeAtRisk).to.equal(ETHER);
  });

  describe("when it is malleated", () => {
    it("reverts with SignatureMalformed for the high s", async () => {
      const { assess, evidence, signatures } = await signed();
      const { r, s, v } = Signature.from(evidence.data);
      const high = (ORDER - BigInt(s)).toString(16).padStart(64, "0");
      const flipped = v === 27 ? "1c" : "1b";
      await expect(assess(`${r}${high}${flipped}`)).to.be.revertedWithCustomError(
        signatures,
        "SignatureMalformed",
      );
    });
  });

  for (const [what, change] of [
    ["a byte too many", (data: string) => `${data}00`],
    ["a byte too few", (data: string) => data.slice(0, -2)],
    ["no bytes", () => "0x"],
    ["an unknown v", (data: string) => `${data.slice(0, -2)}1d`],
  ] as const) {
    describe(`when it has ${what}`, () => {
      it("reverts with SignatureMalformed", async () => {
        const { assess, evidence, signatures } = await signed();
        await expect(assess(change(evidence.data))).to.be.revertedWithCustomError(
          signatures,
          "SignatureMalformed",
        );
      });
    });
  }

  describe("when another operator is named", () => {
    it("reverts with SignatureNotByOperator", async () => {
      const { assess, evidence, signatures, rival } = await signed();
      await expect(
        assess(evidence.data, { operator: rival.address }),
      ).to.be.revertedWithCustomError(signatures, "SignatureNotByOperator");
    });
  });

  describe("when the signer has no bond", () => {
    it("reverts with OperatorWithoutBond", async () => {
      const { assess, claim, domain, signatures, stranger } = await signed();
      const own = { ...claim, operator: stranger.address };
      const { data } = await sign(stranger, domain, own);
      await expect(assess(data, own))
        .to.be.revertedWithCustomError(signatures, "OperatorWithoutBond")
        .withArgs(stranger.address);
    });
  });

  describe("when the bond lapses before a signature could be judged", () => {
    it("reverts with OperatorWithoutBond", async () => {
      const { assess, evidence, signatures, operator } = await signed();
      const lapsesAt = await signatures.lapsesAtOf(operator);
      const remaining = await signatures.MIN_REMAINING();
      await networkHelpers.time.increaseTo(lapsesAt - remaining);
      await assess(evidence.data);
      await networkHelpers.time.increaseTo(lapsesAt - remaining + 1n);
      await expect(assess(evidence.data)).to.be.revertedWithCustomError(
        signatures,
        "OperatorWithoutBond",
      );
    });
  });
});
