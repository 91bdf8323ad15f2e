import type { FloatNode } from "../ir/floatGraph.ts";
import { MAX_BITS, rangeOfType, signedBits } from "../ir/range.ts";
import { addOperand } from "./constants.ts";
import type { Operand, Quantized, Quantizer, Target } from "./quantizer.ts";
import { finiteScale, fittingScale, largest, powerOfTwo } from "./quantizer.ts";
import { narrowed, rescaleFrom, timesConstant } from "./rescaling.ts";
import type { ScaledInput } from "./scaleFeatures.ts";

/** Bits of the multiplier that a layer's outputs share, and its value in a layer as is expected. */
const MULTIPLIER = { bits: 6, expected: 8 } as const;
/** As above where the scale of the result is fixed by a table, whose domain the result is expected to use. */
const FIXED_MULTIPLIER_BITS = 20;
const FIXED_SHIFT_BITS = 10;
/**
 * As above where the scale is declared: the multiplier is expected at 8 for a result of 1, and has bits for results up to
 * the largest of the declared type, and 4 times as much.
 */
const OUTPUT_MULTIPLIER = { least: 20, most: 28, headroom: 5 } as const;
/** Largest result of a dot product over n terms, against the sum of the largest products: about `USAGE / √n`. */
const USAGE = 0.28;

type Linear = FloatNode & { op: "linear" };

/**
 * Lowers a layer to an exact accumulator and, where there is a target, a rescale with one multiplier.
 *
 * @param target how its consumers want it, or `undefined` for the accumulator itself
 */
export function quantizeLinear(
  node: Linear,
  target: Target | undefined,
  quantizer: Quantizer,
): Quantized {
  // Weights of several layers, as of the steps of a recurrent one, have one scale for all and are committed once.
  if (quantizer.layersOf(node.weights) > 1 && target !== undefined) {
    return rescaleFrom(layer(node, undefined, quantizer), node.output, target, quantizer);
  }
  return layer(node, target, quantizer);
}

function layer(node: Linear, target: Target | undefined, quantizer: Quantizer): Quantized {
  const scaled = quantizer.scaledInput(node);
  const source = scaled?.source ?? narrowed(node.input, quantizer.widthOf(node.input), quantizer);
  const own = quantizer.constantOf(node.weights);
  const weights = scaled === undefined ? own : own && weightsOf(own, scaled);
  const bias = node.bias === undefined ? undefined : quantizer.constantOf(node.bias);
  if (weights === undefined) throw new Error("unreachable: verifyFloat proves weights constant");
  const plan = planLayer(node, source, { weights, bias, target }, quantizer);

  const matrix = addOperand(`${node.output}.weights`, weights, quantizer.shapeOf(node.weights), {
    scale: plan.weightScale,
    bits: plan.weightBits,
    quantizer,
    isFixed: true,
  });
  const biasScale = source.scale * plan.weightScale;
  const addend =
    bias === undefined
      ? undefined
      : addOperand(`${node.output}.bias`, bias, quantizer.shapeOf(node.bias ?? ""), {
          scale: biasScale,
          bits: plan.biasBits,
          quantizer,
        });
  const shape = quantizer.shapeOf(node.output);
  const accumulator = quantizer.emit(
    {
      op: "linear",
      name: node.name,
      input: source.tensor.id,
      weights: matrix.id,
      bias: addend?.id,
      output: { id: target === undefined ? node.output : `${node.output}.accumulator`, shape },
    },
    biasScale,
  );
  if (target === undefined) return accumulator;
  const multiplier =
    plan.multiplier === undefined
      ? undefined
      : quantizer.addValues(
          `${node.output}.multiplier`,
          [1],
          { bits: plan.multiplierBits, signed: false },
          [BigInt(plan.multiplier)],
          "weight",
        );
  const input =
    plan.shift >= 1
      ? accumulator
      : timesConstant(accumulator, 1n << BigInt(1 - plan.shift), quantizer);
  return quantizer.emit(
    {
      op: "rescale",
      name: node.name,
      input: input.tensor.id,
      multiplier: multiplier?.id,
      shift: Math.max(1, plan.shift),
      relu: target.relu,
      output: { id: node.output, shape, type: target.type },
    },
    plan.scale,
  );
}

/** What a column stands for is taken into its weights. */
function weightsOf(weights: Operand, { columns, key }: ScaledInput): Operand {
  const values = weights.values.map((it, i) => it * (columns[i % columns.length] ?? 1));
  return { ...weights, id: `${weights.id} by ${key}`, values };
}

type Plan = {
  readonly weightScale: number;
  readonly weightBits: number;
  readonly biasBits: number;
  readonly shift: number;
  readonly multiplier: number | undefined;
  readonly multiplierBits: number;
  /** Of the result. */
  readonly scale: number;
};

type Layer = {
  readonly weights: Operand;
  readonly bias: Operand | undefined;
  readonly target: Target | undefined;
};

function planLayer(node: Linear, source: Quantized, layer: Layer, quantizer: Quantizer): Plan {
  const { weights, bias, target } = layer;
  const [, inputs = 1] = quantizer.shapeOf(node.weights);
  const weightBits = quantizer.widthOf(node.weights);
  const mostWeight = powerOfTwo(weightBits - 1) - 1;
  const magnitude = magnitudeOf(source);
  const dot = BigInt(inputs) * BigInt(magnitude) * BigInt(mostWeight);
  const biasBits = signedBits({ lo: -dot, hi: dot });
  const mostBias = Number(rangeOfType({ bits: biasBits, signed: true }).hi);

  // The finest weight scale at which weights and bias fit their types.
  const finest = Math.max(
    largest(weights.values) / mostWeight,
    bias === undefined ? 0 : largest(bias.values) / (source.scale * mostBias),
    Number.MIN_VALUE,
  );
  const base = { weightBits, biasBits, multiplierBits: 0 };
  if (target === undefined) {
    const weightScale = finiteScale(node.name, finest > Number.MIN_VALUE ? finest : 1);
    return { ...base, weightScale, shift: 0, multiplier: undefined, scale: 0 };
  }
  if (quantizer.weights === "public" || weights.role === "structure") {
    // Its scale is at most twice as fine, and so needs one bit more.
    return { ...base, biasBits: biasBits + 1, ...constantPlan(node, source, finest, target) };
  }

  const multiplierBits = multiplierBitsOf(target, biasBits);
  const mostMultiplier = powerOfTwo(multiplierBits) - 1;
  // From types and lengths alone: a retrained model has the same shift.
  const result = target.kind === "output" ? 1 / target.scale : largestOf(target);
  const expected = Math.log2(
    (MULTIPLIER.expected * USAGE * Math.sqrt(inputs) * magnitude * mostWeight) / result,
  );
  const shift = Math.max(
    1,
    Math.round(expected) + (target.kind === "argument" ? FIXED_SHIFT_BITS : 0),
  );
  // result scale · 2^shift = accumulator scale · multiplier
  const factor = source.scale * powerOfTwo(shift);
  const scale = fittingScale(node.name, target, factor * finest, mostMultiplier);
  // The multiplier is rounded up and the weight scale made coarser to match: it brings no error of its own.
  const multiplier = Math.min(mostMultiplier, Math.max(1, Math.ceil((finest * factor) / scale)));
  const weightScale = finiteScale(node.name, (multiplier * scale) / factor);
  return { weightBits, biasBits, multiplierBits, weightScale, shift, multiplier, scale };
}

function multiplierBitsOf(target: Target, accumulatorBits: number): number {
  if (target.kind === "activation") return MULTIPLIER.bits;
  if (target.kind === "argument") return FIXED_MULTIPLIER_BITS;
  const { least, most, headroom } = OUTPUT_MULTIPLIER;
  const wanted = Math.ceil(Math.log2(largestOf(target) * target.scale)) + headroom;
  const fitting = Math.min(most, MAX_BITS - 1 - accumulatorBits);
  return Math.max(least, Math.min(wanted, fitting));
}

function largestOf({ type }: Target): number {
  return Number(rangeOfType(type).hi);
}

/** Weights that are constants of the circuit cost nothing, whatever their width: they take in the multiplier. */
function constantPlan(
  node: Linear,
  source: Quantized,
  finest: number,
  target: Target,
): Pick<Plan, "weightScale" | "shift" | "multiplier" | "scale" | "weightBits"> {
  const { scale } = target;
  // At most twice as fine as the type of committed weights would allow.
  const shift = Math.max(-24, Math.floor(Math.log2((source.scale * finest * 1) / scale)) * -1);
  const weightScale = finiteScale(node.name, scale / (source.scale * powerOfTwo(shift)));
  return { weightScale, shift, multiplier: undefined, scale, weightBits: 40 };
}

function magnitudeOf({ range }: Quantized): number {
  const most = range.hi > -range.lo ? range.hi : -range.lo;
  return Math.max(1, Number(most));
}
