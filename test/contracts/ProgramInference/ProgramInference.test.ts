import { evmProgram } from "@vouch/compiler";
import { expect } from "chai";
import { hexlify, id as hashOf, keccak256 } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { perceptron } from "../../helpers/publicGraph.ts";

const { ethers, networkHelpers } = connection;
const PROGRAM = hexlify(evmProgram(perceptron([5, 4, 2], 1)).bytes);
const MODEL = {
  modelCID: "QmPerceptron",
  program: keccak256(PROGRAM),
  inputFractionBits: 4n,
  outputFractionBits: 8n,
  output: "scores",
  shape: [1n, 2n],
};
const WAD = 10n ** 18n;

async function deployInference() {
  const programs = await ethers.deployContract("ProgramRegistry");
  await programs.register(PROGRAM);
  const inference = await ethers.deployContract("ProgramInference", [programs, [MODEL]]);
  return { programs, inference };
}
const deployed = () => networkHelpers.loadFixture(deployInference);

/** 1.5, -2, 0.25, 3 and 1/32, which lies between two sixteenths. */
const NUMBERS = [
  { value: 15n, decimals: 1n },
  { value: -2n, decimals: 0n },
  { value: 250n, decimals: 3n },
  { value: 3n, decimals: 0n },
  { value: 3125n, decimals: 5n },
];
const ELEMENTS = [24n, -32n, 4n, 48n, 1n];
const input = { name: "features", values: NUMBERS, shape: [5n] };
const request = (over: object = {}) => ({
  mode: 1n,
  modelCID: MODEL.modelCID,
  input: { numbers: [input], strings: [] },
  ...over,
});

describe("ProgramInference.runModelInference", () => {
  it("has the selector of OpenGradient's call", async () => {
    const { inference } = await deployed();
    const tensor = "(string,(int128,int128)[],uint32[])[]";
    const signature = `runModelInference((uint8,string,(${tensor},(string,string[])[])))`;
    expect(inference.interface.getFunction("runModelInference").selector).to.equal(
      hashOf(signature).slice(0, 10),
    );
  });

  it("gives what the registry evaluates, as decimal numbers in the model's shape", async () => {
    const { inference, programs } = await deployed();
    const { numbers, strings, is_simulation_result } = await inference.runModelInference(request());
    const expected = await programs.evaluate(MODEL.program, ELEMENTS);
    expect(numbers).to.have.length(1);
    expect(numbers[0]!.name).to.equal("scores");
    expect([...numbers[0]!.shape]).to.deep.equal([1n, 2n]);
    expect(numbers[0]![1].map(([value, decimals]) => [value, decimals])).to.deep.equal(
      expected.map((element) => [(element * WAD) / 256n, 18n]),
    );
    expect([...strings]).to.deep.equal([]);
    expect(is_simulation_result).to.equal(false);
  });

  describe("when the model is not served", () => {
    it("reverts with ModelNotServed", async () => {
      const { inference } = await deployed();
      await expect(inference.runModelInference(request({ modelCID: "QmOther" })))
        .to.be.revertedWithCustomError(inference, "ModelNotServed")
        .withArgs("QmOther");
    });
  });

  describe("when there is not one tensor of numbers", () => {
    it("reverts with ModelInputInvalid", async () => {
      const { inference } = await deployed();
      const strings = [{ name: "prompt", values: ["hello"] }];
      for (const [wrong, counts] of [
        [{ numbers: [], strings: [] }, [0n, 0n]],
        [{ numbers: [input, input], strings: [] }, [2n, 0n]],
        [{ numbers: [input], strings }, [1n, 1n]],
      ] as const) {
        await expect(inference.runModelInference(request({ input: wrong })))
          .to.be.revertedWithCustomError(inference, "ModelInputInvalid")
          .withArgs(...counts);
      }
    });
  });

  describe("when a number has impossible decimals", () => {
    it("reverts with NumberDecimalsInvalid", async () => {
      const { inference } = await deployed();
      const errors = await ethers.getContractAt("TensorLib", inference);
      for (const decimals of [78n, -39n]) {
        const values = [...NUMBERS.slice(0, 4), { value: 1n, decimals }];
        const numbers = [{ ...input, values }];
        await expect(inference.runModelInference(request({ input: { numbers, strings: [] } })))
          .to.be.revertedWithCustomError(errors, "NumberDecimalsInvalid")
          .withArgs(4n, decimals);
      }
    });
  });
});

describe("ProgramInference.constructor", () => {
  it("refuses a name twice and a program that nobody registered", async () => {
    const { inference, programs } = await deployed();
    await expect(ethers.deployContract("ProgramInference", [programs, [MODEL, MODEL]]))
      .to.be.revertedWithCustomError(inference, "ModelDuplicated")
      .withArgs(MODEL.modelCID);
    const unknown = { ...MODEL, program: hashOf("unknown") };
    await expect(
      ethers.deployContract("ProgramInference", [programs, [unknown]]),
    ).to.be.revertedWithCustomError(programs, "ProgramNotRegistered");
  });
});
