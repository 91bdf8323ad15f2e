import { join } from "node:path";
import type { EvmGas, IntegerGraph } from "@vouch/compiler";
import { compile, evmGasEstimate, evmProgram, interpret } from "@vouch/compiler";
import { packWords, quantizeTensor, unpackWords } from "@vouch/protocol";
import { readModelFolder, splitRows } from "@vouch/publisher";
import { expect } from "chai";
import { keccak256 } from "ethers";
import { connection, deployVouch } from "../../helpers/deployVouch.ts";
import { perceptron } from "../../helpers/publicGraph.ts";
import { randomIntegerGraph, someInputs } from "../../helpers/randomIntegerGraph.ts";

const MODELS = join(import.meta.dirname, "../../../models");
const GRAPHS = 20;

const { ethers, networkHelpers } = connection;

async function deployRegistry() {
  const [sender] = await ethers.getSigners();
  return { sender: sender!, programs: (await deployVouch(connection)).programs };
}

describe("evmGasEstimate", () => {
  for (const name of [
    "credit-german-mlp",
    "credit-german-tree",
    "heart-forest",
    "mnist-mlp-14x14",
  ]) {
    it(`is within 10 % of what ${name} uses, which gives the interpreter's answers`, async () => {
      const { file, samples, choices } = readModelFolder(MODELS, name);
      const { calibration, heldOut } = splitRows(samples.rows);
      const { graph, input } = compile(file, {
        name,
        input: { mode: "public", ...choices.input },
        output: { mode: "public", ...choices.output },
        calibration: { samples: calibration },
        weights: "public",
      });
      const rows = heldOut.slice(0, 3).map((it) => quantizeTensor(it, input));
      expectClose(evmGasEstimate(graph), await measure(graph, rows), name);
    });
  }

  it("is within 10 % of what drawn graphs use", async () => {
    for (let seed = 1; seed <= GRAPHS; seed++) {
      const { graph } = randomIntegerGraph({ seed, weights: "public", steps: 8 });
      expectClose(evmGasEstimate(graph), await measure(graph, someInputs(graph, seed)), `${seed}`);
    }
  });

  it("keeps a perceptron of 61, 16 and 1 below 65,000 gas", async () => {
    const graph = perceptron([61, 16, 1], 1);
    const { evaluate } = await measure(graph, someInputs(graph, 1));
    expect(evaluate).to.be.below(65_000);
  });
});

function expectClose(estimated: EvmGas, measured: Omit<EvmGas, "bytes">, name: string): void {
  for (const part of ["evaluate", "register"] as const) {
    expect(estimated[part], `${part} ${name}`).to.be.closeTo(
      measured[part],
      Math.floor(measured[part] / 10),
    );
  }
}

/** Registers a graph and evaluates inputs; what the dearest took. */
async function measure(
  graph: IntegerGraph,
  inputs: readonly (readonly bigint[])[],
): Promise<Omit<EvmGas, "bytes">> {
  const { sender, programs } = await networkHelpers.loadFixture(deployRegistry);
  const { bytes } = evmProgram(graph);
  const stored = await (await programs.register(bytes)).wait();
  const id = keccak256(bytes);
  let evaluate = 0;
  for (const input of inputs) {
    const words = packWords(input, graph.input.type);
    const data = programs.interface.encodeFunctionData("evaluateWords", [id, words]);
    const sent = await sender.sendTransaction({ to: programs, data });
    evaluate = Math.max(evaluate, Number((await sent.wait())!.gasUsed));
    const output = unpackWords(await programs.evaluateWords(id, words), {
      ...graph.output.type,
      elements: interpret(graph, input).length,
    });
    expect(output).to.deep.equal(interpret(graph, input));
  }
  return { evaluate, register: Number(stored!.gasUsed) };
}
