import type { CompileOptions, IntegerGraph } from "@vouch/compiler";
import {
  compile,
  CompilerError,
  driftReport,
  emitIntegerOnnx,
  inferRanges,
  interpret,
  rescale,
  verifyIntegers,
} from "@vouch/compiler";
import { expect } from "chai";
import * as fc from "fast-check";
import {
  CREDIT_OPTIONS,
  creditModel,
  errorOf,
  floats,
  int,
  node,
  onnxModel,
  randomNumbers,
  session,
  valueInfo,
} from "../../helpers/onnxModel.ts";
import { expectClose } from "../../helpers/expectClose.ts";

const RANGE = { lo: -1000n, hi: 1000n };

describe("rescale", () => {
  const cases: readonly (readonly [bigint, bigint, number, bigint])[] = [
    [5n, 1n, 1, 3n],
    [-5n, 1n, 1, -2n],
    [3n, 1n, 2, 1n],
    [-6n, 1n, 2, -1n],
    [-7n, 1n, 2, -2n],
    [7n, 3n, 3, 3n],
    [1n << 40n, 1n, 4, 1000n],
    [-(1n << 40n), 1n, 4, -1000n],
  ];
  for (const [a, m, shift, expected] of cases) {
    it(`takes ${a} · ${m} / 2^${shift} to ${expected}`, () => {
      expect(rescale(a, m, shift, RANGE)).to.equal(expected);
    });
  }

  it("is the nearest integer, upwards on ties", () => {
    const small = fc.integer({ min: -100_000, max: 100_000 });
    fc.assert(
      fc.property(small, fc.integer({ min: 1, max: 20 }), (a, shift) => {
        const wide = { lo: -(1n << 62n), hi: 1n << 62n };
        const exact = Math.floor(a / 2 ** shift + 0.5);
        expect(rescale(BigInt(a), 1n, shift, wide)).to.equal(BigInt(exact));
      }),
      { seed: 3 },
    );
  });
});

describe("emitIntegerOnnx", () => {
  it("equals the interpreter at the ends of 62 bits", async () => {
    const edge = (1n << 40n) - 1n;
    for (const [relu, shift] of [
      [false, 1],
      [true, 30],
      [false, 59],
    ] as const) {
      const graph = verifyIntegers({
        name: "edges",
        input: { id: "x", shape: [2, 4], type: { bits: 41, signed: true } },
        parameters: [
          {
            id: "m",
            shape: [4],
            type: { bits: 20, signed: false },
            values: [1n, (1n << 20n) - 1n, 3n, 0n],
          },
        ],
        constants: [],
        ...nodesOf(relu, shift),
      });
      const { integer } = await session(emitIntegerOnnx(graph), [2, 4]);
      const input = [edge, edge, -1n, edge, -edge - 1n, -edge - 1n, 1n, 7n];
      expect(await integer(input)).to.deep.equal(interpret(graph, input));
    }
  });

  function nodesOf(relu: boolean, shift: number): Pick<IntegerGraph, "nodes" | "output"> {
    const output = { id: "y", shape: [2, 4], type: { bits: 50, signed: true } };
    const place = { name: "y", input: "x", multiplier: "m", shift, relu, output };
    return { output, nodes: [{ op: "rescale", ...place }] };
  }
});

describe("quantize", () => {
  const { file, samples } = creditModel();
  const inputs = samples.map((it) => it.input);
  const options: CompileOptions = { ...CREDIT_OPTIONS, calibration: { samples: inputs } };
  const { ranges } = compile(file, options);

  it("needs exactly the ranges of its hidden tensors", () => {
    expect(Object.keys(ranges)).to.deep.equal(["input", "output", "/1/Relu_output_0"]);
    expectCode({ calibration: { ranges: {} } }, "CALIBRATION_MISSING");
    expectCode({ calibration: { ranges: { ...ranges, logit: 1 } } }, "CALIBRATION_UNKNOWN");
    for (const range of [-1, NaN, Infinity]) {
      const wrong = { ...ranges, "/1/Relu_output_0": range };
      expectCode({ calibration: { ranges: wrong } }, "CALIBRATION_INVALID");
    }
  });

  it("refuses samples that cannot be run", () => {
    expectCode({ calibration: { samples: [] } }, "CALIBRATION_SAMPLE");
    expectCode({ calibration: { samples: [[1, 2]] } }, "CALIBRATION_SAMPLE");
    const broken = [inputs[0]!, inputs[1]!.map(() => NaN)];
    expect(expectCode({ calibration: { samples: broken } }, "CALIBRATION_SAMPLE")).to.include({
      index: 1,
    });
  });

  it("refuses encodings without meaning", () => {
    for (const bits of [0, 1, 33, 2.5, NaN]) {
      expectCode({ input: { ...options.input, bits } }, "OPTIONS_INVALID");
      expectCode({ output: { ...options.output, bits } }, "OPTIONS_INVALID");
    }
    for (const fractionBits of [-1, 33, 0.5]) {
      expectCode({ input: { ...options.input, fractionBits } }, "OPTIONS_INVALID");
    }
  });

  it("takes a tensor that is always 0 in calibration", () => {
    const zero = { ...ranges, "/1/Relu_output_0": 0 };
    const { graph } = compile(file, { ...options, calibration: { ranges: zero } });
    expect(interpret(graph, Array<bigint>(61).fill(0n))).to.have.length(1);
  });

  describe("a layer that is the output", () => {
    const random = randomNumbers(5);
    const draw = (count: number, most: number): number[] =>
      Array.from({ length: count }, () => most * random());
    const rows = Array.from({ length: 6 }, () => draw(9, 2));
    const layer = (bias: number): Uint8Array =>
      onnxModel({
        input: ["N", 9],
        nodes: [node("Gemm", ["x", "w", "b"], "y")],
        initializers: [floats("w", [9, 4], draw(36, 0.3)), floats("b", [4], draw(4, bias))],
      });
    const cases = [4, 8, 12, 16].flatMap((fractionBits) =>
      [0.3, 50].flatMap((bias) =>
        (["private", "public"] as const).map((weights) => ({ fractionBits, bias, weights })),
      ),
    );
    for (const { fractionBits, bias, weights } of cases) {
      it(`keeps ${weights} weights of 8 bits, ${fractionBits} fraction bits, biases to ${bias}`, () => {
        const compiled = compile(layer(bias), {
          name: "layer",
          input: { mode: "public", bits: 16, fractionBits: 13 },
          output: { mode: "public", bits: 32, fractionBits },
          calibration: { samples: rows },
          weights,
        });
        const least = 2 ** -fractionBits;
        expect(driftReport(compiled, rows).maxAbsError).to.be.below(0.03 + least);
      });
    }
  });

  it("gives up resolution of a hidden tensor before its multiplier overflows", () => {
    const tiny = { ...ranges, "/1/Relu_output_0": 1e-12 };
    const { graph } = compile(file, { ...options, calibration: { ranges: tiny } });
    const [multiplier] = graph.parameters.filter((it) => it.id.endsWith(".multiplier"));
    expect(multiplier).to.deep.include({ type: { bits: 6, signed: false }, values: [63n] });
  });

  it("names the fraction bits at which an output's multiplier fits", () => {
    const weights = floats("w", [4, 1], [3e5, -3e5, 1e-3, 0]);
    const model = onnxModel({ nodes: [node("MatMul", ["x", "w"], "y")], initializers: [weights] });
    const calibration = { samples: [[1, 1, 1, 1]] };
    const error = errorOf(() => compile(model, { ...options, calibration }));
    if (!(error instanceof CompilerError) || error.data.code !== "MULTIPLIER_OUT_OF_RANGE")
      throw error;
    expect(error.data).to.include({ node: "MatMul:y", limit: 2 ** 20 - 1 });
    const { fractionBits } = error.data;
    expect(fractionBits).to.be.within(0, 15);
    compile(model, { ...options, output: { ...options.output, fractionBits }, calibration });
    const finer = { ...options.output, fractionBits: fractionBits + 1 };
    expect(
      errorOf(() => compile(model, { ...options, output: finer, calibration })),
    ).to.have.property("code", "MULTIPLIER_OUT_OF_RANGE");
  });

  it("refuses an encoding that the samples exceed, and says which would do", () => {
    const model = onnxModel({ nodes: [node("Relu", ["x"], "y")] });
    const calibration = { samples: [[1, 2, 3, 100]] };
    const narrow = { ...options.input, bits: 12, fractionBits: 8 };
    const error = errorOf(() => compile(model, { ...options, input: narrow, calibration }));
    expect(error).to.have.deep.property("data", {
      code: "ENCODING_TOO_NARROW",
      tensor: "input",
      range: 100,
      most: 8,
      fractionBits: 4,
    });
    const input = { ...narrow, fractionBits: 4 };
    const output = { ...options.output, bits: 16, fractionBits: 10 };
    expect(
      errorOf(() => compile(model, { ...options, input, output, calibration })),
    ).to.have.nested.include({ "data.code": "ENCODING_TOO_NARROW", "data.tensor": "output" });
  });

  it("names the node whose whole numbers are too wide", () => {
    const model = onnxModel({
      nodes: [node("Mul", ["x", "x"], "s"), node("Cast", ["s"], "y", [int("to", 1)])],
      graph: { input: [valueInfo("x", ["N", 4], 7)] },
    });
    const calibration = { samples: [[1, 2, 3, 4]] };
    const wide = {
      ...options,
      calibration,
      input: { ...options.input, bits: 32, fractionBits: 0 },
    };
    const error = errorOf(() => compile(model, wide));
    expect(error).to.have.deep.property("data", {
      code: "RANGE_TOO_WIDE",
      node: "Mul:s",
      bits: 64,
      limit: 62,
    });
  });

  it("brings an input that no layer changes to the output's scale", () => {
    const model = onnxModel({ nodes: [node("Relu", ["x"], "r"), node("Identity", ["r"], "y")] });
    const { graph } = compile(model, { ...options, calibration: { samples: [[7, 0, 0, 0]] } });
    expect(interpret(graph, [-2048n, -1n, 1n, 2047n])).to.deep.equal([0n, 0n, 256n, 2047n * 256n]);
  });

  it("saturates beyond the calibrated range", () => {
    const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    const initializers = [floats("w", [4, 4], identity)];
    const nodes = [
      node("MatMul", ["x", "w"], "a"),
      node("Relu", ["a"], "b"),
      node("MatMul", ["b", "w"], "y"),
    ];
    const compiled = compile(onnxModel({ nodes, initializers }), {
      ...options,
      calibration: { samples: [[1, 1, 1, 1]] },
    });
    const values = interpret(compiled.graph, [64n, 256n, 2047n, -2048n]).map(
      (it) => Number(it) / 2 ** 16,
    );
    [0.25, 1, 1, 0].forEach((it, i) => {
      expectClose(values[i], it, 0.01);
    });
  });

  it("keeps the scale of scores to which a softmax's mask is added", () => {
    for (const isSelected of [false, true]) {
      const mask = isSelected
        ? [node("Less", ["x", "zero"], "c"), node("Where", ["c", "mask", "zero"], "m")]
        : [node("Identity", ["masks"], "m")];
      const model = onnxModel({
        nodes: [...mask, node("Add", ["x", "m"], "s"), node("Softmax", ["s"], "y")],
        initializers: [
          floats("zero", [1], [0]),
          floats("mask", [1], [-10000]),
          floats("masks", [4], [0, 0, -10000, 0]),
        ],
      });
      const samples = [[1, 1.25, -2, 0.5]];
      const compiled = compile(model, { ...options, calibration: { samples } });
      expect(driftReport(compiled, samples).maxAbsError).to.be.below(0.005);
    }
  });

  it("refuses scales that are no numbers", () => {
    const initializers = [floats("w", [4, 4], new Array<number>(16).fill(3e38))];
    const chain = Array.from({ length: 10 }, (_, i) =>
      node("MatMul", [i === 0 ? "x" : `t${i}`, "w"], i === 9 ? "y" : `t${i + 1}`),
    );
    const model = onnxModel({ nodes: chain, initializers });
    const error = errorOf(() =>
      compile(model, { ...options, calibration: { samples: [[1, 1, 1, 1]] } }),
    );
    expect(error).to.have.property("code", "CALIBRATION_INVALID");
  });

  function expectCode(
    changes: Partial<CompileOptions>,
    code: CompilerError["code"],
  ): CompilerError["data"] {
    const error = errorOf(() => compile(file, { ...options, ...changes }));
    if (!(error instanceof CompilerError)) throw error;
    expect(error.code).to.equal(code);
    return error.data;
  }
});

describe("interpret", () => {
  const { file, samples } = creditModel();
  const calibration = { samples: samples.map((it) => it.input) };
  const { graph } = compile(file, { ...CREDIT_OPTIONS, calibration });

  it("refuses inputs of another length or beyond the type", () => {
    for (const input of [[], Array<bigint>(62).fill(0n)]) {
      expect(errorOf(() => interpret(graph, input))).to.have.property("code", "INPUT_INVALID");
    }
    for (const value of [2048n, -2049n]) {
      const input = Array<bigint>(61).fill(0n).with(60, value);
      const error = errorOf(() => interpret(graph, input));
      expect(error).to.have.nested.include({ "data.code": "INPUT_INVALID", "data.index": 60 });
    }
  });
});

describe("verifyIntegers", () => {
  const { file, samples } = creditModel();
  const calibration = { samples: samples.map((it) => it.input) };
  const { graph } = compile(file, { ...CREDIT_OPTIONS, calibration });
  const [weights, ...others] = graph.parameters;
  const [shape, first, ...rest] = graph.nodes;
  if (first?.op !== "linear" || rest[0]?.op !== "rescale" || weights === undefined || !shape) {
    throw new Error("the credit model starts with a layer");
  }
  const [second, ...later] = rest;

  it("accepts what compile made", () => {
    expect(verifyIntegers(graph)).to.equal(graph);
  });

  it("bounds the first accumulator by the types, not by the values", () => {
    const range = inferRanges(graph).get(first.output.id);
    const bias = 1n << 24n;
    expect(range).to.deep.equal({
      lo: -61n * 2047n * 128n - bias,
      hi: 61n * 2048n * 128n + bias - 1n,
    });
  });

  const type = (bits: number): { bits: number; signed: boolean } => ({ bits, signed: true });
  const cases: Record<string, IntegerGraph> = {
    "a value beyond its type": {
      ...graph,
      parameters: [{ ...weights, values: weights.values.with(5, 128n) }, ...others],
    },
    "a value too few": {
      ...graph,
      parameters: [{ ...weights, values: weights.values.slice(1) }, ...others],
    },
    "a tensor defined twice": { ...graph, parameters: [weights, ...graph.parameters] },
    "a tensor used before its definition": { ...graph, nodes: [shape, ...rest] },
    "weights of another shape": {
      ...graph,
      parameters: [{ ...weights, shape: [61, 16] }, ...others],
    },
    "an accumulator a bit too narrow": {
      ...graph,
      nodes: [shape, { ...first, output: { ...first.output, type: type(25) } }, ...rest],
    },
    "a shift of 0": { ...graph, nodes: [shape, first, { ...second, shift: 0 }, ...later] },
    "a type of 63 bits": { ...graph, input: { ...graph.input, type: type(63) } },
    "an output that is another tensor": { ...graph, output: first.output },
    "an output of another type": { ...graph, output: { ...graph.output, type: type(16) } },
  };
  for (const [name, wrong] of Object.entries(cases)) {
    it(`refuses ${name}`, () => {
      const changed = name === "an output that is another tensor" ? { ...wrong, nodes: [] } : wrong;
      expect(errorOf(() => verifyIntegers(changed))).to.have.property("code", "GRAPH_INVALID");
    });
  }
});
