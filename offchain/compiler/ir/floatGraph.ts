/** Name of a tensor in its graph; that of the ONNX file where the file has the tensor. */
export type FloatId = string;

/**
 * Row-major values that do not depend on the input. `weight`: training chose them, so they are bound by the release's
 * commitment and stay out of the circuit; `structure`: indices, masks and the like, which belong to the architecture.
 */
export type Constant = {
  readonly shape: readonly number[];
  readonly values: Float64Array;
  readonly role: "weight" | "structure";
};

/** `integer`: every value is an integer whatever the input, a truth value being 0 or 1. */
export type FloatTensor = { readonly shape: readonly number[]; readonly kind: "real" | "integer" };

/**
 * Functions of one variable that the quantizer approximates. Those that settle (`SETTLING` of passes/functions.ts) are
 * tabulated on a fixed domain, the others on one that calibration yields.
 */
export type UnaryFunction =
  | {
      readonly kind:
        | "sigmoid"
        | "tanh"
        | "erf"
        | "exp"
        | "log"
        | "sqrt"
        | "sin"
        | "cos"
        | "tan"
        | "asin"
        | "acos"
        | "atan"
        | "sinh"
        | "cosh"
        | "asinh"
        | "acosh"
        | "atanh"
        /** `ln(1 + e^-|x|)`: what softplus is above a ReLU. */
        | "softplusTail";
    }
  /** `x^exponent` for an exponent that is no small integer and not 0.5. */
  | { readonly kind: "power"; readonly exponent: number };

export type Relation = "less" | "lessOrEqual" | "equal";

/** One node type for each op. */
type OfOne<Op extends string> = Op extends string
  ? {
      readonly op: Op;
      readonly name: string;
      readonly input: FloatId;
      readonly output: FloatId;
    }
  : never;
type OfTwo<Op extends string> = Op extends string
  ? {
      readonly op: Op;
      readonly name: string;
      readonly left: FloatId;
      readonly right: FloatId;
      readonly output: FloatId;
    }
  : never;

/**
 * One operation on real numbers. The set is small on purpose: each ONNX op is written in these by its reader, and each
 * lowering implements these only. Operands of element-wise operations have the output's shape: broadcasting is a `view`.
 */
export type FloatNode =
  /** `output[.., o] = Σ_i weights[o, i] · input[.., i] + bias[o]`; weights `[outputs, inputs]` and bias are constants. */
  | {
      readonly op: "linear";
      readonly name: string;
      readonly input: FloatId;
      readonly weights: FloatId;
      readonly bias: FloatId | undefined;
      readonly output: FloatId;
    }
  /** `output[b, m, n] = Σ_k left[b, m, k] · right[b, n, k]`, right transposed; no operand need be constant. */
  | {
      readonly op: "matmul";
      readonly name: string;
      readonly left: FloatId;
      readonly right: FloatId;
      readonly output: FloatId;
    }
  /** `output = Σ factor · tensor` over the terms; a factor is any finite number. */
  | {
      readonly op: "sum";
      readonly name: string;
      readonly terms: readonly { readonly id: FloatId; readonly factor: number }[];
      readonly output: FloatId;
    }
  | OfTwo<"multiply" | "divide">
  /**
   * Pure movement of data: reshape, transpose, slice, pad, concat, repeat, gather by constant indices, im2col. Element i of
   * the output is element `indices[i]` of the inputs laid end to end, or 0 where the index is -1.
   */
  | {
      readonly op: "view";
      readonly name: string;
      readonly inputs: readonly FloatId[];
      readonly indices: Int32Array;
      readonly output: FloatId;
    }
  /** Over the last axis, which falls away. */
  | OfOne<"reduceSum" | "reduceMax">
  /** `max(x, 0)`, or the largest integer that is not above x. */
  | OfOne<"relu" | "floor">
  | {
      readonly op: "unary";
      readonly name: string;
      readonly fn: UnaryFunction;
      readonly input: FloatId;
      readonly output: FloatId;
    }
  /** 1 where the relation holds, else 0. */
  | {
      readonly op: "compare";
      readonly name: string;
      readonly relation: Relation;
      readonly left: FloatId;
      readonly right: FloatId;
      readonly output: FloatId;
    }
  /** `left` where the condition is 1, `right` where it is 0; the condition is an integer tensor of zeros and ones. */
  | {
      readonly op: "select";
      readonly name: string;
      readonly condition: FloatId;
      readonly left: FloatId;
      readonly right: FloatId;
      readonly output: FloatId;
    };

/** A tensor of the file's interface: where it lies in the flat input or output of the graph. */
export type Port = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: FloatTensor["kind"];
};

/**
 * The upper level of the IR: real numbers, nodes in topological order, shapes static, the batch folded to 1. Input and
 * output are flat, all inputs and all outputs of the file laid end to end as `inputs` and `outputs` say.
 */
export type FloatGraph = {
  readonly name: string;
  readonly input: FloatId;
  readonly output: FloatId;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly constants: ReadonlyMap<FloatId, Constant>;
  /** Of every tensor, constants included. */
  readonly tensors: ReadonlyMap<FloatId, FloatTensor>;
  readonly nodes: readonly FloatNode[];
};

/** Tensors that a node reads, constants included. */
export function operandsOf(node: FloatNode): readonly FloatId[] {
  switch (node.op) {
    case "linear":
      return node.bias === undefined
        ? [node.input, node.weights]
        : [node.input, node.weights, node.bias];
    case "matmul":
    case "multiply":
    case "divide":
    case "compare":
      return [node.left, node.right];
    case "sum":
      return node.terms.map(({ id }) => id);
    case "view":
      return node.inputs;
    case "reduceSum":
    case "reduceMax":
    case "relu":
    case "floor":
    case "unary":
      return [node.input];
    case "select":
      return [node.condition, node.left, node.right];
    default:
      return node satisfies never;
  }
}

/** The node with each tensor that it reads replaced. */
export function renameOperands(node: FloatNode, rename: (id: FloatId) => FloatId): FloatNode {
  switch (node.op) {
    case "linear": {
      const bias = node.bias === undefined ? undefined : rename(node.bias);
      return { ...node, input: rename(node.input), weights: rename(node.weights), bias };
    }
    case "matmul":
    case "multiply":
    case "divide":
    case "compare":
      return { ...node, left: rename(node.left), right: rename(node.right) };
    case "sum":
      return { ...node, terms: node.terms.map((it) => ({ ...it, id: rename(it.id) })) };
    case "view":
      return { ...node, inputs: node.inputs.map(rename) };
    case "reduceSum":
    case "reduceMax":
    case "relu":
    case "floor":
    case "unary":
      return { ...node, input: rename(node.input) };
    case "select": {
      const [condition, left, right] = [node.condition, node.left, node.right].map(rename);
      return { ...node, condition: condition ?? "", left: left ?? "", right: right ?? "" };
    }
    default:
      return node satisfies never;
  }
}

/** Number of nodes that read each tensor, the graph's output counted as one reader more. */
export function readersOf(graph: FloatGraph): ReadonlyMap<FloatId, number> {
  const readers = new Map<FloatId, number>();
  for (const id of [...graph.nodes.flatMap(operandsOf), graph.output]) {
    readers.set(id, (readers.get(id) ?? 0) + 1);
  }
  return readers;
}
