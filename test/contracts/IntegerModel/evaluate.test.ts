import { evmProgram, interpret } from "@vouch/compiler";
import type { IntegerGraph } from "@vouch/compiler";
import { packWords, unpackWords } from "@vouch/protocol";
import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import { constant, publicGraph, signed, tensor, unsigned } from "../../helpers/publicGraph.ts";
import { INTEGER_OPS, randomIntegerGraph, someInputs } from "../../helpers/randomIntegerGraph.ts";

const GRAPHS = process.env["VOUCH_DEEP"] === "1" ? 1000 : 60;

const { ethers, networkHelpers } = connection;
const deployMock = () => ethers.deployContract("IntegerModelMock");
const deployed = () => networkHelpers.loadFixture(deployMock);

describe("IntegerModel.evaluate", () => {
  describe("given graphs of drawn operations", () => {
    it("equals the interpreter, on integers and on words", async () => {
      const model = await deployed();
      const seen = new Set<string>();
      for (let seed = 1; seed <= GRAPHS; seed++) {
        const { graph } = randomIntegerGraph({ seed, weights: "public", steps: 8 });
        const { bytes } = evmProgram(graph);
        for (const { op } of graph.nodes) seen.add(op);
        for (const input of someInputs(graph, seed)) {
          const expected = interpret(graph, input);
          const output = await model.evaluate(bytes, input);
          expect(output, `seed ${seed}`).to.deep.equal(expected);
          const encoding = { ...graph.output.type, elements: expected.length };
          const words = await model.evaluateWords(bytes, packWords(input, graph.input.type));
          expect(unpackWords(words, encoding), `seed ${seed}`).to.deep.equal(expected);
        }
      }
      expect([...seen]).to.have.members([...INTEGER_OPS]);
    });
  });

  describe("given a linear layer", () => {
    /** Neighbouring outputs are at opposite ends, so that each lane borrows from the next. */
    const layer = (rows: number, inputs: number, outputs: number, bits: number): IntegerGraph => {
      const type = signed(bits);
      const most = (1n << BigInt(bits - 1)) - 1n;
      const end = (i: number): bigint => (i % 2 === 0 ? most : -most - 1n);
      const weights = constant("w", [outputs, inputs], type, (i) => end(Math.floor(i / inputs)));
      const bias = constant("b", [outputs], type, end);
      const output = tensor("y", [rows, outputs], signed(62));
      const operands = { input: "x", weights: "w", bias: "b", output };
      return publicGraph(
        tensor("x", [rows, inputs], type),
        [weights, bias],
        [{ op: "linear", name: "y", ...operands }],
      );
    };

    for (const [rows, inputs, outputs, bits] of [
      [1, 1, 1, 2],
      [1, 1, 255, 2],
      [2, 3, 64, 2],
      [1, 4, 11, 8],
      [3, 5, 12, 8],
      [1, 7, 23, 8],
      [1, 8, 10, 16],
      [2, 9, 4, 24],
      [1, 7, 5, 29],
    ] as const) {
      it(`is exact at the ends of ${bits} bits, ${rows} x ${inputs} to ${outputs}`, async () => {
        await expectExact(layer(rows, inputs, outputs, bits));
      });
    }

    it("is exact without a bias", async () => {
      const weights = constant("w", [3, 2], signed(8), (i) => BigInt(i) - 3n);
      const output = tensor("y", [3], signed(20));
      await expectExact(
        publicGraph(
          tensor("x", [2], signed(8)),
          [weights],
          [{ op: "linear", name: "y", input: "x", weights: "w", bias: undefined, output }],
        ),
      );
    });
  });

  describe("given a view", () => {
    for (const length of [1, 2, 7, 8, 9, 16, 17]) {
      it(`of ${length} elements in no order, moves each`, async () => {
        const indices = Int32Array.from({ length }, (_, i) => ((i * 5 + 3) % 7) - 1);
        const output = tensor("y", [length], signed(9));
        await expectExact(
          publicGraph(
            tensor("x", [7], signed(9)),
            [],
            [{ op: "view", name: "y", inputs: ["x"], indices, output }],
          ),
        );
      });
    }

    it("of the input itself, has no instruction", () => {
      const indices = Int32Array.from([1, 2, 3]);
      const graph = publicGraph(
        tensor("x", [7], signed(9)),
        [],
        [
          {
            op: "view",
            name: "y",
            inputs: ["x"],
            indices,
            output: tensor("y", [3], signed(9)),
          },
        ],
      );
      expect(evmProgram(graph).code.instructions).to.deep.equal([]);
      return expectExact(graph);
    });
  });

  it("multiplies by a factor for each channel", async () => {
    const multipliers = constant("m", [3], unsigned(10), (i) => BigInt(i) * 500n);
    await expectExact(
      publicGraph(
        tensor("x", [4, 3], signed(12)),
        [multipliers],
        [
          {
            op: "rescale",
            name: "y",
            input: "x",
            multiplier: "m",
            shift: 6,
            relu: false,
            output: tensor("y", [4, 3], signed(12)),
          },
        ],
      ),
    );
  });

  it("adds up products with constants in one pass", async () => {
    const values = constant("v", [6], signed(9), (i) => BigInt(i * i) - 9n);
    const graph = publicGraph(
      tensor("x", [6], signed(9)),
      [values],
      [
        {
          op: "multiply",
          name: "p",
          left: "x",
          right: "v",
          output: tensor("p", [6], signed(18)),
        },
        { op: "reduceSum", name: "y", input: "p", output: tensor("y", [], signed(21)) },
      ],
    );
    expect(evmProgram(graph).code.instructions.map(({ op }) => op)).to.deep.equal(["linear"]);
    await expectExact(graph);
  });

  async function expectExact(graph: IntegerGraph): Promise<void> {
    const model = await deployed();
    const { bytes } = evmProgram(graph);
    for (const input of someInputs(graph, 1)) {
      expect(await model.evaluate(bytes, input)).to.deep.equal(interpret(graph, input));
    }
  }
});
