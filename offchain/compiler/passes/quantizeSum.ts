import { CompilerError } from "../errors.ts";
import type { Constant, FloatNode } from "../ir/floatGraph.ts";
import type { IntegerType, TensorId } from "../ir/integerGraph.ts";
import { addRanges, multiplyRanges, rangeOfType, signedBits } from "../ir/range.ts";
import { broadcastIndices } from "../ir/shape.ts";
import type { Quantized, Quantizer, Target } from "./quantizer.ts";
import { finiteScale, fittingScale, largest, powerOfTwo, toInteger } from "./quantizer.ts";

const FACTOR = { bits: 25, signed: true } as const;
const CONSTANT = { bits: 16, signed: true } as const;

/** Bits of a multiplier when its term is as wide, and has the same range, as the sum. */
const HEADROOM = 14;
const OUTPUT_SHIFT = 8;

const MOST_FACTOR = 2 ** (FACTOR.bits - 1) - 1;
const MOST_CONSTANT = 2 ** (CONSTANT.bits - 1) - 1;

type Term = { readonly id: TensorId; readonly type: IntegerType; readonly multiplier: number };

/**
 * Lowers a sum to a combination on one accumulator and a rescale without multiplier.
 *
 * @throws {CompilerError} `OP_FORM_UNSUPPORTED` if an activation is broadcast; as `fittingScale`.
 */
export function quantizeSum(
  node: FloatNode & { op: "sum" },
  target: Target,
  quantizer: Quantizer,
): Quantized {
  const { name, output } = node;
  const { shapeOf, constantOf, quantizedOf, addParameter } = quantizer;
  const shape = shapeOf(output);
  const terms = node.terms.map(({ id, factor }) => {
    const constant = constantOf(id);
    if (constant === undefined) {
      const source = quantizedOf(id);
      return { factor, source, step: Math.abs(factor) * source.scale };
    }
    // A constant's step is the finest at which it fits its type.
    const values = spread(constant, shape);
    return { factor, values, step: (Math.abs(factor) * largest(values)) / MOST_CONSTANT };
  });
  const sources = terms.flatMap(({ source }) => (source === undefined ? [] : [source.tensor]));
  const other = sources.find((it) => it.shape.join() !== shape.join());
  if (other !== undefined) {
    const reason = `${other.id} would have to be repeated to the shape [${shape.join(", ")}]`;
    throw new CompilerError({ code: "OP_FORM_UNSUPPORTED", node: name, op: "A sum", reason });
  }

  const widest = Math.max(...sources.map((it) => it.type.bits));
  const isDeclared = target.fractionBits !== undefined;
  const shift = isDeclared ? OUTPUT_SHIFT : Math.max(1, widest - target.type.bits + HEADROOM);
  const largestStep = terms.reduce((most, { step }) => Math.max(most, step), 0);
  const scale = fittingScale(name, target, largestStep * powerOfTwo(shift), MOST_FACTOR);
  const unit = finiteScale(name, scale / powerOfTwo(shift));

  const operands = terms.map(({ factor, source, values, step }): Term => {
    const ratio = step / unit;
    if (source !== undefined) {
      const { id, type } = source.tensor;
      return { id, type, multiplier: Math.sign(factor) * Math.round(ratio) };
    }
    // As for weights: the constant's scale matches a whole multiplier.
    const multiplier = Math.max(1, Math.ceil(ratio));
    const valueScale = finiteScale(name, multiplier * unit);
    const integers = Array.from(values, (it) =>
      toInteger((factor * it) / valueScale, MOST_CONSTANT),
    );
    const id = addParameter(`${output}.constant`, shape, CONSTANT, integers);
    return { id, type: CONSTANT, multiplier };
  });
  return combine(node, operands, { shift, shape, target: { ...target, scale } }, quantizer);
}

/** Brings a tensor to the declared scale of the output, where no other node does so. */
export function quantizeOutput(
  { tensor, scale }: Quantized,
  target: Target,
  quantizer: Quantizer,
): Quantized {
  const { id, type, shape } = tensor;
  const output = quantizer.fresh(`${id}.output`);
  const product = scale * powerOfTwo(OUTPUT_SHIFT);
  fittingScale(output, target, product, MOST_FACTOR);
  const term = { id, type, multiplier: Math.round(product / target.scale) };
  const node = { name: output, output, relu: false };
  return combine(node, [term], { shift: OUTPUT_SHIFT, shape, target }, quantizer);
}

function combine(
  { name, output, relu }: { readonly name: string; readonly output: TensorId; relu: boolean },
  terms: readonly Term[],
  { shift, shape, target }: { shift: number; shape: readonly number[]; target: Target },
  { fresh, addParameter, addNode }: Quantizer,
): Quantized {
  const products = terms.map(({ type }) => multiplyRanges(rangeOfType(type), rangeOfType(FACTOR)));
  const type = { bits: signedBits(addRanges(...products)), signed: true };
  const accumulator = { id: fresh(`${output}.accumulator`), shape, type };
  const inputs = terms.map(({ id }) => id);
  const multipliers = terms.map(({ multiplier }) =>
    addParameter(`${output}.multiplier`, [1], FACTOR, [toInteger(multiplier, MOST_FACTOR)]),
  );
  addNode({ op: "combine", name, inputs, multipliers, output: accumulator });
  const tensor = { id: output, shape, type: target.type };
  const input = accumulator.id;
  addNode({ op: "rescale", name, input, multiplier: undefined, shift, relu, output: tensor });
  return { tensor, scale: target.scale };
}

/** The values of a constant at each element of the shape that it is broadcast to. */
function spread({ shape, values }: Constant, to: readonly number[]): Float64Array {
  return Float64Array.from(broadcastIndices(shape, to), (i) => values[i] ?? 0);
}
