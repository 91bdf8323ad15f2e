import { verifyIntegers } from "@vouch/compiler";
import { expect } from "chai";
import type { IntegerGraph } from "../../../offchain/compiler/ir/integerGraph.ts";
import { codeOf } from "../../helpers/codeOf.ts";
import type { NodeDraft } from "../../helpers/integerGraph.ts";
import { BIT, graphOf, signed, tensor, unsigned, values } from "../../helpers/integerGraph.ts";

const X = tensor("x", [2, 3], signed(4));
const U = tensor("u", [2, 3], unsigned(3));
const KNOWN = {
  carried: [U, tensor("bit", [6], BIT)],
  parameters: [
    values("w", [2, 3], signed(4), [1, 2, 3, -1, -2, -3]),
    values("b", [2], signed(4), [1, 2]),
    values("m", [1], unsigned(4), [3]),
  ],
  constants: [values("k", [2], signed(4), [1, 2]), values("s", [1], signed(4), [-1])],
};

type Op<Name> = NodeDraft & { readonly op: Name };

const linear: Op<"linear"> = {
  ...{ op: "linear", input: "x", weights: "w", bias: "b" },
  output: tensor("y", [2, 2], signed(12)),
};
const rescale: Op<"rescale"> = {
  ...{ op: "rescale", input: "x", multiplier: "m", shift: 3, relu: false },
  output: tensor("y", [2, 3], signed(8)),
};
const combine: Op<"combine"> = {
  ...{ op: "combine", inputs: ["x", "u"], multipliers: ["m", "s"] },
  output: tensor("y", [6], signed(12)),
};
const view: Op<"view"> = {
  ...{ op: "view", inputs: ["x", "k"], indices: Int32Array.of(-1, 0, 7) },
  output: tensor("y", [3], signed(4)),
};
const lookup: Op<"lookup"> = {
  ...{ op: "lookup", input: "u", lowBits: 1 },
  ...{ base: [1n, 2n, 3n, 4n], slope: [0n, 0n, 0n, 1n] },
  output: tensor("y", [2, 3], unsigned(3)),
};
const divide: Op<"divide"> = {
  ...{ op: "divide", left: "x", right: "u", shift: 2 },
  output: tensor("y", [2, 3], signed(8)),
};
const compare: Op<"compare"> = {
  ...{ op: "compare", relation: "equal", left: "x", right: "u" },
  output: tensor("y", [6], BIT),
};
const select: Op<"select"> = {
  ...{ op: "select", condition: "bit", left: "x", right: "u" },
  output: tensor("y", [6], signed(4)),
};
const product: Op<"multiply"> = {
  ...{ op: "multiply", left: "x", right: "u" },
  output: tensor("y", [6], signed(8)),
};
const sqrt: Op<"sqrt"> = { op: "sqrt", input: "u", output: tensor("y", [6], unsigned(2)) };
const relu: Op<"relu"> = { op: "relu", input: "x", output: tensor("y", [6], unsigned(3)) };
const sum: Op<"reduceSum" | "reduceMax"> = {
  ...{ op: "reduceSum", input: "x" },
  output: tensor("y", [2], signed(6)),
};
const matmul: Op<"matmul"> = {
  ...{ op: "matmul", left: "l", right: "r" },
  output: tensor("y", [1, 2, 3], signed(12)),
};
const matmulOperands: readonly NodeDraft[] = [
  {
    ...{ op: "view", inputs: ["x"], indices: Int32Array.of(0, 1, 2, 3) },
    output: tensor("l", [1, 2, 2], signed(4)),
  },
  {
    ...{ op: "view", inputs: ["u"], indices: Int32Array.of(0, 1, 2, 3, 4, 5) },
    output: tensor("r", [1, 3, 2], signed(4)),
  },
];

const graph = (...nodes: readonly NodeDraft[]): IntegerGraph => graphOf(X, nodes, KNOWN);
const isRefused = (it: IntegerGraph): boolean =>
  codeOf(() => verifyIntegers(it)) === "GRAPH_INVALID";

/** Nodes as they should be, each with what is wrong about others. */
const RULES: readonly (readonly [right: NodeDraft, wrong: Readonly<Record<string, NodeDraft>>])[] =
  [
    [
      linear,
      {
        "weights that are computed": { ...linear, weights: "x" },
        "weights of another length": { ...linear, weights: "b" },
        "a bias of another length": { ...linear, bias: "m" },
        "a bias that is computed": { ...linear, bias: "bit" },
        "an output of another shape": { ...linear, output: tensor("y", [4], signed(12)) },
        "an output a bit too narrow": { ...linear, output: tensor("y", [2, 2], signed(8)) },
      },
    ],
    [
      combine,
      {
        "no inputs": { ...combine, inputs: [], multipliers: [] },
        "a multiplier too few": { ...combine, multipliers: ["m"] },
        "a multiplier of two elements": { ...combine, multipliers: ["m", "k"] },
        "a multiplier that is computed": { ...combine, multipliers: ["m", "x"] },
        "an input of another size": { ...combine, inputs: ["x", "k"] },
      },
    ],
    [
      rescale,
      {
        "a shift of 0": { ...rescale, shift: 0 },
        "a shift of 61": { ...rescale, shift: 61 },
        "a shift that is no integer": { ...rescale, shift: 1.5 },
        "a signed multiplier": { ...rescale, multiplier: "s" },
        "multipliers for no axis": { ...rescale, multiplier: "w" },
        "a multiplier that is computed": { ...rescale, multiplier: "bit" },
        "a clamp to 0 alone": { ...rescale, relu: true, output: tensor("y", [2, 3], signed(1)) },
      },
    ],
    [
      view,
      {
        "an index too high": { ...view, indices: Int32Array.of(-1, 0, 8) },
        "an index too low": { ...view, indices: Int32Array.of(-2, 0, 7) },
        "an index too few": { ...view, indices: Int32Array.of(-1, 0) },
        "an input that does not fit": { ...view, output: tensor("y", [3], unsigned(4)) },
      },
    ],
    [
      lookup,
      {
        "tables too short": { ...lookup, base: [1n, 2n], slope: [0n, 0n] },
        "tables of two lengths": { ...lookup, slope: [0n] },
        "low bits only": { ...lookup, lowBits: 3, base: [1n], slope: [1n] },
        "negative low bits": {
          ...lookup,
          lowBits: -1,
          base: Array(16).fill(0n),
          slope: Array(16).fill(0n),
        },
        "a slope without low bits": {
          ...lookup,
          lowBits: 0,
          base: Array(8).fill(0n),
          slope: Array(8).fill(1n),
        },
        "a table of 64 bits": { ...lookup, base: [1n, 2n, 3n, 2n ** 62n] },
      },
    ],
    [
      divide,
      {
        "a signed divisor": { ...divide, right: "x" },
        "a negative shift": { ...divide, shift: -1 },
        "a divisor of another size": { ...divide, right: "m" },
      },
    ],
    [
      compare,
      {
        "an output of two bits": { ...compare, output: tensor("y", [6], unsigned(2)) },
        "an output of a signed bit": { ...compare, output: tensor("y", [6], signed(1)) },
        "operands of two sizes": { ...compare, right: "k" },
      },
    ],
    [
      select,
      {
        "a condition of three bits": { ...select, condition: "u" },
        "a branch of another size": { ...select, left: "k" },
      },
    ],
    [product, { "operands of two sizes": { ...product, right: "k" } }],
    [sqrt, { "a signed input": { ...sqrt, input: "x" } }],
    [relu, { "an input of another size": { ...relu, input: "k" } }],
    [
      sum,
      {
        "an axis that stays": { ...sum, output: tensor("y", [2, 1], signed(6)) },
        "an output too narrow": { ...sum, output: tensor("y", [2], signed(5)) },
      },
    ],
  ];

describe("verifyIntegers", () => {
  for (const [right, wrong] of RULES) {
    describe(`given ${right.op}`, () => {
      it("accepts it where it keeps the rules", () => {
        expect(codeOf(() => verifyIntegers(graph(right)))).to.equal(undefined);
      });

      for (const [name, node] of Object.entries(wrong)) {
        it(`refuses ${name}`, () => {
          expect(isRefused(graph(node))).to.be.true;
        });
      }
    });
  }

  describe("given matmul", () => {
    it("accepts operands of rank 3 that fit", () => {
      expect(codeOf(() => verifyIntegers(graph(...matmulOperands, matmul)))).to.equal(undefined);
    });

    it("refuses operands that do not", () => {
      expect(isRefused(graph({ ...matmul, left: "x", right: "u" }))).to.be.true;
      const [left, right] = matmulOperands;
      const longer = { ...right!, output: tensor("r", [1, 2, 3], signed(4)) } as NodeDraft;
      expect(isRefused(graph(left!, longer, matmul))).to.be.true;
      const other = { ...matmul, output: tensor("y", [1, 3, 2], signed(12)) };
      expect(isRefused(graph(...matmulOperands, other))).to.be.true;
    });
  });

  it("refuses a reduction of a scalar", () => {
    const scalar = { ...sum, output: tensor("y", [], signed(6)) };
    const again = { ...sum, input: "y", output: tensor("z", [], signed(6)) };
    const flat = graphOf(tensor("x", [2], signed(4)), [scalar, again]);
    expect(isRefused(flat)).to.be.true;
  });

  it("refuses definitions out of order, twice or of nothing", () => {
    expect(isRefused(graph(linear, linear))).to.be.true;
    expect(
      isRefused(
        graph({ ...relu, input: "y2" }, { ...linear, output: tensor("y2", [2, 2], signed(12)) }),
      ),
    ).to.be.true;
    expect(isRefused(graphOf(X, [], { constants: [values("x", [1], BIT, [0])] }))).to.be.true;
    expect(isRefused({ ...graph(linear), output: X })).to.be.false;
    expect(isRefused({ ...graph(linear), output: tensor("no", [1], BIT) })).to.be.true;
    expect(isRefused({ ...graph(linear), output: { ...linear.output, type: signed(13) } })).to.be
      .true;
  });

  for (const list of ["parameters", "constants"] as const) {
    it(`refuses values of ${list} that are too many or not of their type`, () => {
      const withValues = (...integers: number[]): IntegerGraph =>
        graphOf(X, [], { [list]: [values("v", [2], signed(4), integers)] });
      expect(isRefused(withValues(7, -8))).to.be.false;
      for (const wrong of [[7], [1, 2, 3], [8, 0], [0, -9]]) {
        expect(isRefused(withValues(...wrong))).to.be.true;
      }
    });
  }

  it("refuses types and shapes without meaning", () => {
    for (const type of [signed(0), signed(63), unsigned(62), signed(2.5)]) {
      expect(isRefused(graphOf(tensor("x", [1], type), []))).to.be.true;
    }
    for (const type of [signed(62), unsigned(61), signed(1), BIT]) {
      expect(isRefused(graphOf(tensor("x", [1], type), []))).to.be.false;
    }
    for (const shape of [[0], [-1], [1.5]]) {
      expect(isRefused(graphOf(tensor("x", shape, BIT), []))).to.be.true;
    }
  });
});
