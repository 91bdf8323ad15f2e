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

/**
 * A committed parameter tensor. Its values are witness, never circuit constants; its place in
 * `IntegerGraph.parameters` is its place in the mixed packing of docs/statement.md.
 */
export type Parameter = {
  readonly id: TensorId;
  readonly shape: readonly number[];
  readonly type: IntegerType;
  readonly values: readonly bigint[];
};

/**
 * One integer operation. Accumulators are exact: `verifyIntegers` proves that each fits its type for every value of
 * input and parameters that their types admit, so nothing wraps in the field, in int64 or in the witness.
 */
export type IntegerNode =
  /**
   * `output[.., o] = Σ_i weights[o, i] · input[.., i] + bias[o]`; input `[.., inputs]`, weights `[outputs, inputs]`, bias
   * `[outputs]`. All axes but the last are rows.
   */
  | {
      readonly op: "linear";
      readonly name: string;
      readonly input: TensorId;
      readonly weights: TensorId;
      readonly bias: TensorId | undefined;
      readonly output: Tensor;
    }
  /**
   * `output = Σ_k inputs[k] · multipliers[k]`, element-wise: tensors of different scale brought to one accumulator. All
   * have the output's number of elements; each multiplier is a parameter of one element, signed; an input may be one, too.
   */
  | {
      readonly op: "combine";
      readonly name: string;
      readonly inputs: readonly TensorId[];
      readonly multipliers: readonly TensorId[];
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
  /** Same elements, row-major, under another shape. */
  | {
      readonly op: "reshape";
      readonly name: string;
      readonly input: TensorId;
      readonly output: Tensor;
    };

/** The lowest level of the IR: what is run, proven and interpreted, bit for bit the same. */
export type IntegerGraph = {
  readonly name: string;
  readonly input: Tensor;
  readonly output: Tensor;
  readonly parameters: readonly Parameter[];
  readonly nodes: readonly IntegerNode[];
};
