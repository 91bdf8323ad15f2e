import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { domainFill } from "../../../offchain/compiler/estimate/circuitSize.ts";
import { estimateModel } from "../../../offchain/compiler/estimate/estimateModel.ts";
import { estimateTables } from "../../../offchain/compiler/estimate/estimateTables.ts";
import type {
  CircuitPrice,
  EstimateOptions,
  ModelEstimate,
} from "../../../offchain/compiler/estimate/modelEstimate.ts";
import { REFERENCE_CALIBRATION } from "../../../offchain/compiler/estimate/provingModel.ts";
import { readModelFolder } from "../../../offchain/publisher/modelFolder.ts";
import { printTables } from "../../../offchain/hardhat/tasks/printTables.ts";
import { floats, node, onnxModel } from "../../helpers/onnxModel.ts";

const MODELS = join(import.meta.dirname, "../../../models");
const SNAPSHOT = join(import.meta.dirname, "../../snapshots/estimates.json");
const OPTIONS: EstimateOptions = {
  name: "test",
  input: { mode: "public", bits: 12, fractionBits: 8 },
  output: { mode: "public", bits: 32, fractionBits: 16 },
};
const MODES = ["private", "public"] as const;

/** As `model:estimate models/<name>` estimates it. */
function ofFolder(name: string, options: Partial<EstimateOptions> = {}): ModelEstimate {
  const { file, choices, samples } = readModelFolder(MODELS, name);
  return estimateModel(file, {
    name,
    input: { ...choices.input, mode: "public" },
    output: { ...choices.output, mode: "public" },
    samples: samples.rows.map(({ x }) => x),
    ...options,
  });
}

function circuitOf({ price }: ModelEstimate, mode: (typeof MODES)[number]): CircuitPrice {
  const circuit = price?.circuits[mode];
  if (circuit?.status !== "priced") throw new Error(`no circuit with ${mode} weights`);
  return circuit;
}

describe("estimateModel", () => {
  it("prices several inferences in one circuit, for each the less the more there are, within the budget", () => {
    const { batches, constraints } = circuitOf(ofFolder("credit-german-mlp"), "private");
    expect(batches.map(({ inferences }) => inferences)).to.deep.equal([4, 16]);
    const each = [constraints, ...batches.map((it) => it.each)];
    for (const [index, it] of each.slice(1).entries()) expect(it).to.be.below(each[index]! * 0.6);
    const tight = circuitOf(ofFolder("credit-german-mlp", { budget: 20_000 }), "private");
    expect(tight.batches.map(({ inferences }) => inferences)).to.deep.equal([4]);
  });

  it("counts what test/snapshots/estimates.json says; UPDATE_SNAPSHOTS=1 writes it", () => {
    // All but the language model, whose millions of constraints are past any budget.
    const names = readdirSync(MODELS, { withFileTypes: true }).flatMap((it) =>
      it.isDirectory() && it.name !== "char-gpt" ? [it.name] : [],
    );
    const counted = Object.fromEntries(
      names.map((name) => {
        const estimate = ofFolder(name);
        const { parameters, macs } = estimate.price!;
        const counted = MODES.map((mode) => {
          const { constraints, committed, choice } = circuitOf(estimate, mode);
          if (committed.status !== "priced") throw new Error(committed.message);
          const { system } = choice;
          return [mode, { plain: constraints, committed: committed.constraints, system }];
        });
        return [name, { parameters, macs, ...Object.fromEntries(counted) }];
      }),
    );
    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(counted, null, 2)}\n`);
    }
    const known = existsSync(SNAPSHOT) ? readFileSync(SNAPSHOT, "utf8") : "{}";
    expect(counted).to.deep.equal(JSON.parse(known));
  });

  describe("given a model that can be compiled", () => {
    const estimate = ofFolder("mnist-cnn-tiny");
    const price = estimate.price!;

    it("is plain data", () => {
      expect(JSON.parse(JSON.stringify(estimate))).to.deep.equal(estimate);
    });

    for (const mode of MODES) {
      it(`adds up: layers and bindings are the whole, with ${mode} weights`, () => {
        const parts = [...price.layers, ...price.bindings].map((it) => it[mode]);
        const total = parts.reduce((sum, it) => sum + it, 0);
        expect(total).to.equal(circuitOf(estimate, mode).constraints);
        expect(parts.every((it) => it >= 0)).to.be.true;
      });

      it(`places the circuit with ${mode} weights between powers of two`, () => {
        const { constraints, domain } = circuitOf(estimate, mode);
        expect(domain.rows).to.equal(constraints + 4);
        expect(domain.rows + domain.free).to.equal(2 ** domain.power);
        expect(domain.rows - domain.over).to.equal(2 ** (domain.power - 1));
      });
    }

    it("gives each layer its node of the file", () => {
      const shown = price.layers.filter((it) => it.private > 0).map((it) => [it.op, it.macs > 0]);
      expect(shown).to.deep.equal([
        ["Conv", true],
        ["Conv", true],
        ["Gemm", true],
      ]);
      const committed = price.layers.reduce((sum, it) => sum + it.parameters, 0);
      expect(committed).to.be.at.least(price.parameters);
    });

    it("does not depend on samples", () => {
      const { file, choices } = readModelFolder(MODELS, "mnist-cnn-tiny");
      const blind = estimateModel(file, {
        name: "blind",
        input: { ...choices.input, mode: "public" },
        output: { ...choices.output, mode: "public" },
      });
      expect(blind.price!.calibration.kind).to.equal("synthetic");
      expect(circuitOf(blind, "private").constraints).to.equal(
        circuitOf(estimate, "private").constraints,
      );
    });

    it("takes seconds from the machine's own calibration where there is one", () => {
      expect(price.machine.measured).to.be.false;
      const slow = REFERENCE_CALIBRATION.samples.map((it) => ({
        ...it,
        proveSeconds: it.proveSeconds * 10,
      }));
      const own = ofFolder("mnist-cnn-tiny", {
        proving: { ...REFERENCE_CALIBRATION, samples: slow },
      });
      expect(own.price!.machine.measured).to.be.true;
      const ratio =
        circuitOf(own, "private").seconds.prove / circuitOf(estimate, "private").seconds.prove;
      expect(ratio).to.be.within(9.9, 10.1);
    });

    it("chooses the system by the reference machine, whatever this one takes", () => {
      const samples = REFERENCE_CALIBRATION.samples.map((it) => ({ ...it, proveSeconds: 1e-4 }));
      const own = ofFolder("mnist-cnn-tiny", { proving: { ...REFERENCE_CALIBRATION, samples } });
      const { choice, committed } = circuitOf(own, "private");
      expect(choice).to.deep.equal(circuitOf(estimate, "private").choice);
      expect(choice.system).to.equal("committedGroth16");
      expect(committed.status === "priced" && committed.seconds.prove).to.be.below(0.01);
    });

    it("has room in a budget that commit-and-prove alone is within", () => {
      const tight = ofFolder("mnist-cnn-tiny", { budget: 10_000 });
      expect(tight.refusal).to.be.undefined;
      expect(tight.price!.advice.weights).to.equal("private");
      expect(circuitOf(tight, "private").choice.system).to.equal("committedGroth16");
      expect(ofFolder("mnist-cnn-tiny", { budget: 5_000 }).refusal?.code).to.equal("OVER_BUDGET");
    });

    it("reads as tables", () => {
      const text = printTables(estimateTables(estimate));
      for (const part of ["Conv", "private weights", "2^16", "proving key", "not the truth"]) {
        expect(text).to.include(part);
      }
    });
  });

  it("names a change that reaches the next lower power of two: MNIST in 7 bits", () => {
    const { saving, domain } = circuitOf(ofFolder("mnist-mlp"), "public");
    expect(saving?.change).to.equal("an input of 7 bits for 8");
    expect(domainFill(saving!.constraints).power).to.equal(domain.power - 1);
  });

  it("names public weights where these alone do", () => {
    const estimate = ofFolder("mnist-mlp");
    const { saving } = circuitOf(estimate, "private");
    expect(saving).to.deep.equal({
      change: "public weights",
      constraints: circuitOf(estimate, "public").constraints,
    });
  });

  describe("given a budget that the model is over", () => {
    const estimate = ofFolder("credit-german-mlp", { budget: 300 });

    it("says how far, and what fits instead", () => {
      expect(estimate.refusal?.code).to.equal("OVER_BUDGET");
      expect(estimate.refusal?.message).to.match(/times the budget of 300\b.*optimistic/);
    });

    it("has the price all the same", () => {
      expect(circuitOf(estimate, "public").constraints).to.be.greaterThan(300);
    });
  });

  it("says into how many segments a circuit over the budget can be cut", () => {
    const budget = 50_000;
    const { segments } = circuitOf(ofFolder("mnist-cnn-tiny", { budget }), "private");
    if (segments?.status !== "cut") throw new Error("no segments");
    expect(segments.constraints).to.have.length.above(1);
    for (const it of segments.constraints) expect(it).to.be.at.most(budget);
  });

  it("prices an evaluation by a contract where the model is small enough", () => {
    const small = ofFolder("credit-german-mlp").price!;
    expect(small.onChain.status === "feasible" && small.onChain.evaluate).to.be.below(
      small.gas.fulfil,
    );
    expect(ofFolder("mnist-mlp").price!.onChain).to.include({ code: "EVM_UNSUPPORTED" });
  });

  describe("given a model that cannot be compiled", () => {
    it("names every node, and has no price", () => {
      const nodes = [node("Det", ["x"], "a"), node("GridSample", ["x", "x"], "y")];
      const { survey, refusal, price } = estimateModel(onnxModel({ nodes }), OPTIONS);
      expect(price).to.be.undefined;
      expect(refusal?.code).to.equal("OP_UNSUPPORTED");
      expect(survey.problems.map((it) => it.node)).to.deep.equal(["Det:a", "GridSample:y"]);
    });

    it("asks for an open length, and takes it", () => {
      const file = onnxModel({ nodes: [node("Relu", ["x"], "y")], input: ["N", "T"] });
      expect(estimateModel(file, OPTIONS).refusal?.code).to.equal("SHAPE_DYNAMIC");
      const { price } = estimateModel(file, { ...OPTIONS, dimensions: { T: 5 } });
      expect(price?.output.elements).to.equal(5);
    });

    it("says why its encodings do not do", () => {
      const file = onnxModel({
        nodes: [node("MatMul", ["x", "w"], "y")],
        initializers: [floats("w", [4, 1], [1, 2, 3, 4])],
      });
      const input = { ...OPTIONS.input, bits: 99 };
      const { refusal, survey } = estimateModel(file, { ...OPTIONS, input });
      expect(refusal?.code).to.equal("OPTIONS_INVALID");
      expect(survey.ops).to.have.length(1);
    });
  });

  it("counts what the quantizer adds to the layers of the file", () => {
    const nodes = [
      node("MatMul", ["x", "w"], "a"),
      node("Sigmoid", ["a"], "b"),
      node("Mul", ["b", "a"], "y"),
    ];
    const initializers = [floats("w", [4, 2], [1, 2, 3, 4, 5, 6, 7, 8])];
    const { price } = estimateModel(onnxModel({ nodes, initializers }), OPTIONS);
    const known = nodes.map(({ name }) => name);
    const paid = price!.layers.filter((it) => it.private > 0).map((it) => it.name);
    expect(known).to.include.members(paid);
  });

  it("finds inputs that a logarithm is defined on", () => {
    const file = onnxModel({ nodes: [node("Log", ["x"], "y")] });
    const { price } = estimateModel(file, OPTIONS);
    expect(price?.calibration).to.include({ kind: "synthetic" });
    expect(circuitOf({ price } as ModelEstimate, "private").constraints).to.be.greaterThan(0);
  });
});
