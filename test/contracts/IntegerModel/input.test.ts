import { evmProgram } from "@vouch/compiler";
import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import { publicGraph, signed, tensor, unsigned } from "../../helpers/publicGraph.ts";

const { ethers, networkHelpers } = connection;

/** `relu` of two elements of 4 bits. */
const program = (isSigned: boolean): Uint8Array => {
  const type = isSigned ? signed(4) : unsigned(4);
  const output = tensor("y", [2], unsigned(4));
  const relu = { op: "relu", name: "y", input: "x", output } as const;
  return evmProgram(publicGraph(tensor("x", [2], type), [], [relu])).bytes;
};

async function deployMock() {
  const model = await ethers.deployContract("IntegerModelMock");
  const codec = await ethers.getContractAt("TensorCodec", model);
  return { model, codec, words: await ethers.getContractAt("Words", model) };
}
const deployed = () => networkHelpers.loadFixture(deployMock);

describe("IntegerModel.evaluate, its input", () => {
  describe("given integers", () => {
    for (const [isSigned, input, index] of [
      [true, [-8n, 8n], 1],
      [true, [-9n, 0n], 0],
      [true, [0n, ethers.MinInt256], 1],
      [true, [ethers.MaxInt256, 0n], 0],
      [false, [0n, -1n], 1],
      [false, [16n, 0n], 0],
    ] as const) {
      const name = isSigned ? "signed" : "unsigned";
      it(`reverts for ${input.join(" and ")} where 4 ${name} bits are declared`, async () => {
        const { model, codec } = await deployed();
        await expect(model.evaluate(program(isSigned), [...input]))
          .to.be.revertedWithCustomError(codec, "TensorElementOutOfRange")
          .withArgs(index, input[index]);
      });
    }

    it("takes both ends of the type", async () => {
      const { model } = await deployed();
      expect(await model.evaluate(program(true), [-8n, 7n])).to.deep.equal([0n, 7n]);
      expect(await model.evaluate(program(false), [0n, 15n])).to.deep.equal([0n, 15n]);
    });

    for (const length of [0, 1, 3]) {
      it(`reverts for ${length} elements where 2 are declared`, async () => {
        const { model, codec } = await deployed();
        await expect(model.evaluate(program(true), new Array<bigint>(length).fill(0n)))
          .to.be.revertedWithCustomError(codec, "TensorLengthInvalid")
          .withArgs(length, 2);
      });
    }
  });

  describe("given words", () => {
    it("takes the digits of the elements", async () => {
      const { model } = await deployed();
      expect(await model.evaluateWords(program(true), [0xf0n])).to.deep.equal([0x70n]);
    });

    it("reverts for a bit above the elements", async () => {
      const { model, words } = await deployed();
      await expect(model.evaluateWords(program(true), [0x1f0n]))
        .to.be.revertedWithCustomError(words, "WordNotCanonical")
        .withArgs(0, 0x1f0n);
    });

    for (const count of [0, 2]) {
      it(`reverts for ${count} words where 1 is declared`, async () => {
        const { model, words } = await deployed();
        await expect(model.evaluateWords(program(true), new Array<bigint>(count).fill(0n)))
          .to.be.revertedWithCustomError(words, "WordCountInvalid")
          .withArgs(count, 1);
      });
    }
  });
});
