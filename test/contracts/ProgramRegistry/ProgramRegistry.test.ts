import { evmProgram, interpret } from "@vouch/compiler";
import { packWords, unpackWords } from "@vouch/protocol";
import { expect } from "chai";
import { dataSlice, hexlify, id as hashOf, keccak256 } from "ethers";
import { connection, deployVouch } from "../../helpers/deployVouch.ts";
import { perceptron } from "../../helpers/publicGraph.ts";
import { someInputs } from "../../helpers/randomIntegerGraph.ts";

const { ethers, networkHelpers } = connection;

const GRAPH = perceptron([5, 4, 2], 1);
const PROGRAM = hexlify(evmProgram(GRAPH).bytes);
const ID = keccak256(PROGRAM);
const NOWHERE = hashOf("nowhere");

async function deployRegistry() {
  const { programs } = await deployVouch(connection);
  const [, stranger] = await ethers.getSigners();
  return { programs, stranger: stranger! };
}
async function registerProgram() {
  const scenario = await deployRegistry();
  await scenario.programs.register(PROGRAM);
  return scenario;
}
const deployed = () => networkHelpers.loadFixture(deployRegistry);
const registered = () => networkHelpers.loadFixture(registerProgram);

describe("ProgramRegistry.register", () => {
  it("keeps a program under its hash", async () => {
    const { programs, stranger } = await deployed();
    expect(await programs.isRegistered(ID)).to.equal(false);
    await expect(programs.connect(stranger).register(PROGRAM))
      .to.emit(programs, "ProgramRegistered")
      .withArgs(ID, stranger.address);
    expect(await programs.isRegistered(ID)).to.equal(true);
    const code = await ethers.provider.getCode(await programs.pointerOf(ID));
    expect(dataSlice(code, 1)).to.equal(PROGRAM);
    const [input, output] = await programs.encodingsOf(ID);
    expect([...input]).to.deep.equal([0n, 5n, 12n, true]);
    expect([...output]).to.deep.equal([0n, 2n, 32n, true]);
  });

  it("reverts with ProgramAlreadyRegistered the second time", async () => {
    const { programs } = await registered();
    await expect(programs.register(PROGRAM))
      .to.be.revertedWithCustomError(programs, "ProgramAlreadyRegistered")
      .withArgs(ID);
  });

  it("reverts with ProgramMalformed for a program that is cut off", async () => {
    const { programs } = await deployed();
    const library = await ethers.getContractAt("IntegerModel", programs);
    await expect(
      programs.register(dataSlice(PROGRAM, 0, PROGRAM.length / 2 - 2)),
    ).to.be.revertedWithCustomError(library, "ProgramMalformed");
  });
});

describe("ProgramRegistry.evaluate", () => {
  it("gives the interpreter's output, on integers and on words", async () => {
    const { programs } = await registered();
    for (const input of someInputs(GRAPH, 1)) {
      const expected = interpret(GRAPH, input);
      expect(await programs.evaluate(ID, input)).to.deep.equal(expected);
      const words = await programs.evaluateWords(ID, packWords(input, GRAPH.input.type));
      const encoding = { ...GRAPH.output.type, elements: expected.length };
      expect(unpackWords(words, encoding)).to.deep.equal(expected);
    }
  });

  it("reverts with ProgramNotRegistered for another id", async () => {
    const { programs } = await registered();
    for (const call of [
      programs.evaluate(NOWHERE, []),
      programs.evaluateWords(NOWHERE, []),
      programs.encodingsOf(NOWHERE),
      programs.pointerOf(NOWHERE),
    ]) {
      await expect(call)
        .to.be.revertedWithCustomError(programs, "ProgramNotRegistered")
        .withArgs(NOWHERE);
    }
  });
});
