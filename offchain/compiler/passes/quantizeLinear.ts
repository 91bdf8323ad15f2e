import type { FloatNode } from "../ir/floatGraph.ts";
import { addRanges, dotRange, rangeOfType, signedBits } from "../ir/range.ts";
import type { Quantized, Quantizer, Target } from "./quantizer.ts";
import { finiteScale, fittingScale, largest, powerOfTwo, toInteger } from "./quantizer.ts";

const WEIGHT = { bits: 8, signed: true } as const;
const MULTIPLIER = { bits: 20, signed: false } as const;

/** Bits of a hidden layer's multiplier when its accumulator uses the whole range of its type. */
const HEADROOM = 6;
const OUTPUT_SHIFT = 10;

const MOST_WEIGHT = 2 ** (WEIGHT.bits - 1) - 1;
const MOST_MULTIPLIER = 2 ** MULTIPLIER.bits - 1;

/** Lowers a linear node to an exact accumulator and a rescale with one multiplier for each output. */
export function quantizeLinear(
  node: FloatNode & { op: "linear" },
  target: Target,
  quantizer: Quantizer,
): Quantized {
  const { name, output, relu } = node;
  const { shapeOf, constantOf, quantizedOf, fresh, addParameter, addNode } = quantizer;
  const source = quantizedOf(node.input);
  const [outputs = 0, inputs = 0] = shapeOf(node.weights);
  const weights = constantOf(node.weights)?.values ?? new Float64Array(); // verifyFloat: a constant
  const bias = node.bias === undefined ? undefined : constantOf(node.bias)?.values;

  const dot = dotRange(rangeOfType(source.tensor.type), rangeOfType(WEIGHT), inputs);
  const biasType = { bits: signedBits(dot), signed: true };
  const mostBias = Number(rangeOfType(biasType).hi);
  const sum = bias === undefined ? dot : addRanges(dot, rangeOfType(biasType));
  const type = { bits: signedBits(sum), signed: true };
  const isDeclared = target.fractionBits !== undefined;
  const shift = isDeclared ? OUTPUT_SHIFT : Math.max(1, type.bits - target.type.bits + HEADROOM);

  // The finest weight scale of each output at which weights and bias fit their types.
  const finest = Array.from({ length: outputs }, (_, o) => {
    const most = largest(weights.subarray(o * inputs, (o + 1) * inputs));
    return Math.max(most / MOST_WEIGHT, Math.abs(bias?.[o] ?? 0) / (source.scale * mostBias));
  });
  // accumulator scale · multiplier = target scale · 2^shift
  const factor = source.scale * powerOfTwo(shift);
  const scale = fittingScale(name, target, factor * largest(finest), MOST_MULTIPLIER);
  // The multiplier is rounded up and the weight scale made coarser to match: it brings no error of its own.
  const multipliers = finest.map((it) =>
    Math.min(MOST_MULTIPLIER, Math.max(1, Math.ceil((it * factor) / scale))),
  );
  const scales = multipliers.map((it) => finiteScale(name, (it * scale) / factor));

  const scaleOf = (index: number): number => scales[index] ?? 1;
  const integers = Array.from(weights, (it, i) =>
    toInteger(it / scaleOf(Math.floor(i / inputs)), MOST_WEIGHT),
  );
  const biases =
    bias && Array.from(bias, (it, o) => toInteger(it / (source.scale * scaleOf(o)), mostBias));
  const shape = shapeOf(output);
  const accumulator = { id: fresh(`${output}.accumulator`), shape, type };
  addNode({
    op: "linear",
    name,
    input: source.tensor.id,
    weights: addParameter(`${output}.weights`, [outputs, inputs], WEIGHT, integers),
    bias: biases && addParameter(`${output}.bias`, [outputs], biasType, biases),
    output: accumulator,
  });
  const tensor = { id: output, shape, type: target.type };
  addNode({
    op: "rescale",
    name,
    input: accumulator.id,
    multiplier: addParameter(
      `${output}.multipliers`,
      [outputs],
      MULTIPLIER,
      multipliers.map(BigInt),
    ),
    shift,
    relu,
    output: tensor,
  });
  return { tensor, scale };
}
