import { InferenceSession, Tensor } from "onnxruntime-node";
import type { FloatGraph } from "../../offchain/compiler/ir/floatGraph.ts";
import { decodeModel, encodeModel } from "../../offchain/compiler/onnx/modelProto.ts";
import type { TensorProto } from "../../offchain/compiler/onnx/modelProto.ts";
import { elementsOf } from "../../offchain/compiler/ir/shape.ts";

/** Runs a model in onnxruntime as `runFloat` does: inputs and outputs laid end to end. */
export type OnnxRun = (input: readonly number[]) => Promise<readonly (number | undefined)[]>;

type Data = Exclude<Tensor["data"], string[]>;

const FEEDS: Readonly<Record<string, (values: readonly number[]) => Data>> = {
  float32: (it) => Float32Array.from(it),
  float64: (it) => Float64Array.from(it),
  int64: (it) => BigInt64Array.from(it, (value) => BigInt(Math.round(value))),
  int32: (it) => Int32Array.from(it),
  uint8: (it) => Uint8Array.from(it),
  int8: (it) => Int8Array.from(it),
  bool: (it) => Uint8Array.from(it),
};

/** The model with int32 wherever it has int8, which onnxruntime's MatMul does not take. */
export function widened(file: Uint8Array): Uint8Array {
  const [INT8, INT32] = [3, 6];
  const wide = (it: TensorProto): TensorProto => {
    if (it.dataType !== INT8) return it;
    const { rawData = new Uint8Array(), ...rest } = it;
    const typed = it.int32Data ?? Array.from(new Int8Array(rawData));
    return { ...rest, dataType: INT32, int32Data: typed };
  };
  const model = decodeModel(file);
  const node = (model.graph?.node ?? []).map((it) => ({
    ...it,
    attribute: (it.attribute ?? []).map((attribute) => ({
      ...attribute,
      ...(attribute.t && { t: wide(attribute.t) }),
      ...(attribute.name === "to" && attribute.i === BigInt(INT8) && { i: BigInt(INT32) }),
    })),
  }));
  const initializer = (model.graph?.initializer ?? []).map(wide);
  return encodeModel({ ...model, graph: { ...model.graph, node, initializer } });
}

/** A session of the file; elements of an output that onnxruntime gives as texts or maps are `undefined`. */
export async function openOnnx(file: Uint8Array, graph: FloatGraph): Promise<OnnxRun> {
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const typeOf = new Map(session.inputMetadata.map((it) => [it.name, it.isTensor ? it.type : ""]));
  const tensors = session.outputMetadata.filter((it) => it.isTensor).map(({ name }) => name);
  return async (input) => {
    const feeds: Record<string, Tensor> = {};
    let at = 0;
    for (const { name, shape } of graph.inputs) {
      const values = input.slice(at, at + elementsOf(shape));
      at += values.length;
      const type = typeOf.get(name) ?? "";
      const data = FEEDS[type];
      if (data === undefined) throw new Error(`input ${name} is of type ${type}`);
      feeds[name] = new Tensor(type as "float32", data(values) as Float32Array, shape);
    }
    const results = await session.run(feeds, tensors);
    return graph.outputs.flatMap(({ name, shape }): readonly (number | undefined)[] => {
      const data = results[name]?.data;
      if (data === undefined || Array.isArray(data)) {
        return new Array<undefined>(elementsOf(shape)).fill(undefined);
      }
      return Array.from(data as Float32Array, Number);
    });
  };
}
