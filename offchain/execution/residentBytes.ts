import type { IntegerGraph } from "@vouch/compiler";

/** Bytes of an element: every tensor is of int64. */
const ELEMENT_BYTES = 8;
/**
 * What onnxruntime 1.30 takes for a session, for each node of the integer graph (a handful of ONNX nodes) and for each byte
 * of the file; chosen such that no model of models/ takes more than its estimate (`npm run bench:models`).
 */
const NODE_BYTES = 14_000;
const FILE_FACTOR = 1.1;
const SESSION_BYTES = 96_000;

/** Estimates what a session takes while it is idle, and what each row of a batch takes beside that while it runs. */
export function residentBytes(
  graph: IntegerGraph,
  onnx: Uint8Array,
): { readonly residentBytes: number; readonly rowBytes: number } {
  const elements = [graph.input, ...graph.nodes.map(({ output }) => output)]
    .map(({ shape }) => shape.reduce((product, length) => product * length, 1))
    .reduce((sum, count) => sum + count, 0);
  return {
    residentBytes: Math.ceil(
      SESSION_BYTES + FILE_FACTOR * onnx.length + NODE_BYTES * graph.nodes.length,
    ),
    rowBytes: ELEMENT_BYTES * elements,
  };
}
