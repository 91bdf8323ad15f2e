import type { CompilerErrorData, DeclaredEncoding, Port, WeightsMode } from "@vouch/compiler";
import { compile, CompilerError, constraintEstimate, readModel } from "@vouch/compiler";
import { elementsOf } from "../../offchain/compiler/ir/shape.ts";
import { opModel } from "../../test/helpers/opCase.ts";
import { randomNumbers } from "../../test/helpers/onnxModel.ts";
import type { OpEntry } from "./opEntry.ts";

/** Constraints, or the code by which the model is refused. */
export type Price = number | CompilerErrorData["code"];

/** Of a model of the one op, without what binds input, output and weights. */
export type OpPrice = {
  readonly private: Price;
  readonly public: Price;
  /** What constraints are to be divided by. */
  readonly count: number;
};

/** Whole numbers have no fraction. */
const INPUT = { mode: "public", bits: 8, fractionBits: 6 } as const;
/** Wide enough for what most ops give exactly. */
const OUTPUT = { mode: "public", bits: 32, fractionBits: 12 } as const;
const SAMPLES = 4;
const SEED = 7;

/** Counts the constraints of an op's model in both weights modes; the same numbers every time. */
export function measureOp(op: string, domain: string, entry: OpEntry): OpPrice {
  const isDefault = domain === "ai.onnx";
  const opset = entry.opset ?? Math.max(isDefault ? 13 : 3, entry.since ?? 1);
  const file = opModel({ ...entry, op, domain: isDefault ? "" : domain, opset });
  const { inputs, outputs } = readModel(file, { dimensions: {} });
  const isWhole = inputs.every(({ kind }) => kind === "integer");
  const input = isWhole ? { ...INPUT, fractionBits: 0 } : INPUT;
  const samples = draw(inputs, entry.drawn ?? [-1, 1]);
  const attempt = (weights: WeightsMode, output: DeclaredEncoding): number => {
    const options = { name: "op", input, output, weights, calibration: { samples } };
    const { nodes } = constraintEstimate(compile(file, options));
    return nodes.reduce((sum, { constraints }) => sum + constraints, 0);
  };
  const price = (weights: WeightsMode, output: DeclaredEncoding = OUTPUT): Price => {
    try {
      return attempt(weights, output);
    } catch (error) {
      if (!(error instanceof CompilerError)) throw error;
      const fits = error.code === "ENCODING_TOO_NARROW" && output === OUTPUT;
      return fits ? price(weights, { ...OUTPUT, fractionBits: 4 }) : error.code;
    }
  };
  const sizes = [...inputs, ...outputs].map(({ shape }) => elementsOf(shape));
  const count = entry.unit?.[0] ?? Math.max(...sizes, 1);
  return { private: price("private"), public: price("public"), count };
}

/** A model without inputs takes one element that nothing reads. */
function draw(
  ports: readonly Port[],
  [low, high]: readonly [number, number],
): readonly (readonly number[])[] {
  const next = randomNumbers(SEED);
  return Array.from({ length: SAMPLES }, () => {
    const row = ports.flatMap(({ shape, kind }) =>
      Array.from({ length: elementsOf(shape) }, () => {
        const value = low + ((high - low) * (next() + 1)) / 2;
        return kind === "integer" ? Math.max(0, Math.round(value)) : value;
      }),
    );
    return row.length === 0 ? [0] : row;
  });
}
