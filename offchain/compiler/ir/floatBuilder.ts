import { CompilerError } from "../errors.ts";
import { evaluate } from "../interpretFloat.ts";
import type {
  Constant,
  FloatGraph,
  FloatId,
  FloatNode,
  FloatTensor,
  Relation,
  UnaryFunction,
} from "./floatGraph.ts";
import { operandsOf } from "./floatGraph.ts";
import { lookUp } from "./lookUp.ts";
import { broadcastShapes, elementsOf, stridedIndices, stridesOf } from "./shape.ts";

/** Elements of all computed tensors together; a circuit of more is out of reach. */
export const MAX_COMPUTED_ELEMENTS = 2 ** 24;
/** Multiplications of a whole graph; as above. */
export const MAX_PRODUCTS = 2 ** 26;

type Shape = readonly number[];

/**
 * Writes nodes; every method returns its result's id. What depends on constants only is computed at once. Operands of
 * element-wise methods are broadcast as ONNX does.
 *
 * @throws {CompilerError} `SHAPE_MISMATCH`, `VALUE_NOT_FINITE` where folding overflows, `LIMIT_EXCEEDED`.
 */
export type FloatOps = {
  readonly shapeOf: (id: FloatId) => Shape;
  readonly kindOf: (id: FloatId) => FloatTensor["kind"];
  /** Values of a constant; `undefined` for what depends on the input. */
  readonly valuesOf: (id: FloatId) => Float64Array | undefined;
  readonly isWeight: (id: FloatId) => boolean;
  readonly constant: (
    shape: Shape,
    values: ArrayLike<number>,
    role?: Constant["role"],
    kind?: FloatTensor["kind"],
  ) => FloatId;
  /** input `[.., inputs]`, weights `[outputs, inputs]`, bias `[outputs]`; the last two are constants. */
  readonly linear: (input: FloatId, weights: FloatId, bias?: FloatId) => FloatId;
  /** left `[B, M, K]`, right `[B, N, K]`, giving `[B, M, N]`. */
  readonly matmul: (left: FloatId, right: FloatId) => FloatId;
  readonly sum: (...terms: readonly (readonly [id: FloatId, factor: number])[]) => FloatId;
  readonly add: (left: FloatId, right: FloatId) => FloatId;
  readonly subtract: (left: FloatId, right: FloatId) => FloatId;
  readonly scale: (input: FloatId, factor: number) => FloatId;
  readonly multiply: (left: FloatId, right: FloatId) => FloatId;
  readonly divide: (left: FloatId, right: FloatId) => FloatId;
  readonly compare: (relation: Relation, left: FloatId, right: FloatId) => FloatId;
  readonly select: (condition: FloatId, left: FloatId, right: FloatId) => FloatId;
  readonly relu: (input: FloatId) => FloatId;
  readonly floor: (input: FloatId) => FloatId;
  readonly unary: (fn: UnaryFunction, input: FloatId) => FloatId;
  readonly reduceSum: (input: FloatId) => FloatId;
  readonly reduceMax: (input: FloatId) => FloatId;
  readonly view: (
    inputs: readonly FloatId[],
    shape: Shape,
    indices: Int32Array | ((at: number) => number),
  ) => FloatId;
  /** `input[start + Σ index · stride]`, at every index of the shape. */
  readonly strided: (
    input: FloatId,
    shape: Shape,
    strides: readonly number[],
    start?: number,
  ) => FloatId;
  readonly reshape: (input: FloatId, shape: Shape) => FloatId;
  readonly transpose: (input: FloatId, permutation: readonly number[]) => FloatId;
  readonly broadcast: (input: FloatId, shape: Shape) => FloatId;
  /** Along an axis counted from the front. */
  readonly concat: (inputs: readonly FloatId[], axis: number) => FloatId;
  /** `input[.., start + i · step, ..]` for i below `count` along an axis. */
  readonly slice: (
    input: FloatId,
    axis: number,
    start: number,
    count: number,
    step?: number,
  ) => FloatId;
  /** A tensor of whole numbers 0 to count - 1, structure. */
  readonly arange: (count: number) => FloatId;
  /** The same tensor, known to hold integers only. */
  readonly asInteger: (input: FloatId) => FloatId;
};

export type FloatBuilder = {
  /** Ops whose nodes are called `name` and whose tensors start with `base`. */
  readonly at: (name: string, base: string) => FloatOps;
  readonly input: FloatId;
  readonly finish: (
    graph: Pick<FloatGraph, "name" | "inputs" | "outputs"> & { readonly output: FloatId },
  ) => FloatGraph;
};

/** A new graph of a flat input of so many elements. */
export function createFloatBuilder(elements: number): FloatBuilder {
  const input = "input";
  const constants = new Map<FloatId, Constant>();
  const tensors = new Map<FloatId, FloatTensor>([[input, { shape: [elements], kind: "real" }]]);
  const nodes: FloatNode[] = [];
  let computed = elements;
  let products = 0;
  let folded = 0;
  let known = 0;

  const tensorOf = (id: FloatId): FloatTensor => lookUp(tensors, id, "float");
  const shapeOf = (id: FloatId): Shape => tensorOf(id).shape;
  const uses = new Map<string, number>();
  const fresh = (base: string): FloatId => {
    let id = base;
    for (let i = uses.get(base) ?? 2; tensors.has(id); i++) {
      id = `${base}#${i}`;
      uses.set(base, i);
    }
    return id;
  };

  function define(base: string, tensor: FloatTensor, values: Float64Array, role: Constant["role"]) {
    const id = fresh(base);
    known += values.length;
    const index = values.findIndex((it) => !Number.isFinite(it));
    if (index !== -1) throw new CompilerError({ code: "VALUE_NOT_FINITE", tensor: id, index });
    constants.set(id, { shape: tensor.shape, values, role });
    tensors.set(id, tensor);
    return id;
  }

  function at(name: string, base: string): FloatOps {
    const mismatch = (reason: string): never => {
      throw new CompilerError({ code: "SHAPE_MISMATCH", node: name, reason });
    };

    function emit(node: FloatNode, tensor: FloatTensor, terms: number): FloatId {
      const operands = operandsOf(node);
      const elements = elementsOf(tensor.shape);
      if (elements === 0) return define(base, tensor, new Float64Array(0), "structure");
      const fixed = operands.map((id) => constants.get(id));
      // A view that repeats a weight stays: the weight is committed once.
      const grows =
        node.op === "view" &&
        elements > operands.reduce((n, id) => n + elementsOf(shapeOf(id)), 0) &&
        fixed.some((it) => it?.role === "weight");
      if (fixed.every((it) => it !== undefined) && !grows) {
        folded += elements * terms;
        limit("elements of constants", known + elements, MAX_COMPUTED_ELEMENTS, name);
        limit("operations on constants", folded, MAX_PRODUCTS, name);
        const values = evaluate(
          node,
          fixed.map((it) => it.values),
          (id) => (id === node.output ? tensor.shape : shapeOf(id)),
        );
        const role = fixed.some((it) => it.role === "weight") ? "weight" : "structure";
        return define(base, tensor, values, role);
      }
      computed += elements;
      products += elements * terms;
      limit("elements", computed, MAX_COMPUTED_ELEMENTS, name);
      limit("multiplications", products, MAX_PRODUCTS, name);
      const output = fresh(base);
      tensors.set(output, tensor);
      nodes.push({ ...node, output });
      return output;
    }

    const allIntegers = (...ids: readonly FloatId[]): FloatTensor["kind"] =>
      ids.every((id) => tensorOf(id).kind === "integer") ? "integer" : "real";

    /** The operands at their common shape. */
    function aligned(...ids: readonly FloatId[]): { shape: Shape; ids: readonly FloatId[] } {
      const shape = ids.map(shapeOf).reduce((a, b) => {
        const common = broadcastShapes(a, b);
        return common ?? mismatch(`[${a.join(", ")}] and [${b.join(", ")}] cannot be broadcast`);
      });
      return { shape, ids: ids.map((id) => ops.broadcast(id, shape)) };
    }

    function binary(op: "multiply" | "divide", a: FloatId, b: FloatId): FloatId {
      const { shape, ids } = aligned(a, b);
      const [left = a, right = b] = ids;
      const kind = op === "multiply" ? allIntegers(a, b) : "real";
      return emit({ op, name, left, right, output: "" }, { shape, kind }, 1);
    }

    function reduced(op: "reduceSum" | "reduceMax", input: FloatId): FloatId {
      const shape = shapeOf(input);
      const length = shape.at(-1) ?? mismatch("it has no axis to reduce");
      const tensor = { shape: shape.slice(0, -1), kind: tensorOf(input).kind };
      if (length === 0) {
        if (op === "reduceMax") mismatch("nothing is the largest of no elements");
        return ops.broadcast(ops.constant([], [0], "structure", tensor.kind), tensor.shape);
      }
      return emit({ op, name, input, output: "" }, tensor, length);
    }

    const ops: FloatOps = {
      shapeOf,
      kindOf: (id) => tensorOf(id).kind,
      valuesOf: (id) => constants.get(id)?.values,
      isWeight: (id) => constants.get(id)?.role === "weight",
      constant(shape, values, role = "structure", kind = "real") {
        if (values.length !== elementsOf(shape)) mismatch(`${values.length} values`);
        limit("elements of constants", known + values.length, MAX_COMPUTED_ELEMENTS, name);
        return define(base, { shape, kind }, new Float64Array(values), role);
      },
      linear(input, weights, bias) {
        const [outputs = 0, inputs = 0] = shapeOf(weights);
        const shape = shapeOf(input);
        if (shape.at(-1) !== inputs || shapeOf(weights).length !== 2 || inputs === 0) {
          mismatch(`[${shape.join(", ")}] times a matrix of ${inputs} by ${outputs}`);
        }
        const tensor = { shape: [...shape.slice(0, -1), outputs], kind: "real" as const };
        return emit({ op: "linear", name, input, weights, bias, output: "" }, tensor, inputs);
      },
      matmul(left, right) {
        const [b, m, k] = shapeOf(left) as [number, number, number];
        const [b2, n, k2] = shapeOf(right) as [number, number, number];
        const isFit = b === b2 && k === k2 && k > 0;
        if (!isFit || shapeOf(left).length !== 3 || shapeOf(right).length !== 3) {
          mismatch(`[${shapeOf(left).join(", ")}] times [${shapeOf(right).join(", ")}]`);
        }
        const kind = allIntegers(left, right);
        const tensor = { shape: [b, m, n], kind };
        return emit({ op: "matmul", name, left, right, output: "" }, tensor, k);
      },
      sum(...terms) {
        const { shape, ids } = aligned(...terms.map(([id]) => id));
        const whole = terms.every(([, factor]) => Number.isInteger(factor));
        const kind = whole ? allIntegers(...ids) : "real";
        const node = {
          op: "sum",
          name,
          terms: terms.map(([id, factor], k) => ({ id: ids[k] ?? id, factor })),
          output: "",
        } as const;
        return emit(node, { shape, kind }, terms.length);
      },
      add: (left, right) => ops.sum([left, 1], [right, 1]),
      subtract: (left, right) => ops.sum([left, 1], [right, -1]),
      scale: (input, factor) => (factor === 1 ? input : ops.sum([input, factor])),
      multiply: (left, right) => binary("multiply", left, right),
      divide: (left, right) => binary("divide", left, right),
      compare(relation, a, b) {
        const { shape, ids } = aligned(a, b);
        const [left = a, right = b] = ids;
        const tensor = { shape, kind: "integer" } as const;
        return emit({ op: "compare", name, relation, left, right, output: "" }, tensor, 1);
      },
      select(c, a, b) {
        const { shape, ids } = aligned(c, a, b);
        const [condition = c, left = a, right = b] = ids;
        const tensor = { shape, kind: allIntegers(a, b) };
        return emit({ op: "select", name, condition, left, right, output: "" }, tensor, 1);
      },
      relu: (input) => emit({ op: "relu", name, input, output: "" }, tensorOf(input), 1),
      floor(input) {
        if (tensorOf(input).kind === "integer") return input;
        const tensor = { shape: shapeOf(input), kind: "integer" } as const;
        return emit({ op: "floor", name, input, output: "" }, tensor, 1);
      },
      unary(fn, input) {
        const tensor = { shape: shapeOf(input), kind: "real" } as const;
        return emit({ op: "unary", name, fn, input, output: "" }, tensor, 1);
      },
      reduceSum: (input) => reduced("reduceSum", input),
      reduceMax: (input) => reduced("reduceMax", input),
      view(inputs, shape, places) {
        const elements = elementsOf(shape);
        limit("elements", computed + elements, MAX_COMPUTED_ELEMENTS, name);
        const indices = typeof places === "function" ? new Int32Array(elements) : places;
        if (typeof places === "function") {
          for (let i = 0; i < elements; i++) indices[i] = places(i);
        }
        const total = inputs.reduce((n, id) => n + elementsOf(shapeOf(id)), 0);
        if (indices.length !== elements || indices.some((it) => it < -1 || it >= total)) {
          mismatch(`a view of ${total} elements as [${shape.join(", ")}]`);
        }
        const [first] = inputs;
        const isSame =
          inputs.length === 1 &&
          first !== undefined &&
          shapeOf(first).join() === shape.join() &&
          indices.every((it, i) => it === i);
        if (isSame) return first;
        const tensor = { shape, kind: allIntegers(...inputs) };
        return emit({ op: "view", name, inputs, indices, output: "" }, tensor, 1);
      },
      reshape(input, shape) {
        if (elementsOf(shape) !== elementsOf(shapeOf(input))) {
          mismatch(`[${shapeOf(input).join(", ")}] cannot take the shape [${shape.join(", ")}]`);
        }
        return ops.view([input], shape, (i) => i);
      },
      strided(input, shape, strides, start = 0) {
        limit("elements", computed + elementsOf(shape), MAX_COMPUTED_ELEMENTS, name);
        return ops.view([input], shape, stridedIndices(shape, strides, start));
      },
      transpose(input, permutation) {
        const from = shapeOf(input);
        const shape = permutation.map((axis) => from[axis] ?? mismatch(`axis ${axis}`));
        const strides = stridesOf(from);
        return ops.strided(
          input,
          shape,
          permutation.map((axis) => strides[axis] ?? 0),
        );
      },
      broadcast(input, shape) {
        const from = shapeOf(input);
        if (broadcastShapes(from, shape)?.join() !== shape.join()) {
          mismatch(`[${from.join(", ")}] cannot be broadcast to [${shape.join(", ")}]`);
        }
        const missing = shape.length - from.length;
        const strides = stridesOf(from);
        return ops.strided(
          input,
          shape,
          shape.map((_, axis) => (from[axis - missing] === 1 ? 0 : (strides[axis - missing] ?? 0))),
        );
      },
      concat(inputs, axis) {
        const shapes = inputs.map(shapeOf);
        const [first = []] = shapes;
        const fits = shapes.every(
          (it) => it.length === first.length && it.every((n, k) => k === axis || n === first[k]),
        );
        if (!fits || axis < 0 || axis >= first.length) {
          mismatch(`${shapes.map((it) => `[${it.join(", ")}]`).join(", ")} along axis ${axis}`);
        }
        const lengths = shapes.map((it) => it[axis] ?? 0);
        const shape = first.with(
          axis,
          lengths.reduce((a, b) => a + b, 0),
        );
        limit("elements", computed + elementsOf(shape), MAX_COMPUTED_ELEMENTS, name);
        const inner = elementsOf(shape.slice(axis + 1));
        const outer = elementsOf(shape.slice(0, axis));
        const indices = new Int32Array(elementsOf(shape));
        let at = 0;
        for (let o = 0; o < outer; o++) {
          let start = 0;
          for (const length of lengths) {
            const run = length * inner;
            for (let i = 0; i < run; i++) indices[at++] = start + o * run + i;
            start += outer * run;
          }
        }
        return ops.view(inputs, shape, indices);
      },
      slice(input, axis, start, count, step = 1) {
        const from = shapeOf(input);
        const strides = stridesOf(from);
        const stride = strides[axis] ?? mismatch(`axis ${axis}`);
        return ops.strided(
          input,
          from.with(axis, count),
          strides.with(axis, stride * step),
          start * stride,
        );
      },
      arange(count) {
        limit("elements", count, MAX_COMPUTED_ELEMENTS, name);
        const values = new Float64Array(count).map((_, i) => i);
        return ops.constant([count], values, "structure", "integer");
      },
      asInteger(input) {
        if (tensorOf(input).kind === "integer") return input;
        const values = constants.get(input);
        const tensor = { shape: shapeOf(input), kind: "integer" } as const;
        if (values !== undefined) return define(base, tensor, values.values, values.role);
        const indices = Int32Array.from({ length: elementsOf(tensor.shape) }, (_, i) => i);
        return emit({ op: "view", name, inputs: [input], indices, output: "" }, tensor, 1);
      },
    };
    return ops;
  }

  return {
    at,
    input,
    finish: (graph) => ({ ...graph, input, constants, tensors, nodes }),
  };
}

function limit(of: string, count: number, most: number, node: string): void {
  if (count <= most) return;
  throw new CompilerError({
    code: "LIMIT_EXCEEDED",
    what: `${of} up to ${node}`,
    count,
    limit: most,
  });
}
