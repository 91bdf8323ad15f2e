/** Index of a tensor or parameter within its graph, stable across lowerings. */
export type TensorId = string;

/** Width of an integer; a signed one lies in [-2^(bits-1), 2^(bits-1)), an unsigned one in [0, 2^bits). */
export type IntegerType = { readonly bits: number; readonly signed: boolean };

/** A tensor that a node or the input produces; `shape` is static, the batch dimension folded to 1. */
export type Tensor = {
  readonly id: TensorId;
  readonly shape: readonly number[];
  readonly type: IntegerType;
};

/** A tensor of known values. */
export type Parameter = Tensor & { readonly values: readonly bigint[] };

/**
 * One integer operation. Accumulators are exact: `verifyIntegers` proves that each fits its type for every value of
 * input and parameters that their types admit, so nothing wraps in the field, in int64 or in the witness. Operands of
 * element-wise operations have the output's number of elements; any operand may be a parameter or a constant.
 */
export type IntegerNode =
  /**
   * `output[.., o] = Σ_i weights[o, i] · input[.., i] + bias[o]`; input `[.., inputs]`, weights `[outputs, inputs]`, bias
   * `[outputs]`, both parameters or constants. All axes but the last are rows.
   */
  | {
      readonly op: "linear";
      readonly name: string;
      readonly input: TensorId;
      readonly weights: TensorId;
      readonly bias: TensorId | undefined;
      readonly output: Tensor;
    }
  /** `output[b, m, n] = Σ_k left[b, m, k] · right[b, n, k]`. */
  | {
      readonly op: "matmul";
      readonly name: string;
      readonly left: TensorId;
      readonly right: TensorId;
      readonly output: Tensor;
    }
  /**
   * `output = Σ_k inputs[k] · multipliers[k]`, element-wise: tensors of different scale brought to one accumulator. Each
   * multiplier is a parameter or constant of one element.
   */
  | {
      readonly op: "combine";
      readonly name: string;
      readonly inputs: readonly TensorId[];
      readonly multipliers: readonly TensorId[];
      readonly output: Tensor;
    }
  /** `output = left · right`, element-wise. */
  | {
      readonly op: "multiply";
      readonly name: string;
      readonly left: TensorId;
      readonly right: TensorId;
      readonly output: Tensor;
    }
  /**
   * `output = clamp(⌊(input · multiplier + 2^(shift-1)) / 2^shift⌋, lo, hi)` (docs/statement.md, section 5), where
   * `lo..hi` is the output type, or `0..hi` with `relu`. `multiplier` has one element, or one for each index of the
   * last axis; it is unsigned. `undefined` stands for 1.
   */
  | {
      readonly op: "rescale";
      readonly name: string;
      readonly input: TensorId;
      readonly multiplier: TensorId | undefined;
      readonly shift: number;
      readonly relu: boolean;
      readonly output: Tensor;
    }
  /** `output = max(input, 0)`, exact, for a ReLU that no rescale could take in. */
  | {
      readonly op: "relu";
      readonly name: string;
      readonly input: TensorId;
      readonly output: Tensor;
    }
  /**
   * Element i of the output is element `indices[i]` of the inputs laid end to end, or 0 where the index is -1. What is read
   * fits the output's type.
   */
  | {
      readonly op: "view";
      readonly name: string;
      readonly inputs: readonly TensorId[];
      readonly indices: Int32Array;
      readonly output: Tensor;
    }
  /**
   * A function by table, linear between its points. With `u = input - lo`, lo the least value of the input's type (so
   * `0 ≤ u < 2^bits`), `h = ⌊u / 2^lowBits⌋` and `l = u mod 2^lowBits`: `output = base[h] + slope[h] · l`. Both tables
   * have `2^(bits - lowBits)` integers and belong to the circuit; `slope` is all zero where `lowBits` is 0.
   */
  | {
      readonly op: "lookup";
      readonly name: string;
      readonly input: TensorId;
      readonly lowBits: number;
      readonly base: readonly bigint[];
      readonly slope: readonly bigint[];
      readonly output: Tensor;
    }
  /** `output = ⌊left · 2^shift / max(right, 1)⌋`; right is of unsigned type, shift is 0 or more. */
  | {
      readonly op: "divide";
      readonly name: string;
      readonly left: TensorId;
      readonly right: TensorId;
      readonly shift: number;
      readonly output: Tensor;
    }
  /** `output = ⌊√input⌋`; input is of unsigned type. */
  | {
      readonly op: "sqrt";
      readonly name: string;
      readonly input: TensorId;
      readonly output: Tensor;
    }
  /** `output = 1` where `left ≤ right` or `left = right`, else 0; of type 1 bit unsigned. */
  | {
      readonly op: "compare";
      readonly name: string;
      readonly relation: "lessOrEqual" | "equal";
      readonly left: TensorId;
      readonly right: TensorId;
      readonly output: Tensor;
    }
  /** `output = left` where the condition is 1, `right` where it is 0; the condition is of 1 bit, unsigned. */
  | {
      readonly op: "select";
      readonly name: string;
      readonly condition: TensorId;
      readonly left: TensorId;
      readonly right: TensorId;
      readonly output: Tensor;
    }
  /** Sum or maximum over the last axis, which falls away. */
  | {
      readonly op: "reduceSum" | "reduceMax";
      readonly name: string;
      readonly input: TensorId;
      readonly output: Tensor;
    };

/** The lowest level of the IR: what is run, proven and interpreted, bit for bit the same. */
export type IntegerGraph = {
  readonly name: string;
  readonly input: Tensor;
  /** What comes in beside the input: activations of the segment before, where the graph is a part of a model. */
  readonly carried?: readonly Tensor[];
  readonly output: Tensor;
  /**
   * Witness, bound by the release's commitment: never circuit constants. Its place in this list is a parameter's place in
   * the mixed packing of docs/statement.md. Empty where the weights are public.
   */
  readonly parameters: readonly Parameter[];
  /** Part of the circuit: structure, and with public weights the weights, too. */
  readonly constants: readonly Parameter[];
  readonly nodes: readonly IntegerNode[];
};

/** Tensors that come in: the input, and what a segment takes from the one before. */
export function inputsOf({ input, carried = [] }: IntegerGraph): readonly Tensor[] {
  return [input, ...carried];
}

/** Tensors that a node reads, parameters and constants included. */
export function operandsOf(node: IntegerNode): readonly TensorId[] {
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
    case "combine":
      return [...node.inputs, ...node.multipliers];
    case "rescale":
      return node.multiplier === undefined ? [node.input] : [node.input, node.multiplier];
    case "view":
      return node.inputs;
    case "select":
      return [node.condition, node.left, node.right];
    case "relu":
    case "lookup":
    case "sqrt":
    case "reduceSum":
    case "reduceMax":
      return [node.input];
    default:
      return node satisfies never;
  }
}
