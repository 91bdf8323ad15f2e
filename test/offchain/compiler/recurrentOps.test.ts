import { readFileSync } from "node:fs";
import { expect } from "chai";
import { runFloat } from "../../../offchain/compiler/interpretFloat.ts";
import { elementsOf } from "../../../offchain/compiler/ir/shape.ts";
import { readModel } from "../../../offchain/compiler/onnx/readModel.ts";
import { codeOf } from "../../helpers/codeOf.ts";
import { expectClose } from "../../helpers/expectClose.ts";
import type { Attributes, OpCase, OpInput } from "../../helpers/opCase.ts";
import { expectAgreement, opModel } from "../../helpers/opCase.ts";
import { randomNumbers } from "../../helpers/onnxModel.ts";

const STEPS = 4;
const BATCH = 2;
const FEATURES = 3;
const HIDDEN = 5;
const GATES = { RNN: 1, GRU: 3, LSTM: 4 } as const;

type Layer = {
  readonly attributes?: Attributes;
  readonly opset?: number;
  readonly directions?: number;
  readonly hasBias?: boolean;
  readonly hasState?: boolean;
  readonly hasPeepholes?: boolean;
  readonly isBatchFirst?: boolean;
  readonly batch?: number;
  readonly state?: Partial<OpInput>;
  readonly lengths?: readonly number[];
};

/** A layer with all of its outputs. */
function layer(op: keyof typeof GATES, parts: Layer = {}): OpCase {
  const { attributes = {}, opset = 14, directions = 1, hasBias = true, batch = BATCH } = parts;
  const width = GATES[op] * HIDDEN;
  const constant = (...shape: number[]): OpInput => ({ shape, isConstant: true, spread: 0.7 });
  const state: OpInput = {
    shape: parts.isBatchFirst ? [batch, directions, HIDDEN] : [directions, batch, HIDDEN],
    ...parts.state,
  };
  const inputs: (OpInput | undefined)[] = [
    { shape: parts.isBatchFirst ? [batch, STEPS, FEATURES] : [STEPS, batch, FEATURES] },
    constant(directions, width, FEATURES),
    constant(directions, width, HIDDEN),
    hasBias ? constant(directions, 2 * width) : undefined,
    parts.lengths && { shape: [batch], dtype: "int32", isConstant: true, values: parts.lengths },
    parts.hasState ? state : undefined,
  ];
  if (op === "LSTM") {
    inputs.push(parts.hasState ? state : undefined);
    inputs.push(parts.hasPeepholes ? constant(directions, 3 * HIDDEN) : undefined);
  }
  while (inputs.at(-1) === undefined) inputs.pop();
  return {
    op,
    opset,
    attributes: {
      hidden_size: HIDDEN,
      ...attributes,
      ...(parts.isBatchFirst ? { layout: 1 } : {}),
    },
    inputs,
    outputs: op === "LSTM" ? ["float", "float", "float"] : ["float", "float"],
  };
}

const VARIANTS: Readonly<Record<string, Layer>> = {
  "of opset 7": { opset: 7 },
  "without bias": { hasBias: false },
  "with an initial state": { hasState: true },
  "with a constant initial state": { hasState: true, state: { isConstant: true } },
  "with sequence lengths that are all full": { lengths: [STEPS, STEPS] },
  backwards: { attributes: { direction: "reverse" } },
  "in both directions": { attributes: { direction: "bidirectional" }, directions: 2 },
  "in both directions with an initial state": {
    attributes: { direction: "bidirectional" },
    directions: 2,
    hasState: true,
  },
};

function agrees(cases: Readonly<Record<string, OpCase>>): void {
  for (const [name, it_] of Object.entries(cases)) {
    it(name, async () => {
      await expectAgreement(it_);
    });
  }
}

describe("recurrent layers against onnxruntime", () => {
  for (const op of ["RNN", "GRU", "LSTM"] as const) {
    describe(op, () => {
      agrees(
        Object.fromEntries(Object.entries(VARIANTS).map(([name, it]) => [name, layer(op, it)])),
      );
      it("costs nothing for an initial state of zeros", () => {
        const zeros = { values: new Array<number>(BATCH * HIDDEN).fill(0), isConstant: true };
        const plain = readModel(opModel(layer(op)));
        const withZeros = readModel(opModel(layer(op, { hasState: true, state: zeros })));
        expect(withZeros.nodes.length).to.equal(plain.nodes.length);
      });
      it("uses one constant of recurrent weights in all steps", () => {
        const { nodes } = readModel(opModel(layer(op)));
        const weights = nodes.flatMap((it) => (it.op === "linear" ? [it.weights] : []));
        expect(weights.length).to.be.greaterThan(STEPS - 1);
        expect(new Set(weights).size).to.be.at.most(3);
      });
      for (const [name, it_] of Object.entries({
        "it clips": layer(op, { attributes: { clip: 3.5 } }),
        "a sequence is shorter": layer(op, { lengths: [STEPS, STEPS - 1] }),
      })) {
        it(`is refused where ${name}`, () => {
          expect(codeOf(() => readModel(opModel(it_)))).to.equal("OP_FORM_UNSUPPORTED");
        });
      }
      it("is refused where its weights are for another hidden size", () => {
        const model = opModel(layer(op, { attributes: { hidden_size: HIDDEN + 1 } }));
        expect(codeOf(() => readModel(model))).to.equal("ATTRIBUTE_INVALID");
      });
    });
  }

  describe("activations", () => {
    const functions = [
      "Relu",
      "Affine",
      "LeakyRelu",
      "ThresholdedRelu",
      "ScaledTanh",
      "HardSigmoid",
      "Elu",
      "Softsign",
      "Softplus",
      "Sigmoid",
    ];
    agrees(
      Object.fromEntries(
        functions.map((it) => [
          it,
          layer("RNN", {
            attributes: {
              activations: [it],
              activation_alpha: { floats: [0.4] },
              activation_beta: { floats: [0.3] },
            },
          }),
        ]),
      ),
    );
    agrees({
      "of both directions, with parameters": layer("RNN", {
        directions: 2,
        attributes: {
          direction: "bidirectional",
          activations: ["LeakyRelu", "Affine"],
          activation_alpha: { floats: [0.2, 0.7] },
          activation_beta: { floats: [0.1] },
        },
      }),
      "of a GRU": layer("GRU", {
        attributes: {
          activations: ["HardSigmoid", "Softsign"],
          activation_alpha: { floats: [0.3] },
        },
      }),
      "of an LSTM": layer("LSTM", { attributes: { activations: ["Sigmoid", "Relu", "Softsign"] } }),
    });
    it("is refused where its name is unknown", () => {
      const model = opModel(layer("RNN", { attributes: { activations: ["Sine"] } }));
      expect(codeOf(() => readModel(model))).to.equal("ATTRIBUTE_INVALID");
    });
  });

  describe("forms of one layer alone", () => {
    agrees({
      "GRU with linear_before_reset": layer("GRU", { attributes: { linear_before_reset: 1 } }),
      "GRU with linear_before_reset and a state": layer("GRU", {
        attributes: { linear_before_reset: 1 },
        hasState: true,
      }),
      "GRU with linear_before_reset and no bias": layer("GRU", {
        attributes: { linear_before_reset: 1 },
        hasBias: false,
      }),
      "LSTM with peepholes": layer("LSTM", { hasPeepholes: true }),
      "LSTM with peepholes and a state": layer("LSTM", { hasPeepholes: true, hasState: true }),
      "LSTM with input_forget": layer("LSTM", { attributes: { input_forget: 1 }, hasState: true }),
    });
    // onnxruntime has no layers of this layout.
    for (const op of ["RNN", "GRU", "LSTM"] as const) {
      it(`${op} with the batch first treats each element as a batch of one`, () => {
        const parts = {
          hasState: true,
          directions: 2,
          attributes: { direction: "bidirectional" },
          isBatchFirst: true,
        };
        const all = readModel(opModel(layer(op, parts)));
        const single = readModel(opModel(layer(op, { ...parts, isBatchFirst: false, batch: 1 })));
        const random = randomNumbers(3);
        const input = all.inputs.map(({ shape }) =>
          Array.from({ length: elementsOf(shape) }, () => random()),
        );
        const output = runFloat(all, input.flat());
        for (let b = 0; b < BATCH; b++) {
          const own = (list: readonly number[]): readonly number[] =>
            list.slice((b * list.length) / BATCH, ((b + 1) * list.length) / BATCH);
          const expected = runFloat(single, input.flatMap(own));
          let at = 0;
          const actual = all.outputs.flatMap(({ shape }) => {
            const start = at;
            at += elementsOf(shape);
            return own(Array.from(output.subarray(start, at)));
          });
          expect(actual).to.deep.equal(Array.from(expected));
        }
      });
    }
  });

  it("reads the trained LSTM", () => {
    const folder = new URL("../../../models/vol-eth-lstm/", import.meta.url);
    const graph = readModel(readFileSync(new URL("model.onnx", folder)));
    const { samples } = JSON.parse(readFileSync(new URL("samples.json", folder), "utf8")) as {
      samples: { inputs: { x: number[] }; outputs: { log_vol: number[] } }[];
    };
    for (const { inputs, outputs } of samples) {
      expectClose(runFloat(graph, inputs.x)[0], outputs.log_vol[0]!, 1e-5);
    }
  });
});
