import type { IntegerGraph, IntegerNode, TensorId } from "../ir/integerGraph.ts";
import { inputsOf } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import type { Range } from "../ir/rescale.ts";
import { elementsOf } from "../ir/shape.ts";

/** Elements by place, `undefined` where they depend on the witness. */
export type PartlyKnown = readonly (bigint | undefined)[];

/** The values that a tensor has in the circuit itself; `undefined` where no element has one. */
export type KnownValues = (id: TensorId) => PartlyKnown | undefined;

/**
 * Finds what circom's `--O2` knows: values of constants, and what follows from them by linear constraints, such as the
 * zeros around an image. A product with such a value is no constraint.
 *
 * @param ranges of every tensor
 */
export function knownValues(
  graph: IntegerGraph,
  ranges: ReadonlyMap<TensorId, Range>,
): KnownValues {
  const known = new Map<TensorId, PartlyKnown>();
  for (const { id, values } of graph.constants) known.set(id, values);
  const sizes = new Map<TensorId, number>();
  for (const { id, shape } of [
    ...inputsOf(graph),
    ...[...graph.parameters, ...graph.constants],
    ...graph.nodes.map((it) => it.output),
  ]) {
    sizes.set(id, elementsOf(shape));
  }
  const facts: Facts = {
    known: (id) => known.get(id),
    sizeOf: (id) => lookUp(sizes, id, "integer"),
    rangeOf: (id) => lookUp(ranges, id, "integer"),
  };
  for (const node of graph.nodes) {
    const values = knownOutput(node, facts);
    if (values?.some((it) => it !== undefined) === true) known.set(node.output.id, values);
  }
  return facts.known;
}

type Facts = {
  readonly known: KnownValues;
  readonly sizeOf: (id: TensorId) => number;
  readonly rangeOf: (id: TensorId) => Range;
};

function knownOutput(node: IntegerNode, facts: Facts): PartlyKnown | undefined {
  const { known, sizeOf, rangeOf } = facts;
  const elements = elementsOf(node.output.shape);
  const fill = (valueAt: (i: number) => bigint | undefined): PartlyKnown =>
    Array.from({ length: elements }, (_, i) => valueAt(i));
  switch (node.op) {
    case "linear":
      return knownSums(node, facts);
    case "combine": {
      const terms = node.inputs.map((id, k) => ({
        values: known(id),
        multiplier: known(node.multipliers[k] ?? "")?.[0],
      }));
      if (terms.some((it) => it.multiplier !== 0n && it.values === undefined)) return undefined;
      return fill((i) =>
        terms
          .map(({ values, multiplier }) => productOf(values?.[i], multiplier))
          .reduce((sum, it) => (sum === undefined || it === undefined ? undefined : sum + it)),
      );
    }
    case "multiply": {
      const [left, right] = [known(node.left), known(node.right)];
      if (left === undefined && right === undefined) return undefined;
      return fill((i) => productOf(left?.[i], right?.[i]));
    }
    case "relu": {
      const { lo, hi } = rangeOf(node.input);
      return lo >= 0n ? known(node.input) : hi <= 0n ? fill(() => 0n) : undefined;
    }
    case "view":
      return knownElements(node, facts);
    case "compare": {
      const { lo, hi } = rangeOf(node.output.id);
      if (lo === hi && node.relation === "lessOrEqual") return fill(() => lo);
      const [left, right] = [known(node.left), known(node.right)];
      if (node.relation !== "equal") return undefined;
      if (node.left === node.right) return fill(() => 1n);
      if (left === undefined || right === undefined) return undefined;
      return fill((i) => {
        const [a, b] = [left[i], right[i]];
        return a === undefined || b === undefined ? undefined : a === b ? 1n : 0n;
      });
    }
    case "select": {
      const [left, right] = [known(node.left), known(node.right)];
      const condition = known(node.condition);
      return fill((i) => {
        if (left?.[i] === right?.[i]) return left?.[i];
        const chosen = condition?.[i];
        return chosen === undefined ? undefined : (chosen === 1n ? left : right)?.[i];
      });
    }
    case "reduceSum": {
      const values = known(node.input);
      if (values === undefined) return undefined;
      const length = sizeOf(node.input) / elements;
      return fill((row) =>
        values
          .slice(row * length, (row + 1) * length)
          .reduce((sum, it) => (sum === undefined || it === undefined ? undefined : sum + it)),
      );
    }
    case "divide": {
      const { lo, hi } = rangeOf(node.output.id);
      if (lo === hi) return fill(() => lo);
      if (rangeOf(node.right).hi > 1n) return undefined;
      return known(node.left)?.map((it) => (it === undefined ? it : it << BigInt(node.shift)));
    }
    case "lookup": {
      const [first] = node.base;
      const isFlat = node.base.every((it) => it === first) && node.slope.every((it) => it === 0n);
      return isFlat ? fill(() => first) : undefined;
    }
    case "matmul":
    case "rescale":
    case "sqrt":
    case "reduceMax":
      return undefined; // they come from bits, which are hints
    default:
      return node satisfies never;
  }
}

function productOf(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === 0n || b === 0n) return 0n;
  return a === undefined || b === undefined ? undefined : a * b;
}

function knownElements(
  { inputs, indices }: IntegerNode & { op: "view" },
  { known, sizeOf }: Facts,
): PartlyKnown | undefined {
  const sources = inputs.map(known);
  if (sources.every((it) => it === undefined) && !indices.includes(-1)) return undefined;
  const laid: (bigint | undefined)[] = [];
  inputs.forEach((id, k) => {
    const source = sources[k];
    for (let i = 0; i < sizeOf(id); i++) laid.push(source?.[i]);
  });
  return Array.from(indices, (it) => (it === -1 ? 0n : laid[it]));
}

/** Sums with constant weights of which all that counts is known. */
function knownSums(
  { input, weights, bias, output }: IntegerNode & { op: "linear" },
  { known, sizeOf }: Facts,
): PartlyKnown | undefined {
  const [matrix, values] = [known(weights), known(input)];
  const addend = bias === undefined ? undefined : known(bias);
  if (matrix === undefined || (bias !== undefined && addend === undefined)) return undefined;
  const outputs = output.shape.at(-1) ?? 1;
  const inputs = sizeOf(weights) / outputs;
  const isZero = Array.from({ length: outputs }, (_, o) =>
    matrix.slice(o * inputs, (o + 1) * inputs).every((it) => it === 0n),
  );
  if (values === undefined && !isZero.includes(true)) return undefined;
  return Array.from({ length: elementsOf(output.shape) }, (_, at) => {
    const o = at % outputs;
    let sum: bigint | undefined = addend?.[o] ?? 0n;
    if (isZero[o] === true) return sum;
    const row = ((at - o) / outputs) * inputs;
    for (let i = 0; i < inputs && sum !== undefined; i++) {
      const product = productOf(values?.[row + i], matrix[o * inputs + i]);
      sum = product === undefined ? undefined : sum + product;
    }
    return sum;
  });
}
