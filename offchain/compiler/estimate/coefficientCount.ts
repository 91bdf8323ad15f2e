import type { IntegerGraph, IntegerNode, TensorId } from "../ir/integerGraph.ts";
import { elementsOf } from "../ir/shape.ts";

/** Coefficients of a constraint in the matrices a and b, where a circuit's parameters are witness. */
const COMMITTED = 6.8;
/** Where they are constants: of a constraint, and of each term of a sum that a constraint begins with. */
const CONSTANT = { constraint: 5, term: 4 } as const;
/** By commit-and-prove; ranges are lookups there, so that a sum stands in its limbs and not in all its bits. */
const BY_COMMITMENT = { parameter: 4, constant: 5, term: 2 } as const;

/**
 * About how many coefficients a circuit's matrices a and b have. Sums by constants cost no constraint, but stand as they are
 * in the constraints of the bit that they are solved for: with public weights these are most of a key. Within 20 % of the
 * circuits of `models/`.
 */
export function coefficientCount(graph: IntegerGraph, constraints: number): number {
  if (graph.parameters.length > 0) return Math.round(COMMITTED * constraints);
  return Math.round(CONSTANT.constraint * constraints + CONSTANT.term * sumTerms(graph));
}

/**
 * About how many a circuit of commit-and-prove has, `inputs` of whose wires are committed. Within a third of eleven circuits of
 * `models/`, which brings their keys within 16 %.
 */
export function committedCoefficients(
  graph: IntegerGraph,
  constraints: number,
  inputs: number,
): number {
  const { parameter, constant, term } = BY_COMMITMENT;
  if (graph.parameters.length > 0) return inputs + parameter * constraints;
  return Math.round(constant * constraints + term * sumTerms(graph));
}

/** Terms of all linear combinations that an operation that is not linear takes in. */
function sumTerms(graph: IntegerGraph): number {
  const values = new Map(graph.constants.map((it) => [it.id, it.values]));
  // An element of the input stands as one wire, like the result of an operation that is not linear.
  const terms = new Map<TensorId, number>();
  const termsOf = (id: TensorId): number => (values.has(id) ? 0 : (terms.get(id) ?? 1));
  let sum = 0;
  for (const node of graph.nodes) {
    const own = linearTerms(node, termsOf, values);
    terms.set(node.output.id, own ?? 1);
    if (own !== undefined) continue;
    for (const id of inputsOf(node)) {
      if (termsOf(id) > 1) sum += termsOf(id) * elementsOf(node.output.shape);
    }
  }
  return sum;
}

/** Terms of each element of a result that is a linear combination; `undefined` for any other. */
function linearTerms(
  node: IntegerNode,
  termsOf: (id: TensorId) => number,
  values: ReadonlyMap<TensorId, readonly bigint[]>,
): number | undefined {
  switch (node.op) {
    case "view":
      return node.inputs.reduce((most, id) => Math.max(most, termsOf(id)), 0);
    case "combine":
      return node.inputs.reduce((total, id) => total + termsOf(id), 0);
    case "linear": {
      const weights = values.get(node.weights);
      if (weights === undefined) return undefined;
      const outputs = node.output.shape.at(-1) ?? 1;
      const used = weights.reduce((count, it) => count + (it === 0n ? 0 : 1), 0);
      return (used / outputs) * termsOf(node.input);
    }
    default:
      return undefined;
  }
}

function inputsOf(node: IntegerNode): readonly TensorId[] {
  if ("inputs" in node) return node.inputs;
  return "input" in node ? [node.input] : [node.left, node.right];
}
