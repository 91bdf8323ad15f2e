import type { FloatNode } from "../ir/floatGraph.ts";
import type { AttributeProto } from "./modelProto.ts";
import type { OnnxTensor } from "./readTensor.ts";

/** One node of the file, checked against its reader's numbers of inputs and names of attributes. */
export type OnnxNode = {
  /** For errors: the name of the node, or its op and place where it has none. */
  readonly name: string;
  readonly opType: string;
  readonly opset: number;
  /** As many as the op may have; `undefined` where optional and left out. */
  readonly inputs: readonly (string | undefined)[];
  readonly output: string;
  readonly attributes: ReadonlyMap<string, AttributeProto>;
};

/** What a reader may know of the graph around its node. */
export type OpScope = {
  /** A tensor of the file or of a Constant node; `undefined` for an activation. */
  readonly constant: (id: string) => OnnxTensor | undefined;
  /** A tensor name that starts with `base` and occurs nowhere else. */
  readonly fresh: (base: string) => string;
};

/** What a node of the file becomes. */
export type OpReading =
  { readonly nodes: readonly FloatNode[] } | { readonly constant: OnnxTensor };

/** How one ONNX op is read; `onnx/ops.ts` lists the readers by op name. */
export type OpReader = {
  readonly inputs: { readonly least: number; readonly most: number };
  /** Every attribute that the op may have, at the given opset. */
  readonly attributes: (opset: number) => readonly string[];
  readonly read: (node: OnnxNode, scope: OpScope) => OpReading;
};
