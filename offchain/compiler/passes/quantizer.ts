import { CompilerError } from "../errors.ts";
import type { Constant, FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";
import type { IntegerNode, IntegerType, Parameter, Tensor, TensorId } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import { MAX_BITS, rangeOfType, signedBits } from "../ir/range.ts";
import type { Range } from "../ir/rescale.ts";
import type { WeightsMode } from "../ir/compiledModel.ts";
import { nodeRange } from "./inferRanges.ts";
import type { ScaledInput } from "./scaleFeatures.ts";
import type { Sign } from "./targets.ts";

/** An integer tensor; `q` stands for `q · scale`. The range is the worst case over all inputs and parameters. */
export type Quantized = { readonly tensor: Tensor; readonly scale: number; readonly range: Range };

/** How a result is to be encoded. */
export type Target = {
  readonly type: IntegerType;
  readonly scale: number;
  /** The result is that of a ReLU. */
  readonly relu: boolean;
  /** The scale of an activation may give way; that of a table's argument or of the declared output may not. */
  readonly kind: "activation" | "argument" | "output";
};

type WithoutType<Node> = Node extends IntegerNode
  ? Omit<Node, "output"> & {
      readonly output: Omit<Tensor, "type"> & { readonly type?: IntegerType };
    }
  : never;
/** A node whose output has no type yet: it gets the narrowest that holds its range. */
export type NodeDraft = WithoutType<IntegerNode>;

/** Values of a constant on their way into the graph; `indices` where a view repeats or moves them. */
export type Operand = Constant & {
  /** Of the constant before views; of other values than that constant has, another. */
  readonly id: FloatId;
  readonly indices: Int32Array | undefined;
};

/** The graph under construction, as the rules for single nodes see it. */
export type Quantizer = {
  readonly graph: FloatGraph;
  readonly weights: WeightsMode;
  readonly shapeOf: (id: FloatId) => readonly number[];
  /** A constant, also one that only views have moved; `undefined` for what depends on the input. */
  readonly constantOf: (id: FloatId) => Operand | undefined;
  /** A computed tensor, exact. */
  readonly quantizedOf: (id: FloatId) => Quantized;
  /** The input of a layer whose features have scales of their own; `undefined` where there is one for all. */
  readonly scaledInput: (node: FloatNode & { op: "linear" }) => ScaledInput | undefined;
  /** Largest absolute value over the calibration samples. */
  readonly calibrated: (id: FloatId) => number;
  /** Bits of a tensor where it enters a product of matrices, or of a layer's weights. */
  readonly widthOf: (id: FloatId) => number;
  readonly signOf: (id: FloatId) => Sign;
  /** Whether what is far below the largest element of a tensor makes no difference. */
  readonly isMaskable: (id: FloatId) => boolean;
  /** A tensor name that starts with `base` and is new. */
  readonly fresh: (base: string) => TensorId;
  /** Adds values under a new name: committed, or a constant of the circuit where they are public or structure. */
  readonly addValues: (
    base: string,
    shape: readonly number[],
    type: IntegerType,
    values: readonly bigint[],
    role: Constant["role"],
  ) => Quantized["tensor"];
  /** Number of layers that read the same weights. */
  readonly layersOf: (weights: FloatId) => number;
  /** The view of one computed tensor that a tensor is. */
  readonly viewOf: (id: FloatId) => (FloatNode & { op: "view" }) | undefined;
  /** What `make` returned when the key was first used: what is used twice is committed, or rescaled, once. */
  readonly once: (key: string, make: () => Quantized) => Quantized;
  /** Adds a node and returns its output at the given scale. */
  readonly emit: (draft: NodeDraft, scale: number) => Quantized;
  readonly rangeOf: (id: TensorId) => Range;
};

/** What `createQuantizer` collects. */
export type Collected = {
  readonly parameters: readonly Parameter[];
  readonly constants: readonly Parameter[];
  readonly nodes: readonly IntegerNode[];
};

export type QuantizerOptions = {
  readonly weights: WeightsMode;
  readonly calibrated: (id: FloatId) => number;
  readonly widthOf: (id: FloatId) => number;
  readonly signOf: (id: FloatId) => Sign;
  readonly isMaskable: (id: FloatId) => boolean;
  readonly quantizedOf: (id: FloatId) => Quantized;
  readonly scaledInput: (node: FloatNode & { op: "linear" }) => ScaledInput | undefined;
};

export function createQuantizer(
  graph: FloatGraph,
  options: QuantizerOptions,
): Quantizer & { readonly collected: Collected; readonly addInput: (tensor: Tensor) => Range } {
  const parameters: Parameter[] = [];
  const constants: Parameter[] = [];
  const nodes: IntegerNode[] = [];
  const tensors = new Map<TensorId, Tensor | Parameter>();
  const ranges = new Map<TensorId, Range>();
  const names = new Set<string>();
  const views = new Map(graph.nodes.flatMap((it) => (it.op === "view" ? [[it.output, it]] : [])));
  const shared = new Map<string, Parameter>();
  const made = new Map<string, Quantized>();
  const layers = new Map<FloatId, number>();
  for (const node of graph.nodes) {
    if (node.op === "linear") layers.set(node.weights, (layers.get(node.weights) ?? 0) + 1);
  }

  const fresh = (base: string): string => {
    let id = base;
    for (let i = 2; names.has(id); i++) id = `${base}#${i}`;
    names.add(id);
    return id;
  };
  const rangeOf = (id: TensorId): Range => lookUp(ranges, id, "integer");

  function constantOf(id: FloatId): Operand | undefined {
    const constant = graph.constants.get(id);
    if (constant !== undefined) return { ...constant, id, indices: undefined };
    const view = views.get(id);
    const [first] = view?.inputs ?? [];
    if (view === undefined || first === undefined || view.inputs.length > 1) return undefined;
    const source = constantOf(first);
    if (source === undefined) return undefined;
    const own = source.indices;
    const indices =
      own === undefined
        ? view.indices
        : view.indices.map((it) => (it === -1 ? -1 : (own[it] ?? -1)));
    return { ...source, indices };
  }

  return {
    ...options,
    graph,
    shapeOf: (id) => lookUp(graph.tensors, id, "float").shape,
    constantOf,
    fresh,
    rangeOf,
    viewOf(id) {
      const view = views.get(id);
      return view?.inputs.length === 1 && constantOf(id) === undefined ? view : undefined;
    },
    layersOf: (weights) => layers.get(weights) ?? 0,
    once(key, make) {
      const known = made.get(key) ?? make();
      made.set(key, known);
      return known;
    },
    addInput(tensor) {
      names.add(tensor.id);
      tensors.set(tensor.id, tensor);
      ranges.set(tensor.id, rangeOfType(tensor.type));
      return rangeOf(tensor.id);
    },
    addValues(base, shape, type, values, role) {
      const isCommitted = role === "weight" && options.weights === "private";
      if (isCommitted) {
        const parameter = { id: fresh(base), shape, type, values };
        parameters.push(parameter);
        tensors.set(parameter.id, { id: parameter.id, shape, type }); // its values are any of its type
        ranges.set(parameter.id, rangeOfType(type));
        return parameter;
      }
      // Constants need no more than their values, and equal ones are one.
      const range = {
        lo: values.reduce((least, it) => (it < least ? it : least), values[0] ?? 0n),
        hi: values.reduce((most, it) => (it > most ? it : most), values[0] ?? 0n),
      };
      const key = `${shape.join()}:${values.join()}`;
      const known = shared.get(key);
      if (known !== undefined) return known;
      const constant = { id: fresh(base), shape, type: typeOf(range), values };
      shared.set(key, constant);
      constants.push(constant);
      tensors.set(constant.id, constant);
      ranges.set(constant.id, range);
      return constant;
    },
    emit(draft, scale) {
      const id = fresh(draft.output.id);
      const { type } = draft.output;
      // The type is filled in once the range is known, which for a rescale follows from the type that it has.
      const node = {
        ...draft,
        output: { ...draft.output, id, type: type ?? { bits: 1, signed: false } },
      } as IntegerNode;
      const range = nodeRange(node, rangeOf, (it) => lookUp(tensors, it, "integer"));
      const bits = signedBits(range);
      if (bits > MAX_BITS) {
        throw new CompilerError({ code: "RANGE_TOO_WIDE", node: node.name, bits, limit: MAX_BITS });
      }
      const output = { ...node.output, type: type ?? typeOf(range) };
      nodes.push({ ...node, output });
      tensors.set(id, output);
      ranges.set(id, range);
      return { tensor: output, scale, range };
    },
    get collected() {
      return { parameters, constants, nodes };
    },
  };
}

/** The narrowest type that holds the range. */
export function typeOf(range: Range): IntegerType {
  if (range.lo < 0n) return { bits: signedBits(range), signed: true };
  return { bits: Math.max(1, range.hi.toString(2).length), signed: false };
}

/** @throws {CompilerError} `SCALE_OUT_OF_RANGE` */
export function finiteScale(node: string, scale: number): number {
  if (!(scale > 0 && scale < Infinity)) {
    throw new CompilerError({ code: "SCALE_OUT_OF_RANGE", node, scale });
  }
  return scale;
}

/**
 * The target's scale, made coarser where it is free and the largest multiplier, `product / scale`, would be above
 * `limit`.
 *
 * @throws {CompilerError} `MULTIPLIER_OUT_OF_RANGE` where it is not free, `SCALE_OUT_OF_RANGE`.
 */
export function fittingScale(
  node: string,
  { scale, kind }: Target,
  product: number,
  limit: number,
): number {
  const multiplier = Math.ceil(product / scale);
  if (multiplier <= limit) return finiteScale(node, scale);
  if (kind === "activation" || !Number.isFinite(multiplier))
    return finiteScale(node, product / limit);
  let fractionBits = Math.round(-Math.log2(scale));
  for (let it = multiplier; it > limit; it /= 2) fractionBits--;
  throw new CompilerError({
    code: "MULTIPLIER_OUT_OF_RANGE",
    node,
    multiplier,
    limit,
    fractionBits,
  });
}

/** Rounds half up; what is past `most` is `most`. */
export function toInteger(value: number, most: number): bigint {
  return BigInt(Math.min(most, Math.max(-most, Math.floor(value + 0.5))));
}

/** Largest absolute value; 0 of nothing. */
export function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] ?? 0));
  return most;
}

/** Exact for exponents up to 1023. */
export function powerOfTwo(exponent: number): number {
  return 2 ** exponent;
}
