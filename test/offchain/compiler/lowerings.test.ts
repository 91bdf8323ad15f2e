import {
  emitIntegerOnnx,
  inferRanges,
  interpret,
  interpretAll,
  verifyIntegers,
} from "@vouch/compiler";
import { expect } from "chai";
import { decodeModel } from "../../../offchain/compiler/onnx/modelProto.ts";
import type { IntegerGraph, IntegerNode } from "../../../offchain/compiler/ir/integerGraph.ts";
import type { NodeDraft } from "../../helpers/integerGraph.ts";
import { BIT, graphOf, signed, tensor, unsigned, values } from "../../helpers/integerGraph.ts";
import { session } from "../../helpers/onnxModel.ts";
import { INTEGER_OPS, randomIntegerGraph, someInputs } from "../../helpers/randomIntegerGraph.ts";

const GRAPHS = process.env["VOUCH_DEEP"] === "1" ? 4000 : 120;
/** These take a second or two; a busy machine may take much longer. */
const TIMEOUT_MS = 240_000;

type Case = {
  readonly graph: IntegerGraph;
  readonly rows: readonly (readonly [
    input: readonly (bigint | number)[],
    output: readonly (bigint | number)[],
  ])[];
};

const MOST = 2n ** 61n - 1n;
const LEAST = -(2n ** 61n);
/** Neighbours of multiples of 2^32: where onnxruntime's vectorized comparisons of int64 go wrong. */
const WORDS = [2n ** 32n - 1n, 2n ** 32n, 3221028867n, 2n ** 33n - 1n, 3n * 2n ** 32n + 7n, -1n];

/** One node on the input, perhaps with parameters and constants; what it gives is written out. */
const CASES: Readonly<Record<string, Case>> = {
  "linear: rows, bias, weights of both signs": {
    graph: graphOf(
      tensor("x", [2, 2], signed(8)),
      [
        {
          ...{ op: "linear", input: "x", weights: "w", bias: "b" },
          output: tensor("y", [2, 3], signed(18)),
        },
      ],
      {
        parameters: [values("w", [3, 2], signed(8), [1, 2, -128, 127, 0, -1])],
        constants: [values("b", [3], signed(9), [10, -20, 255])],
      },
    ),
    rows: [
      [
        [1, 2, -128, 127],
        [15, 106, 253, 136, 16384 + 16129 - 20, 128],
      ],
    ],
  },
  "linear: sums near 2^60": {
    graph: graphOf(
      tensor("x", [3], signed(31)),
      [
        {
          ...{ op: "linear", input: "x", weights: "w", bias: undefined },
          output: tensor("y", [1], signed(61)),
        },
      ],
      { parameters: [values("w", [1, 3], signed(28), [-(2 ** 27), 2 ** 27 - 1, 1])] },
    ),
    rows: [[[-(2 ** 30), 2 ** 30 - 1, 5], [2n ** 57n + (2n ** 30n - 1n) * (2n ** 27n - 1n) + 5n]]],
  },
  "matmul: batches, right transposed": {
    graph: graphOf(
      tensor("x", [2, 1, 2], signed(8)),
      [
        {
          ...{ op: "matmul", left: "x", right: "r" },
          output: tensor("y", [2, 1, 3], signed(20)),
        },
      ],
      {
        constants: [values("r", [2, 3, 2], signed(8), [1, 0, 0, 1, 1, 1, -1, 2, 3, -4, 100, 100])],
      },
    ),
    rows: [
      [
        [5, 7, -128, 127],
        [5, 7, 12, 382, -892, -100],
      ],
    ],
  },
  "combine: signed multipliers, one of them 0": {
    graph: graphOf(
      tensor("x", [2], signed(8)),
      [
        {
          ...{ op: "combine", inputs: ["x", "k", "x"], multipliers: ["a", "b", "zero"] },
          output: tensor("y", [2], signed(30)),
        },
      ],
      {
        parameters: [
          values("a", [1], signed(10), [-512]),
          values("k", [2], signed(8), [1, -1]),
          values("b", [1], signed(10), [511]),
        ],
        constants: [values("zero", [1], BIT, [0])],
      },
    ),
    rows: [
      [
        [-128, 127],
        [65536 + 511, -65024 - 511],
      ],
    ],
  },
  "multiply: a square, to the last bit": {
    graph: graphOf(tensor("x", [3], signed(31)), [
      { op: "multiply", left: "x", right: "x", output: tensor("y", [3], unsigned(61)) },
    ]),
    rows: [
      [
        [-(2 ** 30), 2 ** 30 - 1, 3],
        [2n ** 60n, (2n ** 30n - 1n) ** 2n, 9],
      ],
    ],
  },
  "rescale: half up, saturating": {
    graph: graphOf(tensor("x", [8], signed(40)), [
      {
        ...{ op: "rescale", input: "x", multiplier: undefined, shift: 2, relu: false },
        output: tensor("y", [8], signed(8)),
      },
    ]),
    rows: [
      [
        [1, 2, -2, -3, 6, -6, 2 ** 39 - 1, -(2 ** 39)],
        [0, 1, 0, -1, 2, -1, 127, -128],
      ],
    ],
  },
  "rescale: a multiplier for each channel, with ReLU": {
    graph: graphOf(
      tensor("x", [2, 3], signed(8)),
      [
        {
          ...{ op: "rescale", input: "x", multiplier: "m", shift: 4, relu: true },
          output: tensor("y", [2, 3], signed(9)),
        },
      ],
      { parameters: [values("m", [3], unsigned(8), [16, 255, 0])] },
    ),
    rows: [
      [
        [5, 5, 5, -5, 127, 127],
        [5, 80, 0, 0, 255, 0],
      ],
    ],
  },
  "rescale: words, clamped to a word": {
    graph: graphOf(tensor("x", [6], signed(61)), [
      {
        ...{ op: "rescale", input: "x", multiplier: undefined, shift: 1, relu: false },
        output: tensor("y", [6], unsigned(32)),
      },
    ]),
    rows: [
      [WORDS, [2n ** 31n, 2n ** 31n, 1610514434n, 2n ** 32n - 1n, 2n ** 32n - 1n, 0]],
      [
        [2n ** 60n - 1n, LEAST / 2n, 1, 2, 3, -2],
        [2n ** 32n - 1n, 0, 1, 1, 2, 0],
      ],
    ],
  },
  "relu: words": {
    graph: graphOf(tensor("x", [6], signed(62)), [
      { op: "relu", input: "x", output: tensor("y", [6], unsigned(61)) },
    ]),
    rows: [
      [WORDS, [...WORDS.slice(0, 5), 0]],
      [
        [MOST, LEAST, 0, -1, 1, -(2n ** 32n)],
        [MOST, 0, 0, 0, 1, 0],
      ],
    ],
  },
  "view: concatenation, repetition, zeros": {
    graph: graphOf(
      tensor("x", [2, 2], signed(8)),
      [
        {
          ...{ op: "view", inputs: ["x", "k"], indices: Int32Array.of(3, -1, 4, 0, 0, 5) },
          output: tensor("y", [3, 2], signed(8)),
        },
      ],
      { constants: [values("k", [2], signed(4), [7, -8])] },
    ),
    rows: [
      [
        [1, 2, 3, 4],
        [4, 0, 7, 1, 1, -8],
      ],
    ],
  },
  "lookup: interpolated between the points of a table": {
    graph: graphOf(tensor("x", [4], signed(4)), [
      {
        ...{ op: "lookup", input: "x", lowBits: 2 },
        ...{ base: [100n, 0n, -7n, MOST - 12n], slope: [-1n, 10n, 0n, 4n] },
        output: tensor("y", [4], signed(62)),
      },
    ]),
    rows: [
      [
        [-8, -5, -4, -1],
        [100, 97, 0, 30],
      ],
      [
        [0, 3, 4, 7],
        [-7, -7, MOST - 12n, MOST],
      ],
    ],
  },
  "divide: rounds down, and by 1 where the divisor is 0": {
    graph: graphOf(
      tensor("x", [6], signed(8)),
      [
        {
          ...{ op: "divide", left: "x", right: "d", shift: 3 },
          output: tensor("y", [6], signed(12)),
        },
      ],
      { parameters: [values("d", [6], unsigned(4), [0, 1, 3, 3, 15, 15])] },
    ),
    rows: [
      [
        [-128, -128, 100, -100, 1, -1],
        [-1024, -1024, 266, -267, 0, -1],
      ],
    ],
  },
  "sqrt: beside squares": {
    graph: graphOf(tensor("x", [6], unsigned(61)), [
      { op: "sqrt", input: "x", output: tensor("y", [6], unsigned(31)) },
    ]),
    rows: [
      [
        [0, 1, 3, 4, 8, 9],
        [0, 1, 1, 2, 2, 3],
      ],
      [
        [2n ** 61n - 1n, 1518500249n ** 2n, 1518500249n ** 2n - 1n, 10n ** 18n - 1n, 10n ** 18n, 2],
        [1518500249, 1518500249, 1518500248, 999999999, 1000000000, 1],
      ],
    ],
  },
  "compare: at most": {
    graph: comparison("lessOrEqual"),
    rows: [
      [
        [0, 2n ** 32n, LEAST / 2n, 1, -1, 5],
        [1, 1, 1, 0, 1, 1],
      ],
    ],
  },
  "compare: equal": {
    graph: comparison("equal"),
    rows: [
      [
        [0, 2n ** 32n, LEAST / 2n, 1, -1, 5],
        [1, 1, 1, 0, 0, 0],
      ],
    ],
  },
  "select: by a bit, operands of other shapes": {
    graph: graphOf(
      tensor("x", [2, 2], BIT),
      [
        {
          ...{ op: "select", condition: "x", left: "a", right: "b" },
          output: tensor("y", [2, 2], signed(62)),
        },
      ],
      {
        parameters: [values("a", [4], signed(62), [MOST, LEAST, 1, 2])],
        constants: [values("b", [4, 1], signed(8), [-1, -2, -3, -4])],
      },
    ),
    rows: [
      [
        [1, 1, 0, 0],
        [MOST, LEAST, -3, -4],
      ],
    ],
  },
  "reduceSum: more than a double holds": {
    graph: graphOf(tensor("x", [2, 3], signed(59)), [
      { op: "reduceSum", input: "x", output: tensor("y", [2], signed(61)) },
    ]),
    rows: [
      [
        [2n ** 58n - 1n, 2n ** 58n - 1n, 2n ** 58n - 1n, -(2n ** 58n), 1, 2],
        [3n * (2n ** 58n - 1n), -(2n ** 58n) + 3n],
      ],
    ],
  },
  "reduceMax: words, an odd number of them": {
    graph: graphOf(tensor("x", [2, 5], signed(62)), [
      { op: "reduceMax", input: "x", output: tensor("y", [2], signed(62)) },
    ]),
    rows: [
      [
        [...WORDS.slice(0, 4), -1, LEAST, LEAST + 1n, LEAST, -(2n ** 33n), -(2n ** 33n) + 7n],
        [2n ** 33n - 1n, -(2n ** 33n) + 7n],
      ],
    ],
  },
  "an output that is the input": {
    graph: graphOf(tensor("x", [2], BIT), []),
    rows: [
      [
        [1, 0],
        [1, 0],
      ],
    ],
  },
};

function comparison(relation: "lessOrEqual" | "equal"): IntegerGraph {
  const right = [0n, 2n ** 32n, LEAST / 2n, 0n, 2n ** 60n - 1n, 2n ** 32n + 5n];
  return graphOf(
    tensor("x", [6], signed(61)),
    [{ op: "compare", relation, left: "x", right: "k", output: tensor("y", [6], BIT) }],
    { constants: [values("k", [6], signed(61), right)] },
  );
}

/** What onnxruntime gives. */
async function runOnnx(graph: IntegerGraph, input: readonly bigint[]): Promise<readonly bigint[]> {
  const { integer } = await session(emitIntegerOnnx(graph), graph.input.shape);
  return integer(input);
}

describe("the interpreter and onnxruntime, on integers", () => {
  for (const [name, { graph, rows }] of Object.entries(CASES)) {
    it(`agree on ${name}`, async () => {
      expect(verifyIntegers(graph)).to.equal(graph);
      for (const [input, output] of rows) {
        const integers = input.map(BigInt);
        expect(interpret(graph, integers), "interpreter").to.deep.equal(output.map(BigInt));
        expect(await runOnnx(graph, integers), "onnxruntime").to.deep.equal(output.map(BigInt));
      }
    });
  }

  it("have cases for every operation", () => {
    const tried = Object.values(CASES).flatMap(({ graph }) => graph.nodes.map((it) => it.op));
    expect(new Set(tried)).to.deep.equal(new Set<IntegerNode["op"]>(INTEGER_OPS));
  });

  for (const values of ["drawn", "least", "most"] as const) {
    it(`agree on drawn graphs, parameters ${values}, and stay within the inferred ranges`, async () => {
      const tried = new Set<string>();
      for (let seed = 0; seed < GRAPHS; seed++) {
        const weights = seed % 4 === 0 ? "public" : "private";
        const options = { seed, weights, steps: 8, maxBits: seed % 2 === 0 ? 8 : 16 } as const;
        const { graph } = randomIntegerGraph(values === "drawn" ? options : { ...options, values });
        verifyIntegers(graph);
        for (const { op } of graph.nodes) tried.add(op);
        const ranges = inferRanges(graph);
        const { integer } = await session(emitIntegerOnnx(graph), graph.input.shape);
        const inputs = someInputs(graph, seed);
        const batch = await integer(inputs.flat());
        expect(batch, `batch of seed ${seed}`).to.deep.equal(
          inputs.flatMap((input) => interpret(graph, input)),
        );
        for (const input of inputs) {
          const all = interpretAll(graph, input);
          expect(await integer(input), `seed ${seed}`).to.deep.equal(all.get(graph.output.id));
          for (const [id, elements] of all) {
            const { lo = 1n, hi = 0n } = ranges.get(id) ?? {};
            const isWithin = elements.every((it) => lo <= it && it <= hi);
            expect(isWithin, `${id} of seed ${seed}`).to.be.true;
          }
        }
      }
      expect(tried).to.deep.equal(new Set<string>(INTEGER_OPS));
    }).timeout(TIMEOUT_MS);
  }

  it("agree on a matrix product beyond 2^53, where doubles end", async () => {
    const most = 2n ** 29n - 1n;
    const row = Array.from({ length: 9 }, (_, i) => most - BigInt(i));
    const linear: NodeDraft = {
      ...{ op: "linear", input: "x", weights: "w", bias: undefined },
      output: tensor("y", [1], signed(62)),
    };
    const parameters = [
      values(
        "w",
        [1, 9],
        signed(28),
        row.map((it) => it >> 2n),
      ),
    ];
    const graph = graphOf(tensor("x", [9], signed(30)), [linear], { parameters });
    const expected = [row.reduce((sum, it) => sum + it * (it >> 2n), 0n)];
    expect(expected[0]! > 2n ** 58n && expected[0]! % 2n === 1n, "no double").to.be.true;
    expect(interpret(verifyIntegers(graph), row)).to.deep.equal(expected);
    expect(await runOnnx(graph, row)).to.deep.equal(expected);
  });
});

describe("emitIntegerOnnx, on a batch", () => {
  it("repeats what depends on no input, in the middle and at the end", async () => {
    const known = values("k", [2], signed(8), [5, -6]);
    const indices = Int32Array.of(0, 2, -1, 1);
    const mixed = graphOf(
      tensor("x", [1], signed(8)),
      [{ op: "view", inputs: ["x", "k"], indices, output: tensor("y", [4], signed(8)) }],
      { constants: [known] },
    );
    const alone = graphOf(
      tensor("x", [1], signed(8)),
      [{ op: "relu", input: "k", output: tensor("y", [2], signed(8)) }],
      { constants: [known] },
    );
    for (const graph of [mixed, alone]) {
      expect(verifyIntegers(graph)).to.equal(graph);
      const expected = [1n, -2n, 3n].flatMap((it) => interpret(graph, [it]));
      expect(await runOnnx(graph, [1n, -2n, 3n])).to.deep.equal(expected);
    }
  });

  it("keeps a product of two tensors, or of one and a constant, within its row", async () => {
    const input = tensor("x", [1, 2, 2], signed(6));
    const square: NodeDraft = {
      ...{ op: "matmul", left: "x", right: "x" },
      output: tensor("y", [1, 2, 2], signed(14)),
    };
    const byConstant: NodeDraft = {
      ...{ op: "matmul", left: "k", right: "x" },
      output: tensor("y", [1, 1, 2], signed(14)),
    };
    const constants = [values("k", [1, 1, 2], signed(6), [3, -7])];
    for (const graph of [graphOf(input, [square]), graphOf(input, [byConstant], { constants })]) {
      const rows = [
        [1n, 2n, 3n, 4n],
        [-5n, 6n, -7n, 8n],
      ];
      const expected = rows.flatMap((row) => interpret(verifyIntegers(graph), row));
      expect(await runOnnx(graph, rows.flat())).to.deep.equal(expected);
    }
  });

  it("writes a constant or an operation once, however often a model repeats it", () => {
    const relu = (input: string, id: string): NodeDraft => {
      return { op: "relu", input, output: tensor(id, [2], signed(9)) };
    };
    const sum = (id: string): NodeDraft => ({
      ...{ op: "combine", inputs: ["a", "b"], multipliers: ["k", "k"] },
      output: tensor(id, [2], signed(13)),
    });
    const constants = [values("k", [1], signed(3), [2])];
    const nodes = [relu("x", "a"), relu("x", "b"), sum("y")];
    const once = graphOf(tensor("x", [2], signed(9)), nodes, { constants });
    const { node = [], initializer = [] } = decodeModel(emitIntegerOnnx(once)).graph ?? {};
    expect(node.filter(({ opType }) => opType === "Less")).to.have.length(1);
    expect(initializer).to.have.length(3); // 0, 2 and the shape that 2 takes
  });
});

describe("interpret", () => {
  it("takes what is carried into a segment after its input", () => {
    const input = tensor("x", [1], signed(4));
    const carried = [tensor("c", [2], unsigned(8))];
    const indices = Int32Array.of(2, 0, 1);
    const output = tensor("y", [3], signed(9));
    const graph = graphOf(input, [{ op: "view", inputs: ["x", "c"], indices, output }], {
      carried,
    });
    expect(interpret(verifyIntegers(graph), [-8n, 0n, 255n])).to.deep.equal([255n, -8n, 0n]);
  });
});
