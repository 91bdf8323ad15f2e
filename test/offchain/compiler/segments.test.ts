import { interpret, verifyIntegers } from "@vouch/compiler";
import { joinCommitment } from "@vouch/protocol";
import { expect } from "chai";
import { claimWords } from "../../../offchain/compiler/emit/claimWords.ts";
import { constraintEstimate } from "../../../offchain/compiler/emit/constraintEstimate.ts";
import { emitCircom } from "../../../offchain/compiler/emit/circom.ts";
import type { ProvableModel } from "../../../offchain/compiler/emit/components.ts";
import { splitValues } from "../../../offchain/compiler/emit/joinEncoding.ts";
import type { ClaimEncoding } from "../../../offchain/compiler/emit/joinEncoding.ts";
import { CompilerError } from "../../../offchain/compiler/errors.ts";
import type {
  IntegerGraph,
  IntegerType,
  Parameter,
  Tensor,
} from "../../../offchain/compiler/ir/integerGraph.ts";
import { inputsOf } from "../../../offchain/compiler/ir/integerGraph.ts";
import { elementsOf } from "../../../offchain/compiler/ir/shape.ts";
import { inferRanges } from "../../../offchain/compiler/passes/inferRanges.ts";
import { composeViews } from "../../../offchain/compiler/segments/composeViews.ts";
import { crossingsOf } from "../../../offchain/compiler/segments/crossings.ts";
import { cutGraph } from "../../../offchain/compiler/segments/cutGraph.ts";
import type { Piece } from "../../../offchain/compiler/segments/cutGraph.ts";
import { orderNodes } from "../../../offchain/compiler/segments/orderNodes.ts";
import { runSegments } from "../../../offchain/compiler/segments/runSegments.ts";
import { segmentGraph } from "../../../offchain/compiler/segments/segmentGraph.ts";
import { codeOf } from "../../helpers/codeOf.ts";
import type { NodeDraft } from "../../helpers/integerGraph.ts";
import { graphOf, signed, tensor, unsigned, values } from "../../helpers/integerGraph.ts";
import { errorOf } from "../../helpers/onnxModel.ts";
import { randomIntegerGraph, someInputs } from "../../helpers/randomIntegerGraph.ts";

const GRAPHS = process.env["VOUCH_DEEP"] === "1" ? 2000 : 30;
const TIMEOUT_MS = 240_000;

const totalOf = (model: ProvableModel): number => constraintEstimate(model).total;

/** Segments within the budget; `undefined` where a node alone is over it. */
function cut(model: ProvableModel, budget: number): readonly ProvableModel[] | undefined {
  try {
    return segmentGraph(model, budget);
  } catch (error) {
    if (error instanceof CompilerError && error.code === "NODE_OVER_BUDGET") return undefined;
    throw error;
  }
}

/** Types of what a join packs, by tensor. */
function widths(encoding: ClaimEncoding | undefined): readonly string[] {
  if (encoding?.mode !== "join") return [];
  return encoding.tensors.map(
    ({ shape, type }) =>
      `${elementsOf(shape)} of ${type.bits} bits${type.signed ? ", signed" : ""}`,
  );
}

/** A model whose parameters, drawn by a linear congruence, are of the layers that `dense` makes. */
function modelOf(
  input: Tensor,
  layers: readonly Layer[],
  others: readonly NodeDraft[] = [],
): ProvableModel {
  const nodes = [...layers.flatMap((it) => it.nodes), ...others];
  const parameters = layers.flatMap((it) => it.parameters);
  const graph = verifyIntegers(graphOf(input, nodes, { parameters }));
  const declared = ({ shape, type }: Tensor) =>
    ({ mode: "public", fractionBits: 0, elements: elementsOf(shape), ...type }) as const;
  return {
    graph,
    input: declared(graph.input),
    output: declared(graph.output),
    weights: "private",
  };
}

type Layer = { readonly nodes: readonly NodeDraft[]; readonly parameters: readonly Parameter[] };

/** A layer without bias, rescaled to `type`. */
function dense(
  id: string,
  from: Tensor,
  outputs: number,
  type: IntegerType = unsigned(8),
  rescaled = id,
): Layer & { readonly output: Tensor } {
  const [rows, inputs] = [from.shape.slice(0, -1), from.shape.at(-1) ?? 1];
  const weights = Array.from({ length: outputs * inputs }, (_, i) => ((i * 37 + 11) % 255) - 127);
  const sums = tensor(`${id}.sums`, [...rows, outputs], signed(26));
  const output = tensor(rescaled, [...rows, outputs], type);
  return {
    output,
    parameters: [values(`${id}.w`, [outputs, inputs], signed(8), weights)],
    nodes: [
      { op: "linear", input: from.id, weights: `${id}.w`, bias: undefined, output: sums },
      {
        ...{ op: "rescale", input: sums.id, multiplier: undefined, shift: 6 },
        ...{ relu: !type.signed, output },
      },
    ],
  };
}

/** The graph in pieces of so many nodes, whatever that costs; cut only where something passes. */
function pieces(graph: IntegerGraph, size: number): readonly Piece[] {
  const whole = orderNodes(composeViews(graph));
  const crossings = crossingsOf(whole, inferRanges(whole));
  const cuts = whole.nodes.map((_, at) => at).filter((at) => at > 0 && at % size === 0);
  const used = cuts.filter((at) => crossings.at(at).length > 0);
  let last: Piece | undefined;
  return [...used, whole.nodes.length].map((to, index) => {
    last = cutGraph(whole, crossings, [used[index - 1] ?? 0, to], last?.leaving);
    return last;
  });
}

describe("cutGraph", () => {
  it("gives pieces that run one after the other as the whole, wherever it is cut", function () {
    this.timeout(TIMEOUT_MS);
    let [joins, several, wider, refused] = [0, 0, 0, 0];
    for (let seed = 1; seed <= GRAPHS; seed++) {
      const weights = seed % 2 === 0 ? "private" : "public";
      const model = randomIntegerGraph({ seed, weights, steps: 12 });
      const types = new Map(model.graph.nodes.map((it) => [it.output.id, it.output.type.bits]));
      for (const size of [1, 2, 5]) {
        const name = `seed ${seed}, ${size} nodes each`;
        const cut = pieces(model.graph, size);
        // A table takes no wider type, and a root nothing below 0: `segmentGraph` cuts elsewhere.
        if (cut.some(({ graph }) => codeOf(() => verifyIntegers(graph)) !== undefined)) {
          refused++;
          continue;
        }
        joins += cut.length - 1;
        cut.forEach(({ graph, input, output }, index) => {
          wider += graph.nodes.filter(
            (it) => it.output.type.bits > (types.get(it.output.id) ?? 62),
          ).length;
          const before = cut[index - 1];
          if (before === undefined) return;
          expect(widths(input), name).to.deep.equal(widths(before.output));
          expect(widths(input), name).to.have.length(inputsOf(graph).length);
          several += Number(widths(output).length > 1);
        });
        const segments = cut.map(({ graph, input, output }) => ({
          ...model,
          ...{ graph, input: input ?? model.input, output: output ?? model.output },
        }));
        for (const input of someInputs(model.graph, seed)) {
          const passed = runSegments(segments, input);
          expect(passed.at(-1), name).to.deep.equal(interpret(model.graph, input));
        }
      }
    }
    expect(refused, "refused").to.be.at.most(GRAPHS / 4);
    expect(joins, "joins").to.be.at.least(10 * GRAPHS);
    expect(several, "joins of several tensors").to.be.at.least(5 * GRAPHS);
    expect(wider, "types that a join makes wider").to.be.at.least(1);
  });
});

describe("segmentGraph", () => {
  it("gives segments within the budget that together give what the model gives", function () {
    this.timeout(TIMEOUT_MS);
    let joins = 0;
    for (let seed = 1; seed <= GRAPHS / 2; seed++) {
      const weights = seed % 2 === 0 ? "private" : "public";
      const model = randomIntegerGraph({ seed, weights, steps: 60 });
      const known = new Set(model.graph.parameters.map((it) => it.id));
      for (const share of [0.9, 0.6]) {
        const budget = Math.floor(totalOf(model) * share);
        const segments = cut(model, budget);
        if (segments === undefined) continue;
        const name = `seed ${seed}, budget ${budget}`;
        joins += segments.length - 1;
        for (const segment of segments) {
          expect(totalOf(segment), name).to.be.at.most(budget);
          expect(segment.weights, name).to.equal(weights);
          for (const { id } of segment.graph.parameters) expect(known.has(id), name).to.equal(true);
        }
        const [input = []] = someInputs(model.graph, seed).slice(-1);
        const passed = runSegments(segments, input);
        expect(passed.at(-1), name).to.deep.equal(interpret(model.graph, input));
      }
    }
    expect(joins, "joins").to.be.at.least(GRAPHS / 4);
  });

  it("cuts two trainings of an architecture alike, into the same circuits", function () {
    this.timeout(TIMEOUT_MS);
    let joins = 0;
    for (let seed = 1; seed <= GRAPHS / 4; seed++) {
      const options = { seed, weights: "private", steps: 40 } as const;
      const [one, two] = [1, 2].map((it) => randomIntegerGraph({ ...options, values: it })) as [
        ProvableModel,
        ProvableModel,
      ];
      const budget = Math.floor(totalOf(one) * 0.8);
      const [first, second] = [cut(one, budget), cut(two, budget)];
      expect(second?.map(emitCircom)).to.deep.equal(first?.map(emitCircom));
      joins += (first?.length ?? 1) - 1;
    }
    expect(joins).to.be.at.least(3);
  });

  it("binds what passes by one commitment, the same on both sides", () => {
    const model = bottleneck();
    const segments = segmentGraph(model, totalOf(model) - 1);
    const [x = [], ...inputs] = someInputs(model.graph, 7);
    for (const input of [x, ...inputs]) {
      const passed = runSegments(segments, input);
      const words = segments.map((segment, index) => {
        const opening = { input: passed[index] ?? [], output: passed[index + 1] ?? [] };
        const salts = { weightsSalt: 1n, inputSalt: 5n, outputSalt: 5n };
        return claimWords(segment, { ...opening, ...salts }).v;
      });
      const { output } = segments[0]!;
      if (output.mode !== "join") throw new Error("no join");
      const crossing = splitValues(output.tensors, passed[1] ?? []);
      const packed = output.tensors.map(({ type }, i) => ({ ...type, values: crossing[i]! }));
      const join = joinCommitment(5n, packed);
      expect(words[0]?.at(-1)).to.equal(join);
      expect(words[1]?.[1]).to.equal(join);
    }
  });

  describe("given a model within the budget", () => {
    it("returns the model itself", () => {
      const model = bottleneck();
      expect(segmentGraph(model, totalOf(model))).to.deep.equal([model]);
    });
  });

  describe("given a narrow tensor in the middle", () => {
    it("cuts there", () => {
      const model = bottleneck();
      const [first, second, ...others] = segmentGraph(model, totalOf(model) - 1);
      expect(others).to.deep.equal([]);
      expect(widths(first?.output)).to.deep.equal(["2 of 8 bits"]);
      expect(second?.graph.parameters.map((it) => it.id)).to.deep.equal(["c.w", "d.w"]);
    });
  });

  describe("given cuts that cost the same", () => {
    it("takes those that make segments of like size", () => {
      const input = tensor("x", [1, 6], unsigned(8));
      const layers: (Layer & { readonly output: Tensor })[] = [];
      for (const id of ["a", "b", "c", "d"]) {
        layers.push(dense(id, layers.at(-1)?.output ?? input, 6, unsigned(8)));
      }
      const model = modelOf(input, layers);
      const segments = segmentGraph(model, totalOf(model) - 1);
      expect(segments.map(({ graph }) => graph.parameters.map((it) => it.id))).to.deep.equal([
        ["a.w", "b.w"],
        ["c.w", "d.w"],
      ]);
    });
  });

  describe("given a tensor that skips layers", () => {
    it("carries it along, each tensor of its own width", () => {
      const input = tensor("x", [1, 8], signed(12));
      const a = dense("a", input, 3, unsigned(5));
      const b = dense("b", a.output, 16);
      const c = dense("c", b.output, 3, signed(9));
      const d = dense("d", c.output, 16);
      const e = dense("e", d.output, 3, signed(9));
      const product = tensor("product", [1, 3], signed(14));
      const model = modelOf(
        input,
        [a, b, c, d, e],
        [{ op: "multiply", left: a.output.id, right: e.output.id, output: product }],
      );
      const segments = segmentGraph(model, Math.floor(totalOf(model) * 0.6));
      const joins = segments.map(({ output }) => widths(output));
      expect(joins).to.deep.include(["3 of 5 bits", "3 of 9 bits, signed"]);
      expectSame(model, segments);
    });
  });

  describe("given a ReLU within a signed type", () => {
    it("carries the type that its range needs, and restores its own where a table reads it", () => {
      const input = tensor("x", [1, 8], signed(12));
      const a = dense("a", input, 3, signed(6));
      const [sums, rescale] = a.nodes as [NodeDraft, NodeDraft];
      const relu = { ...rescale, relu: true } as NodeDraft;
      const table = Array.from({ length: 64 }, (_, i) => BigInt(i * i));
      const looked = tensor("looked", [1, 3], unsigned(12));
      const lookup: NodeDraft = {
        ...{ op: "lookup", input: "a", lowBits: 0, base: table, slope: table.map(() => 0n) },
        output: looked,
      };
      const b = dense("b", looked, 40, signed(16));
      const layers = [{ ...a, nodes: [sums, relu, lookup] }, b];
      const model = modelOf(input, layers);
      const segments = segmentGraph(model, totalOf(model) - 1);
      expect(widths(segments[0]?.output)).to.deep.equal(["3 of 5 bits"]);
      expect(segments[1]?.graph.nodes.map((it) => it.op)).to.include("lookup");
      expectSame(model, segments);
    });
  });

  describe("given a view", () => {
    it("carries only what is shown behind the cut, once", () => {
      const input = tensor("x", [1, 8], signed(12));
      const a = dense("a", input, 12);
      // Windows that overlap, over the first six of twelve.
      const windows = tensor("windows", [4, 3], unsigned(8));
      const indices = Int32Array.from([0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5]);
      const view: NodeDraft = { op: "view", inputs: ["a"], indices, output: windows };
      const b = dense("b", windows, 12, signed(16));
      const model = modelOf(input, [{ ...a, nodes: [...a.nodes, view] }, b]);
      const segments = segmentGraph(model, totalOf(model) - 1);
      expect(widths(segments[0]?.output)).to.deep.equal(["6 of 8 bits"]);
      expectSame(model, segments);
    });
  });

  describe("given a rescale that stands where its result is used", () => {
    it("moves it to where the sums are, so that no cut carries these", () => {
      const input = tensor("x", [1, 8], signed(12));
      const a = dense("a", input, 4);
      const b = dense("b", a.output, 16);
      const late = dense("c", b.output, 3, signed(9));
      const skip = dense("skip", a.output, 3, signed(9));
      const [skipSums, skipRescale] = skip.nodes as [NodeDraft, NodeDraft];
      const product = tensor("product", [1, 3], signed(18));
      const model = modelOf(
        input,
        [a, { ...skip, nodes: [skipSums] }, b, late],
        [
          skipRescale,
          { op: "multiply", left: skip.output.id, right: late.output.id, output: product },
        ],
      );
      const segments = segmentGraph(model, totalOf(model) - 1);
      expect(segments).to.have.length.above(1);
      for (const { output } of segments) {
        for (const width of widths(output)) expect(width).to.not.contain("of 26 bits");
      }
      expectSame(model, segments);
    });
  });

  describe("given a layer whose rows are read one step at a time", () => {
    it("carries the inputs of later steps rather than their projections", () => {
      const model = recurrent(12);
      const segments = segmentGraph(model, Math.floor(totalOf(model) * 0.6));
      expect(segments).to.have.length.above(1);
      // Two inputs of 8 bits a step that is still to come, and the state.
      for (const { output } of segments.slice(0, -1)) {
        const [inputs = "", ...state] = widths(output);
        expect(inputs).to.match(/^\d*[02468] of 8 bits, signed$/);
        expect(state.length).to.be.at.least(1);
      }
      expectSame(model, segments);
    });

    it("has weights that several steps use in each segment that uses them", () => {
      const model = recurrent(12);
      const segments = segmentGraph(model, Math.floor(totalOf(model) * 0.6));
      const uses = segments.filter(({ graph }) =>
        graph.parameters.some(({ id }) => id === "state.w"),
      );
      expect(uses).to.have.length.above(1);
    });
  });

  describe("given a node that alone is over the budget", () => {
    it("names it, what it takes and the budget", () => {
      const model = bottleneck();
      const { data } = errorOf(() => segmentGraph(model, 2000)) as CompilerError;
      if (data.code !== "NODE_OVER_BUDGET") throw new Error(data.code);
      expect(data.node).to.equal("a.sums");
      expect(data.budget).to.equal(2000);
      expect(data.constraints).to.be.above(2000);
    });
  });
});

function expectSame(model: ProvableModel, segments: readonly ProvableModel[]): void {
  for (const input of someInputs(model.graph, 1)) {
    const output = interpret(model.graph, input);
    expect(runSegments(segments, input).at(-1)).to.deep.equal(output);
  }
}

/** Projects two inputs a step at once, then adds a layer of the state step by step. */
function recurrent(steps: number): ProvableModel {
  const input = tensor("x", [steps, 2], signed(8));
  const projection = dense("projection", input, 8);
  const projected = tensor("projected", [steps, 8], signed(26));
  const nodes: NodeDraft[] = [
    { op: "linear", input: "x", weights: "projection.w", bias: undefined, output: projected },
  ];
  let state: Tensor | undefined;
  for (let step = 0; step < steps; step++) {
    const row = tensor(`row${step}`, [1, 8], signed(26));
    const indices = Int32Array.from({ length: 8 }, (_, i) => step * 8 + i);
    nodes.push({ op: "view", inputs: ["projected"], indices, output: row });
    let sum = row;
    if (state !== undefined) {
      const turned = tensor(`turned${step}`, [1, 8], signed(26));
      sum = tensor(`sum${step}`, [1, 8], signed(28));
      nodes.push(
        { op: "linear", input: state.id, weights: "state.w", bias: undefined, output: turned },
        { op: "combine", inputs: [row.id, turned.id], multipliers: ["one", "one"], output: sum },
      );
    }
    const next = tensor(`state${step}`, [1, 8], unsigned(8));
    const rescale = { op: "rescale", input: sum.id, multiplier: undefined, shift: 6 } as const;
    nodes.push({ ...rescale, relu: true, output: next });
    state = next;
  }
  const turning = dense("state", tensor("state", [1, 8], unsigned(8)), 8);
  const parameters = [
    ...projection.parameters,
    ...turning.parameters,
    values("one", [1], unsigned(1), [1]),
  ];
  return modelOf(input, [{ nodes, parameters }]);
}

function bottleneck(): ProvableModel {
  const input = tensor("x", [1, 8], signed(12));
  const a = dense("a", input, 16);
  const b = dense("b", a.output, 2);
  const c = dense("c", b.output, 16);
  const d = dense("d", c.output, 4, signed(16));
  return modelOf(input, [a, b, c, d]);
}
