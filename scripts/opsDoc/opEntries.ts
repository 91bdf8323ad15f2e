import { ELEMENTWISE_OPS } from "./elementwiseOps.ts";
import { LAYER_OPS } from "./layerOps.ts";
import { MOVEMENT_OPS } from "./movementOps.ts";
import type { OpEntries } from "./opEntry.ts";
import { TRADITIONAL_OPS } from "./traditionalOps.ts";

/** A part of the page: ops of one domain that belong together. */
export type OpSection = {
  readonly title: string;
  readonly domain: "ai.onnx" | "ai.onnx.ml";
  readonly entries: OpEntries;
};

/** Everything that `docs/ops.md` lists. */
export const OP_SECTIONS: readonly OpSection[] = [
  { title: "Element by element", domain: "ai.onnx", entries: ELEMENTWISE_OPS },
  { title: "Movement of data, and constants", domain: "ai.onnx", entries: MOVEMENT_OPS },
  { title: "Layers, reductions and choices", domain: "ai.onnx", entries: LAYER_OPS },
  { title: "ai.onnx.ml", domain: "ai.onnx.ml", entries: TRADITIONAL_OPS },
];
