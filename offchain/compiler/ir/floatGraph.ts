/** Name of a tensor in its graph; that of the ONNX file where the file has the tensor. */
export type FloatId = string;

/** Row-major values that do not depend on the input. */
export type Constant = { readonly shape: readonly number[]; readonly values: Float64Array };

/** What a reshape makes of its input's shape, which `inferShapes` resolves. */
export type ReshapeTarget =
  | { readonly kind: "same" }
  /** ONNX Flatten: the axes before and from `axis` on become one each; a negative axis counts from the end. */
  | { readonly kind: "flatten"; readonly axis: number }
  /** ONNX Reshape: -1 is what is left; 0 copies the input's length unless `allowZero`. */
  | {
      readonly kind: "dimensions";
      readonly dimensions: readonly number[];
      readonly allowZero: boolean;
    };

/** One operation on real numbers. `relu` clamps the result below at 0. */
export type FloatNode =
  /** ONNX MatMul for a right operand of rank 2, or its transpose; becomes `linear` or a constant. */
  | {
      readonly op: "matmul";
      readonly name: string;
      readonly left: FloatId;
      readonly right: FloatId;
      readonly transposeRight: boolean;
      readonly output: FloatId;
    }
  /** `output[.., o] = Σ_i weights[o, i] · input[.., i] + bias[o]`; weights and bias are constants. */
  | {
      readonly op: "linear";
      readonly name: string;
      readonly input: FloatId;
      readonly weights: FloatId;
      readonly bias: FloatId | undefined;
      readonly relu: boolean;
      readonly output: FloatId;
    }
  /** `output = Σ factor · tensor` over the terms, each tensor broadcast as ONNX does. */
  | {
      readonly op: "sum";
      readonly name: string;
      readonly terms: readonly { readonly id: FloatId; readonly factor: number }[];
      readonly relu: boolean;
      readonly output: FloatId;
    }
  | {
      readonly op: "relu";
      readonly name: string;
      readonly input: FloatId;
      readonly output: FloatId;
    }
  | {
      readonly op: "reshape";
      readonly name: string;
      readonly input: FloatId;
      readonly target: ReshapeTarget;
      readonly output: FloatId;
    };

/**
 * The upper level of the IR: real numbers, one input, one output, nodes in topological order. Shapes are static, the
 * batch folded to 1; before `inferShapes` only those of the input and the constants are known.
 */
export type FloatGraph = {
  readonly name: string;
  readonly input: FloatId;
  readonly output: FloatId;
  readonly constants: ReadonlyMap<FloatId, Constant>;
  readonly shapes: ReadonlyMap<FloatId, readonly number[]>;
  readonly nodes: readonly FloatNode[];
};

/** Tensors that a node reads, constants included. */
export function operandsOf(node: FloatNode): readonly FloatId[] {
  switch (node.op) {
    case "matmul":
      return [node.left, node.right];
    case "linear":
      return node.bias === undefined
        ? [node.input, node.weights]
        : [node.input, node.weights, node.bias];
    case "sum":
      return node.terms.map(({ id }) => id);
    case "relu":
    case "reshape":
      return [node.input];
    default:
      return node satisfies never;
  }
}

/** The node with each tensor that it reads replaced. */
export function renameOperands(node: FloatNode, rename: (id: FloatId) => FloatId): FloatNode {
  switch (node.op) {
    case "matmul":
      return { ...node, left: rename(node.left), right: rename(node.right) };
    case "linear": {
      const bias = node.bias === undefined ? undefined : rename(node.bias);
      return { ...node, input: rename(node.input), weights: rename(node.weights), bias };
    }
    case "sum":
      return { ...node, terms: node.terms.map((it) => ({ ...it, id: rename(it.id) })) };
    case "relu":
    case "reshape":
      return { ...node, input: rename(node.input) };
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
