import { expect } from "chai";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { runFloat } from "../../offchain/compiler/interpretFloat.ts";
import type { FloatGraph } from "../../offchain/compiler/ir/floatGraph.ts";
import { elementsOf } from "../../offchain/compiler/ir/shape.ts";
import type {
  AttributeProto,
  NodeProto,
  TensorProto,
} from "../../offchain/compiler/onnx/modelProto.ts";
import { ATTRIBUTE_TYPES, encodeModel } from "../../offchain/compiler/onnx/modelProto.ts";
import { readModel } from "../../offchain/compiler/onnx/readModel.ts";
import { randomNumbers, valueInfo } from "./onnxModel.ts";

/** Attributes by name; a number list with a fraction in it, or one made by `float`, is of floats. */
export type Attributes = Readonly<Record<string, AttributeValue>>;
type AttributeValue =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | { readonly floats: readonly number[] }
  | { readonly float: number }
  | { readonly tensor: TensorProto };

/** One input of the op: drawn at random for each run, or a constant of the file. */
export type OpInput = {
  readonly shape: readonly number[];
  readonly dtype?: Exclude<ElementType, "string">;
  /** Random values lie in [offset - spread, offset + spread); 2 and 0 where left out. */
  readonly spread?: number;
  readonly offset?: number;
  /** Values of every run. */
  readonly values?: readonly number[];
  /** An initializer instead of an input of the model. */
  readonly isConstant?: boolean;
};

export type OpCase = {
  readonly op: string;
  readonly domain?: string;
  readonly opset?: number;
  readonly attributes?: Attributes;
  /** `undefined` where an optional one is left out. */
  readonly inputs: readonly (OpInput | undefined)[];
  /** Element types of the outputs; `undefined` for one that is not named. One of floats where left out. */
  readonly outputs?: readonly (ElementType | undefined)[];
  /** Outputs of which only the shapes are compared. */
  readonly unchecked?: readonly number[];
  /** Relative to the larger of 1 and the value. */
  readonly tolerance?: number;
};

const DTYPES = {
  float: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  double: 11,
} as const;

export type ElementType = keyof typeof DTYPES;
const SAMPLES = 3;

/** The file of the case, weights and inputs drawn from the seed. */
export function opModel(it: OpCase, random: () => number = randomNumbers(1)): Uint8Array {
  const { op, domain = "", opset = domain === "" ? 13 : 3, inputs, outputs = ["float"] } = it;
  const node: NodeProto = {
    opType: op,
    domain,
    name: "node",
    input: inputs.map((input, k) => (input === undefined ? "" : `x${k}`)),
    output: outputs.map((dtype, k) => (dtype === undefined ? "" : `y${k}`)),
    attribute: Object.entries(it.attributes ?? {}).map(([name, value]) => attribute(name, value)),
  };
  const opsets = [{ domain: "", version: BigInt(domain === "" ? opset : 13) }];
  if (domain !== "") opsets.push({ domain, version: BigInt(opset) });
  return encodeModel({
    irVersion: 8n,
    opsetImport: opsets,
    graph: {
      name: "case",
      node: [node],
      initializer: inputs.flatMap((input, k) =>
        input?.isConstant === true ? [initializer(`x${k}`, input, random)] : [],
      ),
      input: inputs.flatMap((input, k) =>
        input === undefined || input.isConstant === true
          ? []
          : [valueInfo(`x${k}`, input.shape, DTYPES[input.dtype ?? "float"])],
      ),
      output: outputs.flatMap((dtype, k) =>
        dtype === undefined
          ? []
          : [{ name: `y${k}`, type: { tensorType: { elemType: DTYPES[dtype] } } }],
      ),
    },
  });
}

/** Runs the op in onnxruntime and as a float graph on seeded inputs; fails where they differ. */
export async function expectAgreement(it: OpCase): Promise<FloatGraph> {
  const random = randomNumbers(7);
  const file = opModel(it, random);
  const graph = readModel(file);
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  for (let sample = 0; sample < SAMPLES; sample++) {
    const feeds: Record<string, Tensor> = {};
    const flat: number[] = [];
    it.inputs.forEach((input, k) => {
      if (input === undefined || input.isConstant === true) return;
      const values = input.values ?? draw(input, random);
      feeds[`x${k}`] = tensorOf(input, values);
      flat.push(...(input.dtype === "double" ? values : Float32Array.from(values)));
    });
    const expected = await session.run(feeds);
    // A model without inputs has one element all the same.
    const actual = runFloat(graph, flat.length === 0 ? [0] : flat);
    let at = 0;
    for (const { name, shape } of graph.outputs) {
      const { data, dims } = expected[name]!;
      expect(shape, `shape of ${name}`).to.deep.equal([...dims]);
      const own = actual.slice(at, at + elementsOf(shape));
      at += elementsOf(shape);
      if (it.unchecked?.some((k) => name === `y${k}`) === true) continue;
      Array.from(data as Float32Array, Number).forEach((value, i) => {
        const limit = (it.tolerance ?? 1e-5) * Math.max(1, Math.abs(value));
        const message = `${name}[${i}] of sample ${sample}: ${own.join()} for ${Array.from(data as Float32Array).join()}`;
        expect(Math.abs(own[i]! - value), message).to.be.at.most(limit);
      });
    }
  }
  return graph;
}

function attribute(name: string, value: AttributeValue): AttributeProto {
  const type = ATTRIBUTE_TYPES;
  if (typeof value === "number") {
    return Number.isInteger(value)
      ? { name, type: type.int, i: BigInt(value) }
      : { name, type: type.float, f: value };
  }
  if (typeof value === "string") return { name, type: type.string, s: encode(value) };
  if ("float" in value) return { name, type: type.float, f: value.float };
  if ("floats" in value) return { name, type: type.floats, floats: value.floats };
  if ("tensor" in value) return { name, type: type.tensor, t: value.tensor };
  if (typeof value[0] === "string") {
    return { name, type: type.strings, strings: (value as readonly string[]).map(encode) };
  }
  const numbers = value as readonly number[];
  return numbers.every((it) => Number.isInteger(it))
    ? { name, type: type.ints, ints: numbers.map(BigInt) }
    : { name, type: type.floats, floats: numbers };
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function initializer(name: string, input: OpInput, random: () => number): TensorProto {
  const values = input.values ?? draw(input, random);
  const dims = input.shape.map(BigInt);
  const { dtype = "float" } = input;
  const dataType = DTYPES[dtype];
  switch (dtype) {
    case "float":
      return { name, dataType, dims, floatData: values };
    case "double":
      return { name, dataType, dims, doubleData: values };
    case "int64":
      return { name, dataType, dims, int64Data: values.map(BigInt) };
    default:
      return { name, dataType, dims, int32Data: values };
  }
}

function draw(
  { shape, spread = 2, offset = 0, dtype = "float" }: OpInput,
  random: () => number,
): readonly number[] {
  return Array.from({ length: elementsOf(shape) }, () => {
    const value = offset + spread * random();
    if (dtype === "float" || dtype === "double") return value;
    return dtype === "bool" ? Number(value > 0) : Math.round(value);
  });
}

function tensorOf({ dtype = "float", shape }: OpInput, values: readonly number[]): Tensor {
  switch (dtype) {
    case "float":
      return new Tensor("float32", Float32Array.from(values), shape);
    case "double":
      return new Tensor("float64", Float64Array.from(values), shape);
    case "int64":
      return new Tensor("int64", BigInt64Array.from(values.map(BigInt)), shape);
    case "int32":
      return new Tensor("int32", Int32Array.from(values), shape);
    case "uint8":
      return new Tensor("uint8", Uint8Array.from(values), shape);
    case "int8":
      return new Tensor("int8", Int8Array.from(values), shape);
    case "bool":
      return new Tensor("bool", Uint8Array.from(values), shape);
    default:
      return dtype satisfies never;
  }
}
