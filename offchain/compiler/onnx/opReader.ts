import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import type { Infinities } from "./infinities.ts";
import type { AttributeProto } from "./modelProto.ts";

/** Element types of ONNX, as far as the meaning of an op depends on them. */
export type Dtype = "float" | "integer" | "boolean";

/** A tensor of the file while it is read. */
export type OnnxValue = {
  readonly id: FloatId;
  readonly dtype: Dtype;
  /** Of its element type, where that is an integer of at most 32 bits and read from the file. */
  readonly limits?: Limits;
  /** Of an element that is infinite, or may be. */
  readonly infinities?: Infinities;
};

export type Limits = readonly [least: number, most: number];

/** One node of the file, checked against its reader's numbers of inputs and outputs and names of attributes. */
export type OnnxNode = {
  /** For errors: the name of the node, or its op and place where it has none. */
  readonly name: string;
  readonly opType: string;
  readonly opset: number;
  /** `undefined` where optional and left out; as long as the list in the file. */
  readonly inputs: readonly (OnnxValue | undefined)[];
  /** Number of outputs that the file names; a name may be empty. */
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeProto>;
};

/** How one ONNX op is read; `onnx/ops.ts` lists the readers by domain and op name. */
export type OpReader = {
  readonly inputs: { readonly least: number; readonly most: number };
  /** Outputs that the op may have; 1 where left out. */
  readonly outputs?: { readonly least: number; readonly most: number };
  /** Every attribute that the op may have, at the given opset. */
  readonly attributes: (opset: number) => readonly string[];
  /**
   * Writes the op's meaning and returns its outputs in order; what nobody may read can be left out at the end.
   *
   * @throws {CompilerError} `OP_FORM_UNSUPPORTED`, `ATTRIBUTE_INVALID`, `SHAPE_MISMATCH`, ...
   */
  readonly read: (node: OnnxNode, ops: FloatOps) => readonly (OnnxValue | undefined)[];
};

/** Readers of one family of ops, by op name. */
export type OpTable = Readonly<Record<string, OpReader>>;
