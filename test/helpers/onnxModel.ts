import { readFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from "../../offchain/compiler/onnx/modelProto.ts";
import { ATTRIBUTE_TYPES, encodeModel } from "../../offchain/compiler/onnx/modelProto.ts";

/** A symbolic length is a string. */
export type Dimensions = readonly (number | string)[];

export type ModelParts = {
  readonly opset?: number;
  readonly input?: Dimensions;
  readonly nodes: readonly NodeProto[];
  readonly initializers?: readonly TensorProto[];
  /** Overrides of what the parts make. */
  readonly graph?: Partial<GraphProto>;
  readonly model?: Partial<ModelProto>;
};

/** A model from `x` to `y`, both float32. */
export function onnxModel(parts: ModelParts): Uint8Array {
  const { opset = 13, input = ["N", 4], nodes, initializers = [] } = parts;
  const graph: GraphProto = {
    name: "test",
    node: nodes,
    initializer: initializers,
    input: [valueInfo("x", input)],
    output: [{ name: "y", type: { tensorType: { elemType: 1 } } }],
    ...parts.graph,
  };
  const version = BigInt(opset);
  return encodeModel({
    irVersion: 7n,
    opsetImport: [{ domain: "", version }],
    graph,
    ...parts.model,
  });
}

export function valueInfo(name: string, dimensions: Dimensions, elemType = 1): ValueInfoProto {
  const dim = dimensions.map((it) =>
    typeof it === "number" ? { dimValue: BigInt(it) } : { dimParam: it },
  );
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

export function node(
  opType: string,
  input: readonly string[],
  output: string,
  attribute: readonly AttributeProto[] = [],
): NodeProto {
  return { opType, input, output: [output], attribute, name: `${opType}:${output}` };
}

export const int = (name: string, value: number): AttributeProto => ({
  name,
  type: ATTRIBUTE_TYPES.int,
  i: BigInt(value),
});

export const float = (name: string, f: number): AttributeProto => ({
  name,
  type: ATTRIBUTE_TYPES.float,
  f,
});

export const text = (name: string, value: string): AttributeProto => ({
  name,
  type: ATTRIBUTE_TYPES.string,
  s: new TextEncoder().encode(value),
});

export const tensor = (name: string, t: TensorProto): AttributeProto => ({
  name,
  type: ATTRIBUTE_TYPES.tensor,
  t,
});

/** A float32 tensor, its values raw as exporters write them. */
export function floats(
  name: string,
  shape: readonly number[],
  values: readonly number[],
): TensorProto {
  const rawData = new Uint8Array(Float32Array.from(values).buffer);
  return { name, dataType: 1, dims: shape.map(BigInt), rawData };
}

export function ints(name: string, values: readonly number[]): TensorProto {
  return {
    name,
    dataType: 7,
    dims: [BigInt(values.length)],
    int64Data: values.map(BigInt),
  };
}

/** The same pseudo-random numbers in [-1, 1) for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let it = Math.imul(state ^ (state >>> 15), state | 1);
    it ^= it + Math.imul(it ^ (it >>> 7), it | 61);
    return ((it ^ (it >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

export type Session = {
  readonly float: (input: readonly number[]) => Promise<readonly number[]>;
  /** Of an integer model: one input of the shape, or several end to end, which are its batch. */
  readonly integer: (input: readonly bigint[]) => Promise<readonly bigint[]>;
};

/** A model in onnxruntime, its only input of the shape. */
export async function session(model: Uint8Array, shape: readonly number[]): Promise<Session> {
  const it = await InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const run = async (feed: Tensor): Promise<Tensor> => {
    const results = await it.run({ [it.inputNames[0]!]: feed });
    return results[it.outputNames[0]!]!;
  };
  return {
    float: async (input) => {
      const { data } = await run(new Tensor("float32", Float32Array.from(input), shape));
      return Array.from(data as Float32Array);
    },
    integer: async (input) => {
      const batch = input.length / shape.reduce((product, it) => product * it, 1);
      const { data } = await run(new Tensor("int64", BigInt64Array.from(input), [batch, ...shape]));
      return Array.from(data as BigInt64Array);
    },
  };
}

const CREDIT = new URL("../../models/credit-german-mlp/", import.meta.url);

export type Sample = { readonly input: readonly number[]; readonly logit: number };

/** The example model and its 24 held-out samples. */
export function creditModel(): { readonly file: Uint8Array; readonly samples: readonly Sample[] } {
  const { samples } = JSON.parse(readFileSync(new URL("samples.json", CREDIT), "utf8")) as {
    samples: { inputs: { x: number[] }; outputs: { logit: number[] } }[];
  };
  return {
    file: readFileSync(new URL("model.onnx", CREDIT)),
    samples: samples.map((it) => ({ input: it.inputs.x, logit: it.outputs.logit[0]! })),
  };
}

/** Encodings of the credit model's release. */
export const CREDIT_OPTIONS = {
  name: "credit",
  input: { mode: "public", bits: 12, fractionBits: 8 },
  output: { mode: "public", bits: 32, fractionBits: 16 },
} as const;

/** The error of a call that must fail. */
export function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
