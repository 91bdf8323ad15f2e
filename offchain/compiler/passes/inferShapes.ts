import { lookUp } from "../ir/lookUp.ts";
import { CompilerError } from "../errors.ts";
import type { FloatGraph, FloatId, FloatNode, ReshapeTarget } from "../ir/floatGraph.ts";
import { operandsOf } from "../ir/floatGraph.ts";
import { broadcastShapes, elementsOf } from "../ir/shape.ts";

/** Elements of all computed tensors together; a circuit of more is out of reach. */
export const MAX_COMPUTED_ELEMENTS = 2 ** 22;
/** Multiplications of a whole graph; as above. */
export const MAX_PRODUCTS = 2 ** 22;

type Shape = readonly number[];

/**
 * Gives every tensor its shape.
 *
 * @throws {CompilerError} `SHAPE_MISMATCH`, `OP_FORM_UNSUPPORTED`, `LIMIT_EXCEEDED`.
 */
export function inferShapes(graph: FloatGraph): FloatGraph {
  const shapes = new Map(graph.shapes);
  const shapeOf = (id: FloatId): Shape => lookUp(shapes, id, "float");
  let elements = elementsOf(shapeOf(graph.input));
  let products = 0;
  checkLimit("elements", elements, MAX_COMPUTED_ELEMENTS, graph.input);
  for (const node of graph.nodes) {
    const shape = outputShape(node, shapeOf);
    elements += elementsOf(shape);
    products += elementsOf(shape) * termsOf(node, shapeOf);
    checkLimit("elements", elements, MAX_COMPUTED_ELEMENTS, node.output);
    checkLimit("multiplications", products, MAX_PRODUCTS, node.output);
    shapes.set(node.output, shape);
  }
  return { ...graph, shapes };
}

/**
 * Shape of a node's output from those of its operands.
 *
 * @throws {CompilerError} `SHAPE_MISMATCH`, `OP_FORM_UNSUPPORTED`.
 */
export function outputShape(node: FloatNode, shapeOf: (id: FloatId) => Shape): Shape {
  switch (node.op) {
    case "matmul": {
      const right = shapeOf(node.right);
      const [rows, columns] = right;
      if (rows === undefined || columns === undefined || right.length > 2) {
        const reason = `its right operand has the shape ${text(right)}, not two axes`;
        throw new CompilerError({
          code: "OP_FORM_UNSUPPORTED",
          node: node.name,
          op: "a matrix product",
          reason,
        });
      }
      return node.transposeRight
        ? product(node, shapeOf(node.left), columns, rows)
        : product(node, shapeOf(node.left), rows, columns);
    }
    case "linear": {
      const [outputs = 0, inputs = 0] = shapeOf(node.weights);
      return product(node, shapeOf(node.input), inputs, outputs);
    }
    case "sum":
      return operandsOf(node)
        .map(shapeOf)
        .reduce((a, b) => {
          const shape = broadcastShapes(a, b);
          return shape ?? mismatch(node, `${text(a)} and ${text(b)} cannot be broadcast`);
        });
    case "relu":
      return shapeOf(node.input);
    case "reshape":
      return reshaped(node, shapeOf(node.input), node.target);
    default:
      return node satisfies never;
  }
}

function product(node: FloatNode, left: Shape, inputs: number, outputs: number): Shape {
  if (left.at(-1) !== inputs) {
    mismatch(node, `${text(left)} times a matrix of ${inputs} by ${outputs}`);
  }
  return [...left.slice(0, -1), outputs];
}

function reshaped(node: FloatNode, input: Shape, target: ReshapeTarget): Shape {
  switch (target.kind) {
    case "same":
      return input;
    case "flatten": {
      const axis = target.axis < 0 ? target.axis + input.length : target.axis;
      if (axis < 0 || axis > input.length) mismatch(node, `axis ${axis} of ${text(input)}`);
      return [elementsOf(input.slice(0, axis)), elementsOf(input.slice(axis))];
    }
    case "dimensions":
      return toDimensions(node, input, target);
    default:
      return target satisfies never;
  }
}

function toDimensions(
  node: FloatNode,
  input: Shape,
  { dimensions, allowZero }: ReshapeTarget & { kind: "dimensions" },
): Shape {
  const lengths = dimensions.map((length, axis) =>
    length === 0 && !allowZero ? (input[axis] ?? 0) : length,
  );
  const known = elementsOf(lengths.filter((it) => it !== -1));
  const left = known === 0 ? 0 : elementsOf(input) / known;
  const shape = lengths.map((it) => (it === -1 ? left : it));
  const free = lengths.length - lengths.filter((it) => it !== -1).length;
  if (free > 1 || !Number.isInteger(left) || elementsOf(shape) !== elementsOf(input)) {
    mismatch(node, `${text(input)} cannot take the shape ${text(dimensions)}`);
  }
  return shape;
}

/** Multiplications for one element of the output. */
function termsOf(node: FloatNode, shapeOf: (id: FloatId) => Shape): number {
  const [first] = operandsOf(node);
  if (node.op === "sum") return node.terms.length;
  return first === undefined || node.op === "relu" || node.op === "reshape"
    ? 1
    : (shapeOf(first).at(-1) ?? 1);
}

function checkLimit(of: string, count: number, limit: number, id: FloatId): void {
  if (count <= limit) return;
  throw new CompilerError({ code: "LIMIT_EXCEEDED", what: `${of} up to ${id}`, count, limit });
}

function mismatch(node: FloatNode, reason: string): never {
  throw new CompilerError({ code: "SHAPE_MISMATCH", node: node.name, reason });
}

function text(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}
