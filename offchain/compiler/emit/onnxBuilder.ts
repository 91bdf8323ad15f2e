import type { Parameter, Tensor, TensorId } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import type { AttributeProto, NodeProto, TensorProto } from "../onnx/modelProto.ts";
import { ATTRIBUTE_TYPES, INT64 } from "../onnx/modelProto.ts";

/**
 * An ONNX graph of int64 tensors under construction. What depends on the input has the batch as its first axis, before the
 * shape that the integer graph gives it; parameters and constants have none, and ONNX broadcasts them.
 */
export type OnnxBuilder = {
  readonly nodes: NodeProto[];
  readonly initializers: TensorProto[];
  /** Name in the file of a tensor of the graph, in that shape. */
  readonly operand: (id: TensorId, shape?: readonly number[]) => string;
  /** Brings a tensor to a shape, its batch apart. */
  readonly reshape: (name: string, shape: readonly number[]) => string;
  /** Whether a tensor has the batch as its first axis. */
  readonly isBatched: (name: string) => boolean;
  /** A tensor of that shape with the batch as its first axis: repeated where it depends on no input. */
  readonly batched: (name: string, shape: readonly number[]) => string;
  /** Declares an input of the file. */
  readonly input: (tensor: Tensor, name: string) => void;
  /** Declares the name of a node's output. */
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
  const withBatch = new Set<string>();
  const latin1 = new TextDecoder("latin1");
  const added = new Map<string, string>();
  /** Adds what is described once and names it from then on: recurrent models repeat theirs in every step. */
  const once = (description: string, add: () => string): string => {
    const known = added.get(description);
    if (known !== undefined) return known;
    const name = add();
    added.set(description, name);
    return name;
  };

  const constant: OnnxBuilder["constant"] = (shape, integers) => {
    const rawData = new Uint8Array(integers.length * 8);
    const view = new DataView(rawData.buffer);
    for (let i = 0; i < integers.length; i++) view.setBigInt64(8 * i, integers[i] ?? 0n, true);
    return once(`${shape.join()}:${latin1.decode(rawData)}`, () => {
      const name = `constant${initializers.length}`;
      initializers.push({ name, dataType: INT64, dims: shape.map(BigInt), rawData });
      return name;
    });
  };
  const apply: OnnxBuilder["apply"] = (opType, operands, attribute = []) => {
    const settings = attribute.map(({ name, i, ints = [] }) => `${name}=${i ?? ints.join()}`);
    return once([opType, ...operands, ...settings].join(" "), () => {
      const output = `value${nodes.length}`;
      nodes.push({ opType, input: operands, output: [output], attribute });
      if (opType !== "Shape" && operands.some((it) => withBatch.has(it))) withBatch.add(output);
      return output;
    });
  };
  const reshape: OnnxBuilder["reshape"] = (name, shape) => {
    const lengths = withBatch.has(name) ? [0, ...shape] : shape; // 0 keeps the length
    return apply("Reshape", [name, constant([lengths.length], lengths.map(BigInt))]);
  };
  const nameOf = (id: TensorId): string => {
    const name = names.get(id);
    if (name !== undefined) return name;
    const it = lookUp(known, id, "integer");
    const value = constant(it.shape, it.values);
    names.set(id, value);
    return value;
  };
  const define: OnnxBuilder["define"] = ({ id, shape }, name) => {
    names.set(id, name);
    shapes.set(id, shape);
  };
  let first: string | undefined;
  return {
    nodes,
    initializers,
    constant,
    apply,
    reshape,
    define,
    isBatched: (name) => withBatch.has(name),
    input(tensor, name) {
      first ??= name;
      withBatch.add(name);
      define(tensor, name);
    },
    batched(name, shape) {
      if (withBatch.has(name) || first === undefined) return name;
      const size = apply("Gather", [apply("Shape", [first]), constant([1], [0n])]);
      const lengths = constant([shape.length], shape.map(BigInt));
      const target = apply("Concat", [size, lengths], [intAttribute("axis", 0)]);
      const repeated = apply("Expand", [name, target]);
      withBatch.add(repeated);
      return repeated;
    },
    operand(id, shape) {
      const name = nameOf(id);
      if (shape === undefined || lookUp(shapes, id, "integer").join() === shape.join()) return name;
      return reshape(name, shape);
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
