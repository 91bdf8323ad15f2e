import type { IntegerNode, Parameter, Tensor, TensorId } from "../ir/integerGraph.ts";
import { dotRange, multiplyRanges, signedBits } from "../ir/range.ts";
import type { Range } from "../ir/rescale.ts";
import { elementsOf } from "../ir/shape.ts";
import type { KnownValues } from "./knownValues.ts";
import { bitLength } from "./rescalePlan.ts";
import {
  batchMatMul,
  combine,
  constantLinear,
  divide,
  equal,
  freivaldsRescale,
  lessOrEqual,
  linear,
  linearRescale,
  lookup,
  multiply,
  reduceMax,
  reduceSum,
  relu,
  rescaleTensor,
  select,
  sqrt,
} from "./templates.ts";
import type { RescaleSpec, Template } from "./templates.ts";

/** What a template's parameters depend on. */
export type NodeFacts = {
  readonly tensorOf: (id: TensorId) => Tensor | Parameter;
  /** Worst case over all inputs and parameters of their types, which the circuit range-checks. */
  readonly rangeOf: (id: TensorId) => Range;
  readonly known: KnownValues;
  /** `undefined` for what is no constant. */
  readonly constantOf: (id: TensorId) => Parameter | undefined;
};

type NodeOf<Op extends IntegerNode["op"]> = IntegerNode & { readonly op: Op };
type Reduction = NodeOf<"reduceSum" | "reduceMax">;

/** The template that computes a node; views have none. */
export function nodeTemplate(
  node: Exclude<IntegerNode, { readonly op: "view" }>,
  facts: NodeFacts,
): Template {
  const { rangeOf, tensorOf, known } = facts;
  const elements = elementsOf(node.output.shape);
  switch (node.op) {
    case "linear": {
      const spec = linearSpec(node, facts);
      const weights = facts.constantOf(node.weights);
      if (weights !== undefined) return constantLinear(spec, weights.values);
      const sum = dotRange(rangeOf(node.input), rangeOf(node.weights), spec.inputs);
      return linear({ ...spec, bits: signedBits(sum) });
    }
    case "matmul":
      return matmulTemplate(node, facts);
    case "combine": {
      const products = node.inputs.map((id, k) =>
        known(node.multipliers[k] ?? "") === undefined ? unknownElements([id], elements, known) : 0,
      );
      const constraints = products.reduce((sum, it) => sum + it, 0);
      return { ...combine(node.inputs.length, elements), constraints };
    }
    case "multiply": {
      const constants = elements - unknownElements([node.left, node.right], elements, known);
      return multiply({ elements, constants });
    }
    case "rescale": {
      const spec = rescaleSpec(node, rangeOf(node.input), facts);
      const channels =
        node.multiplier === undefined ? 1 : elementsOf(tensorOf(node.multiplier).shape);
      const template = rescaleTensor(elements, channels, spec);
      if (spec.multiplierBits === undefined) return template;
      const linear = elements - unknownElements([node.input], elements, known);
      return { ...template, constraints: template.constraints - linear };
    }
    case "relu":
      return relu(elements, rangeOf(node.input));
    case "lookup": {
      const { lowBits, base, slope } = node;
      return lookup({ elements, input: tensorOf(node.input).type, lowBits, base, slope });
    }
    case "divide":
      return divideTemplate(node, facts);
    case "sqrt":
      return sqrt({ elements, bits: Math.max(1, bitLength(rangeOf(node.input).hi)) });
    case "compare":
      return compareTemplate(node, facts);
    case "select": {
      const [left, right, condition] = [node.left, node.right, node.condition].map(known);
      let products = 0;
      for (let i = 0; i < elements && node.left !== node.right; i++) {
        const isFixed = left?.[i] !== undefined && right?.[i] !== undefined;
        if (condition?.[i] === undefined && !isFixed) products++;
      }
      return { ...select({ elements }), constraints: products };
    }
    case "reduceSum":
      return reduceSum({ rows: elements, length: tensorOf(node.input).shape.at(-1) ?? 1 });
    case "reduceMax":
      return reduceMaxTemplate(node, facts);
    default:
      return node satisfies never;
  }
}

/**
 * The templates that compute a layer of committed weights and the rescale, by one multiplier or none, that alone reads it:
 * product by product, and with the products checked at a challenge.
 */
export function fusedTemplates(
  layer: NodeOf<"linear">,
  rescale: NodeOf<"rescale">,
  facts: NodeFacts,
): { readonly direct: Template; readonly checked: ReturnType<typeof freivaldsRescale> } {
  const { input, ...spec } = rescaleSpec(rescale, facts.rangeOf(layer.output.id), facts);
  const both = { ...linearSpec(layer, facts), ...spec, accumulator: input };
  return { direct: linearRescale(both), checked: freivaldsRescale(both) };
}

/** Shape of a product, and which of its inputs are constants. */
export function linearSpec(
  node: NodeOf<"linear">,
  { tensorOf, known }: NodeFacts,
): {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly bias: boolean;
  readonly isConstant?: (row: number, input: number) => boolean;
  readonly isZero?: (row: number, input: number) => boolean;
} {
  const [outputs = 1, inputs = 1] = tensorOf(node.weights).shape; // verifyIntegers: of rank 2
  const values = known(node.input);
  return {
    ...{ rows: elementsOf(node.output.shape) / outputs, inputs, outputs },
    bias: node.bias !== undefined,
    ...(values === undefined
      ? {}
      : {
          isConstant: (row, input) => values[row * inputs + input] !== undefined,
          isZero: (row, input) => values[row * inputs + input] === 0n,
        }),
  };
}

/** How a node rescales what lies in `input`. */
export function rescaleSpec(
  { multiplier, shift, relu: nonNegative, output }: NodeOf<"rescale">,
  input: Range,
  { tensorOf, rangeOf, constantOf }: NodeFacts,
): RescaleSpec {
  const { type } = output;
  // `0..hi` of a signed type is the unsigned type of one bit less.
  const clamped = nonNegative && type.signed ? { bits: type.bits - 1, signed: false } : type;
  const spec = { shift, output: clamped };
  if (multiplier === undefined) return { ...spec, input, multiplierBits: undefined };
  if (constantOf(multiplier) === undefined) {
    return { ...spec, input, multiplierBits: tensorOf(multiplier).type.bits };
  }
  // The products themselves are in this range.
  const products = multiplyRanges(input, rangeOf(multiplier));
  return { ...spec, input: products, multiplierBits: undefined };
}

function matmulTemplate(
  { left, right }: NodeOf<"matmul">,
  { tensorOf, rangeOf, known }: NodeFacts,
): Template {
  const [batches = 1, rows = 1, inner = 1] = tensorOf(left).shape;
  const [, columns = 1] = tensorOf(right).shape;
  const bits = signedBits(dotRange(rangeOf(left), rangeOf(right), inner));
  const template = batchMatMul({ batches, rows, inner, columns, bits });
  const [a, b] = [known(left), known(right)];
  if (a === undefined && b === undefined) return template;

  const [tileRows, tileColumns] = template.parameters.slice(-2).map(Number);
  const isKnown = (values: typeof a, first: number, count: number, k: number): boolean => {
    for (let row = first; row < first + count; row++) {
      if (values?.[row * inner + k] === undefined) return false;
    }
    return true;
  };
  let linear = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (const [row, height] of tiles(rows, tileRows)) {
      for (const [column, width] of tiles(columns, tileColumns)) {
        for (let k = 0; k < inner; k++) {
          const isLinear =
            isKnown(a, batch * rows + row, height, k) ||
            isKnown(b, batch * columns + column, width, k);
          if (isLinear) linear++;
        }
      }
    }
  }
  return { ...template, constraints: template.constraints - linear };
}

/** Start and length of each tile. */
function tiles(total: number, size = 1): readonly (readonly [start: number, length: number])[] {
  return Array.from({ length: Math.ceil(total / size) }, (_, i) => [
    i * size,
    Math.min(size, total - i * size),
  ]);
}

function divideTemplate(
  { left, right, shift, output }: NodeOf<"divide">,
  { rangeOf, known }: NodeFacts,
): Template {
  const elements = elementsOf(output.shape);
  const divisor = rangeOf(right);
  const template = divide({ elements, left: rangeOf(left), right: divisor, shift });
  if (template.constraints === 0) return template;
  // The product with the divisor, and its comparison with 0.
  const linear = elements - unknownElements([right], elements, known);
  const each = divisor.lo > 0n ? 1 : 3;
  return { ...template, constraints: template.constraints - linear * each };
}

function compareTemplate(
  { relation, left, right, output }: NodeOf<"compare">,
  { rangeOf, known }: NodeFacts,
): Template {
  const elements = elementsOf(output.shape);
  const [a, b] = [rangeOf(left), rangeOf(right)];
  if (relation === "lessOrEqual") {
    const difference = left === right ? { lo: 0n, hi: 0n } : { lo: b.lo - a.hi, hi: b.hi - a.lo };
    return lessOrEqual({ elements, difference });
  }
  const [one, other] = [known(left), known(right)];
  let products = 0;
  for (let i = 0; i < elements && left !== right; i++) {
    if (one?.[i] === undefined || other?.[i] === undefined) products += 2;
  }
  return { ...equal({ elements }), constraints: products };
}

function reduceMaxTemplate(
  { input, output }: Reduction,
  { tensorOf, rangeOf, known }: NodeFacts,
): Template {
  const rows = elementsOf(output.shape);
  const length = tensorOf(input).shape.at(-1) ?? 1;
  const { lo, hi } = rangeOf(input);
  // Only differences count.
  const bits = Math.max(1, bitLength(hi - lo));
  const template = reduceMax({ rows, length, input: { bits, signed: false } });
  const values = known(input);
  if (values === undefined || length > bits + 1) return template;
  // One after the other: of the first two, both known, the larger is linear in a bit.
  let linear = 0;
  for (let row = 0; row < rows && length > 1; row++) {
    const [first, second] = [values[row * length], values[row * length + 1]];
    if (first !== undefined && second !== undefined) linear++;
  }
  return { ...template, constraints: template.constraints - linear };
}

/** Elements for which none of the tensors is known. */
function unknownElements(ids: readonly TensorId[], elements: number, known: KnownValues): number {
  const tensors = ids.map(known);
  if (tensors.every((it) => it === undefined)) return elements;
  let count = 0;
  for (let i = 0; i < elements; i++) if (tensors.every((it) => it?.[i] === undefined)) count++;
  return count;
}
