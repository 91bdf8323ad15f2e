import { CompilerError } from "../errors.ts";
import { transpose } from "../interpretFloat.ts";
import type { Constant, FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";
import { readersOf } from "../ir/floatGraph.ts";

type MatMul = FloatNode & { op: "matmul" };
type Linear = FloatNode & { op: "linear" };
type Sum = FloatNode & { op: "sum" };

/**
 * Turns products by a constant matrix into `linear`, and takes in the addition of a constant that is the same for every
 * row.
 *
 * @throws {CompilerError} `OP_FORM_UNSUPPORTED` for a product of which the right operand is not constant.
 */
export function fuseLinear(graph: FloatGraph): FloatGraph {
  const constants = new Map(graph.constants);
  const shapes = new Map(graph.shapes);
  const readers = readersOf(graph);
  const nodes = new Map<FloatId, FloatNode>();

  for (const node of graph.nodes) {
    if (node.op === "matmul") {
      const { name, left: input, output } = node;
      const weights = define(`${output}.weights`, weightsOf(node, constants));
      const linear = { op: "linear", name, input, weights, bias: undefined, relu: false } as const;
      nodes.set(output, { ...linear, output });
    } else if (node.op === "sum") {
      const fusion = fusible(node);
      if (fusion !== undefined) nodes.delete(fusion.linear.output);
      nodes.set(node.output, fusion === undefined ? node : biased(fusion, node.output));
    } else {
      nodes.set(node.output, node);
    }
  }
  return { ...graph, constants, shapes, nodes: [...nodes.values()] };

  function define(base: FloatId, constant: Constant): FloatId {
    let id = base;
    while (shapes.has(id)) id += "'";
    constants.set(id, constant);
    shapes.set(id, constant.shape);
    return id;
  }

  /** The linear node that a sum reads alone, and the constant to be added to its bias. */
  function fusible({ terms, output }: Sum): Fusion | undefined {
    const [first, second] = terms;
    if (first === undefined || second === undefined || terms.length > 2) return undefined;
    for (const [own, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const linear = nodes.get(own.id);
      const addend = constants.get(other.id);
      if (linear?.op !== "linear" || addend === undefined) continue;
      const [outputs = 0] = shapes.get(linear.weights) ?? [];
      const { length, [0]: single = 0 } = addend.values;
      const isOwn = readers.get(linear.output) === 1 && own.factor === 1;
      const isRow = length === 1 || (length === outputs && addend.shape.at(-1) === outputs);
      const keepsShape = shapes.get(linear.output)?.join() === shapes.get(output)?.join();
      if (!isOwn || !isRow || !keepsShape) continue;
      const row = length === 1 ? new Float64Array(outputs).fill(single) : addend.values;
      return { linear, addend: row.map((it) => other.factor * it) };
    }
    return undefined;
  }

  function biased({ linear, addend }: Fusion, output: FloatId): Linear {
    const earlier = linear.bias === undefined ? undefined : constants.get(linear.bias)?.values;
    const values = addend.map((it, o) => it + (earlier?.[o] ?? 0));
    const bias = define(`${output}.bias`, { shape: [values.length], values });
    return { ...linear, bias, output };
  }
}

type Fusion = { readonly linear: Linear; readonly addend: Float64Array };

/** The weights of a product, `[outputs, inputs]`. */
function weightsOf(node: MatMul, constants: ReadonlyMap<FloatId, Constant>): Constant {
  const matrix = constants.get(node.right);
  if (matrix === undefined) {
    const reason = `its right operand ${node.right} is computed`;
    const op = "a matrix product";
    throw new CompilerError({ code: "OP_FORM_UNSUPPORTED", node: node.name, op, reason });
  }
  if (node.transposeRight) return matrix;
  const [rows = 0, columns = 0] = matrix.shape;
  return { shape: [columns, rows], values: transpose(matrix.values, rows, columns) };
}
