import type { Parameter, Tensor, TensorId } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import type { AttributeProto, NodeProto, TensorProto } from "../onnx/modelProto.ts";
import { ATTRIBUTE_TYPES, INT64 } from "../onnx/modelProto.ts";

/** An ONNX graph of int64 tensors under construction. */
export type OnnxBuilder = {
  readonly nodes: NodeProto[];
  readonly initializers: TensorProto[];
  /** Name in the file of a tensor of the graph, in that shape. */
  readonly operand: (id: TensorId, shape?: readonly number[]) => string;
  /** Declares the name of an input or of a node's output. */
  readonly define: (tensor: Tensor, name: string) => void;
  /** Adds an initializer and returns its name. */
  readonly constant: (shape: readonly number[], values: ArrayLike<bigint>) => string;
  /** Adds a node and returns the name of its output. */
  readonly apply: (
    opType: string,
    input: readonly string[],
    attribute?: readonly AttributeProto[],
  ) => string;
};

/** @param values parameters and constants, which become initializers when they are used */
export function createOnnxBuilder(values: readonly Parameter[]): OnnxBuilder {
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const names = new Map<TensorId, string>();
  const known = new Map(values.map((it) => [it.id, it]));
  const shapes = new Map(values.map(({ id, shape }) => [id, shape]));

  const constant: OnnxBuilder["constant"] = (shape, integers) => {
    const name = `constant${initializers.length}`;
    const rawData = new Uint8Array(integers.length * 8);
    const view = new DataView(rawData.buffer);
    for (let i = 0; i < integers.length; i++) view.setBigInt64(8 * i, integers[i] ?? 0n, true);
    initializers.push({ name, dataType: INT64, dims: shape.map(BigInt), rawData });
    return name;
  };
  const apply: OnnxBuilder["apply"] = (opType, operands, attribute = []) => {
    const output = `value${nodes.length}`;
    nodes.push({ opType, input: operands, output: [output], attribute });
    return output;
  };
  const nameOf = (id: TensorId): string => {
    const name = names.get(id);
    if (name !== undefined) return name;
    const it = lookUp(known, id, "integer");
    const added = constant(it.shape, it.values);
    names.set(id, added);
    return added;
  };
  return {
    nodes,
    initializers,
    constant,
    apply,
    operand(id, shape) {
      const name = nameOf(id);
      if (shape === undefined || lookUp(shapes, id, "integer").join() === shape.join()) return name;
      return apply("Reshape", [name, constant([shape.length], shape.map(BigInt))]);
    },
    define({ id, shape }, name) {
      names.set(id, name);
      shapes.set(id, shape);
    },
  };
}

/** An attribute that is one integer. */
export function intAttribute(name: string, value: number): AttributeProto {
  return { name, type: ATTRIBUTE_TYPES.int, i: BigInt(value) };
}

/** An attribute that is a list of integers. */
export function intsAttribute(name: string, values: readonly number[]): AttributeProto {
  return { name, type: ATTRIBUTE_TYPES.ints, ints: values.map(BigInt) };
}
