import type { CompilerErrorData, IntegerGraph, IntegerNode, IntegerType } from "@vouch/compiler";
import { CompilerError, evmGasEstimate, evmProgram } from "@vouch/compiler";
import { expect } from "chai";
import { evmFrame } from "../../../offchain/compiler/emit/evmFrame.ts";
import { constant, perceptron, publicGraph, signed, tensor } from "../../helpers/publicGraph.ts";
import { randomIntegerGraph } from "../../helpers/randomIntegerGraph.ts";

const GRAPHS = process.env["VOUCH_DEEP"] === "1" ? 2000 : 100;

const view = (
  id: string,
  inputs: readonly string[],
  indices: readonly number[],
  type: IntegerType,
): IntegerNode => {
  const output = tensor(id, [indices.length], type);
  return { op: "view", name: id, inputs, indices: Int32Array.from(indices), output };
};
const opsOf = (graph: IntegerGraph): string[] =>
  evmProgram(graph).code.instructions.map(({ op }) => op);

describe("evmProgram", () => {
  it("gives the same bytes again", () => {
    const graph = perceptron([61, 16, 1], 1);
    expect(evmProgram(graph).bytes).to.deep.equal(evmProgram(graph).bytes);
  });

  it("packs a linear layer into as few words as its sums allow", () => {
    const [linear] = evmProgram(perceptron([61, 16, 1], 1)).code.instructions;
    if (linear?.op !== "linear") throw new Error("it begins with the first layer");
    // |sum| is below 61 · 2^11 · 2^7 + 2^15: 25 bits, ten of which fit a word; 16 outputs are two groups of eight.
    expect([linear.bits, linear.lanes, linear.words.length]).to.deep.equal([25, 8, 2 * 62]);
  });

  describe("given a view", () => {
    const type = signed(8);
    const x = tensor("x", [4], type);

    it("shows a part in place", () => {
      expect(opsOf(publicGraph(x, [], [view("y", ["x"], [1, 2], type)]))).to.deep.equal([]);
    });

    it("gathers a view of a view from where its elements are", () => {
      const nodes = [view("a", ["x"], [3, 1, 2, 0], type), view("y", ["a"], [3, 1, 0, -1], type)];
      const { code } = evmProgram(publicGraph(x, [], nodes));
      expect(code.instructions.map(({ op }) => op)).to.deep.equal(["gather"]);
      const [{ reads } = { reads: [] }] = code.instructions;
      expect(reads.map((it) => it?.offset)).to.deep.equal([0, 1, 3, undefined]);
    });

    it("shows what another shows in place", () => {
      const nodes = [view("a", ["x"], [3, 2, 1, 0], type), view("y", ["a"], [3, 2], type)];
      expect(opsOf(publicGraph(x, [], nodes))).to.deep.equal([]);
    });

    it("loads a view of constants as constants", () => {
      const values = constant("c", [2], type, (i) => BigInt(i + 5));
      const nodes = [view("y", ["c"], [1, 0, -1], type)];
      const { code } = evmProgram(publicGraph(x, [values], nodes));
      const [load] = code.instructions;
      expect(load).to.include({ op: "load", elements: 3, width: 1 });
      expect(load?.op === "load" && load.values).to.deep.equal([6n, 5n, 0n]);
    });
  });

  it("gives no two tensors in use the same memory", () => {
    for (let seed = 1; seed <= GRAPHS; seed++) {
      const { graph } = randomIntegerGraph({ seed, weights: "public", steps: 12 });
      const { code, frame: size } = evmProgram(graph);
      const { addressOf } = evmFrame(code);
      const owner = new Array<number>(size).fill(-1);
      const sizes = new Map([[0, code.input.elements]]);
      const startOf = (id: number): number => addressOf({ tensor: id, offset: 0 });
      owner.fill(0, startOf(0), startOf(0) + code.input.elements);
      for (const { op, output, elements, reads } of code.instructions) {
        const start = startOf(output);
        expect(start).to.be.within(1, size - elements);
        owner.fill(output, start, start + elements);
        sizes.set(output, elements);
        for (const it of reads) if (it !== undefined) expectWhole(it.tensor, op);
      }
      expectWhole(code.output.tensor, "output");

      /** Even after what reads it has been written. */
      function expectWhole(id: number, reader: string): void {
        const part = owner.slice(startOf(id), startOf(id) + (sizes.get(id) ?? 0));
        expect(new Set(part), `seed ${seed}, ${reader}`).to.deep.equal(new Set([id]));
      }
    }
  });

  describe("refuses", () => {
    const refusalOf = (graph: IntegerGraph): string => {
      let data: CompilerErrorData | undefined;
      try {
        evmGasEstimate(graph);
      } catch (error) {
        if (!(error instanceof CompilerError)) throw error;
        ({ data } = error);
      }
      return data?.code === "EVM_UNSUPPORTED" ? data.reason : `${data?.code}`;
    };

    it("private weights", () => {
      const graph = perceptron([3, 2], 1);
      const isPrivate = { ...graph, parameters: graph.constants, constants: [] };
      expect(refusalOf(isPrivate)).to.match(/private/);
    });

    it("a segment", () => {
      const graph = perceptron([3, 2], 1);
      const carried = [tensor("before", [1], signed(8))];
      expect(refusalOf({ ...graph, carried })).to.match(/segment/);
    });

    it("a program that fits no account", () => {
      expect(refusalOf(perceptron([784, 32, 10], 1))).to.match(/bytes/);
    });

    it("more memory than two bytes address", () => {
      const type = signed(8);
      const indices = Array.from({ length: 2 ** 16 }, (_, i) => 1 - (i % 2));
      const graph = publicGraph(
        tensor("x", [2], type),
        [],
        [
          view("a", ["x"], indices, type),
          { op: "reduceMax", name: "y", input: "a", output: tensor("y", [], type) },
        ],
      );
      expect(refusalOf(graph)).to.match(/memory/);
    });

    it("more gas than a transaction may use", () => {
      const type = signed(8);
      const shape = [1, 128, 250];
      const sums = tensor("y", [1, 128, 128], signed(30));
      const graph = publicGraph(
        tensor("x", shape, type),
        [],
        [{ op: "matmul", name: "y", left: "x", right: "x", output: sums }],
      );
      expect(refusalOf(graph)).to.match(/gas/);
    });

    it("a table of more than 2^16 entries", () => {
      const table = new Array<bigint>(2 ** 17).fill(0n);
      const output = tensor("y", [1], signed(8));
      const graph = publicGraph(
        tensor("x", [1], signed(17)),
        [],
        [{ op: "lookup", name: "y", input: "x", lowBits: 0, base: table, slope: table, output }],
      );
      expect(refusalOf(graph)).to.match(/entries/);
    });
  });
});
