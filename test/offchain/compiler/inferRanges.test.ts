import { inferRanges, interpret, verifyIntegers } from "@vouch/compiler";
import { expect } from "chai";
import type { IntegerGraph, Parameter } from "../../../offchain/compiler/ir/integerGraph.ts";
import { rangeOfType } from "../../../offchain/compiler/ir/range.ts";
import { codeOf } from "../../helpers/codeOf.ts";
import { BIT, graphOf, signed, tensor, unsigned, values } from "../../helpers/integerGraph.ts";

const X = tensor("x", [2], signed(3));
const U = tensor("x", [2], unsigned(3));

/** Small enough to try every input and every parameter. Types are wide: only ranges are looked at. */
const CASES: Readonly<Record<string, IntegerGraph>> = {
  "linear, each row of constant weights by itself": graphOf(
    X,
    [
      {
        ...{ op: "linear", input: "x", weights: "w", bias: "b" },
        output: tensor("y", [3], signed(12)),
      },
    ],
    {
      constants: [
        values("w", [3, 2], signed(4), [7, -8, 1, 1, -2, 0]),
        values("b", [3], signed(6), [0, 20, -30]),
      ],
    },
  ),
  "linear, weights and bias of any value of their types": graphOf(
    X,
    [
      {
        ...{ op: "linear", input: "x", weights: "w", bias: "b" },
        output: tensor("y", [1], signed(12)),
      },
    ],
    {
      parameters: [values("w", [1, 2], signed(2), [0, 0]), values("b", [1], unsigned(2), [0])],
    },
  ),
  "linear, constant weights and a parameter as bias": graphOf(
    X,
    [
      {
        ...{ op: "linear", input: "x", weights: "w", bias: "b" },
        output: tensor("y", [2], signed(12)),
      },
    ],
    {
      parameters: [values("b", [2], unsigned(2), [0, 0])],
      constants: [values("w", [2, 2], signed(4), [3, -1, 5, 0])],
    },
  ),
  "matmul by a constant on the left": graphOf(
    tensor("x", [1, 1, 2], signed(3)),
    [{ op: "matmul", left: "k", right: "x", output: tensor("y", [1, 2, 1], signed(12)) }],
    { constants: [values("k", [1, 2, 2], signed(4), [7, -8, 1, 2])] },
  ),
  "combine of parameter and constants": graphOf(
    X,
    [
      {
        ...{ op: "combine", inputs: ["x", "p"], multipliers: ["a", "b"] },
        output: tensor("y", [2], signed(12)),
      },
    ],
    {
      parameters: [values("p", [2], unsigned(2), [0, 0])],
      constants: [values("a", [1], signed(4), [-3]), values("b", [1], signed(4), [5])],
    },
  ),
  "multiply, a square": graphOf(X, [
    { op: "multiply", left: "x", right: "x", output: tensor("y", [2], unsigned(6)) },
  ]),
  "multiply by a parameter": graphOf(
    X,
    [{ op: "multiply", left: "x", right: "p", output: tensor("y", [2], signed(8)) }],
    { parameters: [values("p", [2], signed(2), [0, 0])] },
  ),
  "rescale that saturates below": graphOf(
    X,
    [
      {
        ...{ op: "rescale", input: "x", multiplier: "m", shift: 2, relu: false },
        output: tensor("y", [2], signed(2)),
      },
    ],
    { constants: [values("m", [2], unsigned(2), [2, 1])] },
  ),
  "rescale with ReLU, within its type": graphOf(X, [
    {
      ...{ op: "rescale", input: "x", multiplier: undefined, shift: 1, relu: true },
      output: tensor("y", [2], signed(8)),
    },
  ]),
  relu: graphOf(X, [{ op: "relu", input: "x", output: tensor("y", [2], unsigned(3)) }]),
  "view of one of its inputs, and zeros": graphOf(
    U,
    [
      {
        ...{ op: "view", inputs: ["k", "x"], indices: Int32Array.of(-1, 2) },
        output: tensor("y", [2], signed(8)),
      },
    ],
    { constants: [values("k", [2], signed(8), [-100, 100])] },
  ),
  "lookup between points": graphOf(X, [
    {
      ...{ op: "lookup", input: "x", lowBits: 1 },
      ...{ base: [5n, -3n, 0n, 9n], slope: [1n, -4n, 0n, 2n] },
      output: tensor("y", [2], signed(8)),
    },
  ]),
  "lookup of a part of its table": graphOf(X, [
    {
      ...{ op: "rescale", input: "x", multiplier: undefined, shift: 1, relu: false },
      output: tensor("h", [2], signed(3)),
    },
    {
      ...{ op: "lookup", input: "h", lowBits: 2, base: [0n, 50n], slope: [10n, -9n] },
      output: tensor("y", [2], signed(8)),
    },
  ]),
  "divide by what may be 0": graphOf(
    X,
    [{ op: "divide", left: "x", right: "p", shift: 1, output: tensor("y", [2], signed(8)) }],
    { parameters: [values("p", [2], unsigned(2), [0, 0])] },
  ),
  "divide by a constant": graphOf(
    X,
    [{ op: "divide", left: "x", right: "k", shift: 0, output: tensor("y", [2], signed(8)) }],
    { constants: [values("k", [2], unsigned(4), [3, 5])] },
  ),
  sqrt: graphOf(U, [{ op: "sqrt", input: "x", output: tensor("y", [2], unsigned(3)) }]),
  "compare that depends": comparison(3),
  "compare that always holds": comparison(4),
  select: graphOf(
    tensor("x", [2], BIT),
    [
      {
        ...{ op: "select", condition: "x", left: "a", right: "b" },
        output: tensor("y", [2], signed(8)),
      },
    ],
    { constants: [values("a", [2], signed(8), [-7, 3]), values("b", [2], signed(8), [9, 9])] },
  ),
  reduceSum: graphOf(X, [{ op: "reduceSum", input: "x", output: tensor("y", [], signed(4)) }]),
  reduceMax: graphOf(X, [{ op: "reduceMax", input: "x", output: tensor("y", [], signed(3)) }]),
};

function comparison(bound: number): IntegerGraph {
  return graphOf(
    tensor("x", [2], signed(3)),
    [
      {
        ...{ op: "compare", relation: "lessOrEqual", left: "x", right: "k" },
        output: tensor("y", [2], BIT),
      },
    ],
    { constants: [values("k", [2], signed(4), [bound === 4 ? 3 : 2, bound])] },
  );
}

/** Every value of each element. */
function* assignments(types: readonly Parameter["type"][]): Generator<bigint[]> {
  const [first, ...rest] = types;
  if (first === undefined) {
    yield [];
    return;
  }
  const { lo, hi } = rangeOfType(first);
  for (let value = lo; value <= hi; value++) {
    for (const others of assignments(rest)) yield [value, ...others];
  }
}

function extremesOf(graph: IntegerGraph): { readonly lo: bigint; readonly hi: bigint } {
  const open = [graph.input, ...graph.parameters];
  const types = open.flatMap(({ shape, type }) =>
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => type),
  );
  const seen = new Set<bigint>();
  for (const assigned of assignments(types)) {
    const rest = [...assigned];
    const [input = [], ...known] = open.map(({ shape }) =>
      rest.splice(
        0,
        shape.reduce((a, b) => a * b, 1),
      ),
    );
    const parameters = graph.parameters.map((it, i) => ({ ...it, values: known[i]! }));
    for (const it of interpret({ ...graph, parameters }, input)) seen.add(it);
  }
  const sorted = [...seen].sort((a, b) => (a < b ? -1 : 1));
  return { lo: sorted[0]!, hi: sorted.at(-1)! };
}

describe("inferRanges", () => {
  for (const [name, graph] of Object.entries(CASES)) {
    it(`gives exactly what can come out: ${name}`, () => {
      verifyIntegers(graph);
      expect(inferRanges(graph).get("y")).to.deep.equal(extremesOf(graph));
    });
  }

  it("bounds what lies between as well: terms that cancel out", () => {
    const wide = graphOf(
      tensor("x", [1], signed(31)),
      [
        {
          ...{ op: "combine", inputs: ["x", "x"], multipliers: ["a", "b"] },
          output: tensor("y", [1], signed(62)),
        },
      ],
      {
        constants: [
          values("a", [1], signed(31), [2 ** 30]),
          values("b", [1], signed(31), [2 ** 30 - 1]),
        ],
      },
    );
    expect(codeOf(() => inferRanges(wide))).to.equal(undefined);
    const [a, b] = wide.constants;
    const wider = { ...wide, constants: [a!, { ...b!, values: [2n ** 31n] }] };
    expect(codeOf(() => inferRanges(wider))).to.equal("RANGE_TOO_WIDE");
  });

  for (const op of ["linear", "matmul"] as const) {
    it(`bounds what lies between as well: products of constants that cancel out, ${op}`, () => {
      const weights = [2n ** 59n, 2n ** 59n, -(2n ** 59n), -(2n ** 59n)];
      const cancelling = (factor: number): IntegerGraph => {
        const batch = op === "linear" ? [] : [1];
        const operands =
          op === "linear"
            ? ({ op, input: "k", weights: "w", bias: undefined } as const)
            : ({ op, left: "k", right: "w" } as const);
        return graphOf(X, [{ ...operands, output: tensor("y", [...batch, 1, 1], signed(2)) }], {
          constants: [
            values("k", [...batch, 1, 4], unsigned(3), Array<number>(4).fill(factor)),
            values("w", [...batch, 1, 4], signed(60), weights),
          ],
        });
      };
      expect(inferRanges(cancelling(1)).get("y")).to.deep.equal({ lo: 0n, hi: 0n });
      expect(codeOf(() => inferRanges(cancelling(1)))).to.equal(undefined);
      expect(codeOf(() => inferRanges(cancelling(4)))).to.equal("RANGE_TOO_WIDE");
    });
  }

  it("counts the rounding of a rescale, and the shift of a quotient", () => {
    const rescaled = (bits: number): IntegerGraph =>
      graphOf(tensor("x", [1], signed(bits)), [
        {
          ...{ op: "rescale", input: "x", multiplier: undefined, shift: 60, relu: false },
          output: tensor("y", [1], signed(4)),
        },
      ]);
    expect(codeOf(() => inferRanges(rescaled(61)))).to.equal(undefined);
    expect(codeOf(() => inferRanges(rescaled(62)))).to.equal("RANGE_TOO_WIDE");

    const divided = (shift: number): IntegerGraph =>
      graphOf(
        tensor("x", [1], signed(32)),
        [{ op: "divide", left: "x", right: "k", shift, output: tensor("y", [1], signed(4)) }],
        { constants: [values("k", [1], unsigned(60), [2n ** 59n])] },
      );
    expect(codeOf(() => inferRanges(divided(30)))).to.equal(undefined);
    expect(codeOf(() => inferRanges(divided(31)))).to.equal("RANGE_TOO_WIDE");
  });

  it("gives a parameter its type, and a constant its values", () => {
    const graph = graphOf(X, [], {
      parameters: [values("p", [2], signed(8), [1, 2])],
      constants: [values("k", [2], signed(8), [1, 2])],
    });
    const ranges = inferRanges(graph);
    expect(ranges.get("p")).to.deep.equal({ lo: -128n, hi: 127n });
    expect(ranges.get("k")).to.deep.equal({ lo: 1n, hi: 2n });
  });
});
