import MockVouch from "@vouch/testing/artifacts/MockVouch.json" with { type: "json" };
import { expect } from "chai";
import { ZeroHash, solidityPackedKeccak256 } from "ethers";
import { network } from "hardhat";

const { ethers } = await network.create();
const AUDITOR = "0x00000000000000000000000000000000000000a1";
const tensor = (elements: number) => ({ mode: 0, elements, bits: 16, isSigned: true });
/** Demands of evidence of these kinds: 4 is a proof under a set-up that `pin` attested, 0 a signature. */
const POLICY = {
  allOf: [
    { anyOf: [{ kind: 4, params: 0, pin: ethers.zeroPadValue(AUDITOR, 32) }] },
    { anyOf: [{ kind: 0, params: 0, pin: ZeroHash }] },
  ],
  minStake: 0,
};

describe("LoanDesk", () => {
  it("keeps the class that a receipt proves, once", async () => {
    const [owner, applicant] = await ethers.getSigners();
    const vouch = await new ethers.ContractFactory(
      MockVouch.abi,
      MockVouch.bytecode,
      owner,
    ).deploy();
    const model = {
      ...{ input: tensor(2), output: tensor(3) },
      ...{ inputFractionBits: 8, outputFractionBits: 8 },
    };
    const publish = vouch.getFunction("publish");
    const release: string = await publish.staticCall(model);
    await publish(model);
    await vouch.getFunction("attest")(release, AUDITOR);
    const desk = await ethers.deployContract("LoanDesk", [vouch, release, AUDITOR]);

    const input = [0n];
    // Offset binary, 16 bits each: -20, 70 and 50.
    const output = [(32_768n - 20n) | ((32_768n + 70n) << 16n) | ((32_768n + 50n) << 32n)];
    await desk.register(applicant, solidityPackedKeccak256(["uint256[]"], [input]));
    const make = vouch.getFunction("receipt");
    const receipt = await make.staticCall(release, input, output, POLICY);
    await make(release, input, output, POLICY);
    await desk.decide(applicant, receipt.toArray(true));
    expect(await desk.classOf(applicant)).to.equal(1n);
    await expect(desk.decide(applicant, receipt.toArray(true)))
      .to.be.revertedWithCustomError(desk, "ReceiptAlreadyUsed")
      .withArgs(receipt.request);
  });
});
