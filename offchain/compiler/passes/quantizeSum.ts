import type { FloatId, FloatNode } from "../ir/floatGraph.ts";
import { signedBits } from "../ir/range.ts";
import { addOperand } from "./constants.ts";
import { pointBits } from "./pointBits.ts";
import type { Operand, Quantized, Quantizer, Target } from "./quantizer.ts";
import { finiteScale, fittingScale, largest, powerOfTwo, toInteger } from "./quantizer.ts";
import { activationTarget, narrowedSource, timesConstant } from "./rescaling.ts";
import { EXP_SETTLED, PRECISE_BITS } from "./targets.ts";

/** Bits of a multiplier of a sum whose terms have no common scale. */
const FACTOR_BITS = 28;
const MOST_FACTOR = powerOfTwo(FACTOR_BITS - 1) - 1;
/** Bits of the narrowest term's multiplier where it can hold as much as the sum. */
const HEADROOM = { activation: 18, argument: 20, output: 20 } as const;
/** Largest whole ratio of two scales at which terms are added without committed multipliers. */
const MOST_RATIO = 64;
/** Bits that a sum far beyond its scale keeps below it. */
const LEAST_SHIFT = 12;
/** Committed bits of an added constant: few elements may have many. */
const CONSTANT_BITS = { few: 24, many: 16, limit: 64 } as const;
/** Bits by which a constant of the architecture may exceed the terms beside it and be committed: sums grow by them. */
const BOUND_HEADROOM = 5;
/** Bits of one that stays a constant of the circuit: a clamp that is far beyond the samples, and left out. */
const FAR_BITS = 53;
/** Wider terms are narrowed before they are brought to another scale, and those much wider than another term. */
const WIDEST_TERM = 33;
const MOST_DIFFERENCE = 10;

/** A constant that is this many times below the other terms takes no part in a softmax, so none need be lower. */
const MASK = 2;

type Sum = FloatNode & { op: "sum" };
type Computed = { readonly factor: number; readonly source: Quantized; readonly id: FloatId };

/**
 * Lowers a sum: exactly where its terms share a scale, else by a combination with committed multipliers that is rescaled
 * to the target.
 *
 * @param target how its consumers want it, or `undefined` where the exact sum will do
 */
export function quantizeSum(
  node: Sum,
  target: Target | undefined,
  quantizer: Quantizer,
): Quantized {
  const computed: Computed[] = [];
  const known: Operand[] = [];
  for (const { id, factor } of node.terms) {
    const operand = quantizer.constantOf(id);
    if (operand !== undefined) known.push(multiplied(operand, factor));
    else if (factor !== 0) computed.push({ factor, id, source: quantizer.quantizedOf(id) });
  }
  if (quantizer.isMaskable(node.output)) {
    const least = -MASK * largestTerm(computed);
    known.forEach((operand, k) => {
      const values = operand.values.map((it) => Math.max(it, least));
      known[k] = { ...operand, id: `${operand.id} from ${least}`, values };
    });
  }
  const [first] = node.terms;
  if (computed.length === 0 && known.length === 0 && first !== undefined) {
    return timesConstant(quantizer.quantizedOf(first.id), 0n, quantizer);
  }
  return (
    exactSum(node, computed, known, quantizer) ??
    rescaledSum(node, computed, known, target ?? fallbackTarget(node, quantizer), quantizer)
  );
}

function fallbackTarget({ output }: Sum, quantizer: Quantizer): Target {
  return activationTarget(quantizer.calibrated(output), PRECISE_BITS, true);
}

/** Where all steps are small whole multiples of the smallest: integer factors, no rescale. */
function exactSum(
  node: Sum,
  computed: readonly Computed[],
  known: readonly Operand[],
  quantizer: Quantizer,
): Quantized | undefined {
  const { output } = node;
  const [first] = computed;
  if (first === undefined) return undefined;
  if (computed.length === 1 && known.length === 0) {
    const { source, factor } = first;
    const finer = { ...source, scale: source.scale * Math.abs(factor) };
    return factor > 0 ? finer : timesConstant(finer, -1n, quantizer);
  }
  const steps = computed.map(({ source, factor }) => source.scale * Math.abs(factor));
  const finest = Math.min(...steps);
  const isInteger = quantizer.graph.tensors.get(output)?.kind === "integer";
  const multiples = computed.map((it, k) => ({
    id: it.id,
    source: { ...it.source, scale: steps[k] ?? finest },
  }));
  const finer = isInteger ? 0 : pointBits(multiples, known, finest, quantizer);
  const unit = finest / powerOfTwo(finer);
  const ratios = steps.map((it) => it / unit);
  // Whole numbers are never rounded, whatever their factors.
  const most = isInteger ? 2 ** 40 : MOST_RATIO * powerOfTwo(finer);
  if (!ratios.every((it) => Number.isInteger(it) && it <= most)) return undefined;

  const shape = quantizer.shapeOf(output);
  const width = Math.max(
    ...computed.map(({ source }, k) => signedBits(source.range) + Math.log2(ratios[k] ?? 1)),
  );
  const near = Math.min(CONSTANT_BITS.few, Math.ceil(width) + BOUND_HEADROOM);
  const addends = known.map((operand) => {
    const most = largest(operand.values) / unit;
    const isFixed = operand.role === "structure" && most > powerOfTwo(near - 1) - 1;
    const committed = operand.role === "structure" ? near : bitsOf(operand);
    const bits = isFixed ? FAR_BITS : committed;
    return { operand, bits, isFixed, fits: most <= powerOfTwo(bits - 1) };
  });
  if (!addends.every((it) => it.fits)) return undefined;
  const inputs = [
    ...computed.map(({ source }) => source.tensor.id),
    ...addends.map(
      ({ operand, ...to }) =>
        addOperand(`${output}.constant`, operand, shape, { ...to, scale: unit, quantizer }).id,
    ),
  ];
  const factors = [
    ...computed.map(({ factor }, k) => BigInt(Math.sign(factor) * (ratios[k] ?? 0))),
    ...addends.map(() => 1n),
  ];
  const multipliers = factors.map(
    (it) =>
      quantizer.addValues(`${output}.factor`, [1], { bits: 53, signed: true }, [it], "structure")
        .id,
  );
  const draft = { op: "combine", name: node.name, inputs, multipliers } as const;
  return quantizer.emit({ ...draft, output: { id: output, shape } }, unit);
}

/** The constant times a factor, which is another constant. */
function multiplied(operand: Operand, factor: number): Operand {
  if (factor === 1) return operand;
  const values = operand.values.map((it) => it * factor);
  return { ...operand, id: `${operand.id} ${factor}`, values };
}

/** Committed bits of an added constant. */
function bitsOf({ values }: Operand): number {
  return values.length <= CONSTANT_BITS.limit ? CONSTANT_BITS.few : CONSTANT_BITS.many;
}

/** The largest that the computed terms can be together, and the exponent at which exp has settled. */
function largestTerm(computed: readonly Computed[]): number {
  return computed.reduce((sum, { source: { range, scale }, factor }) => {
    const most = range.hi > -range.lo ? range.hi : -range.lo;
    return sum + Number(most) * scale * Math.abs(factor);
  }, EXP_SETTLED);
}

function rescaledSum(
  node: Sum,
  computed: readonly Computed[],
  known: readonly Operand[],
  target: Target,
  quantizer: Quantizer,
): Quantized {
  const { name, output } = node;
  const shape = quantizer.shapeOf(output);
  const narrow = (it: Computed, most: number): Computed =>
    signedBits(it.source.range) > most
      ? { ...it, source: narrowedSource(it.source, it.id, PRECISE_BITS, quantizer) }
      : it;
  const fitting = computed.map((it) => narrow(it, WIDEST_TERM));
  const widths = fitting.map((it) => signedBits(it.source.range));
  // A constant need not be finer than the terms beside it.
  const widest = Math.max(CONSTANT_BITS.many, ...widths);
  const constantBits = known.map((it) => Math.min(bitsOf(it), widest));
  const narrowest = Math.min(WIDEST_TERM, ...widths, ...constantBits);
  const wide = fitting.map((it) => narrow(it, Math.max(PRECISE_BITS, narrowest + MOST_DIFFERENCE)));
  const addends = known.map((operand, k) => {
    const bits = constantBits[k] ?? 0;
    return { operand, bits, step: largest(operand.values) / (powerOfTwo(bits - 1) - 1) };
  });
  const shiftFrom = (bits: number): number =>
    Math.max(1, bits - target.type.bits + HEADROOM[target.kind]);
  const productOf = (all: readonly Computed[], shift: number): number => {
    const steps = all.map((it) => Math.abs(it.factor) * it.source.scale);
    return Math.max(...steps, ...addends.map((it) => it.step)) * powerOfTwo(shift);
  };
  // Terms whose types hold far more than a scale that cannot give way are narrowed to what the samples reach.
  const isFree = target.kind === "activation";
  const isOver = (all: readonly Computed[], by: number): boolean =>
    !isFree && Math.ceil(productOf(all, by) / target.scale) > MOST_FACTOR;
  const isFar = isOver(wide, shiftFrom(narrowest));
  const terms = isFar ? wide.map((it) => narrow(it, PRECISE_BITS)) : wide;
  let shift = shiftFrom(isFar ? Math.min(narrowest, PRECISE_BITS) : narrowest);
  while (shift > LEAST_SHIFT && isOver(terms, shift)) shift--;
  const scale = fittingScale(name, target, productOf(terms, shift), MOST_FACTOR);
  const unit = finiteScale(name, scale / powerOfTwo(shift));

  const inputs: string[] = [];
  const multipliers: string[] = [];
  const add = (id: string, multiplier: number): void => {
    inputs.push(id);
    const value = toInteger(multiplier, MOST_FACTOR);
    const type = { bits: FACTOR_BITS, signed: true };
    multipliers.push(quantizer.addValues(`${output}.multiplier`, [1], type, [value], "weight").id);
  };
  for (const { source, factor } of terms) add(source.tensor.id, (factor * source.scale) / unit);
  for (const { operand, bits, step } of addends) {
    // As for weights: the constant's scale matches a whole multiplier.
    const multiplier = Math.max(1, Math.ceil(step / unit));
    const to = { scale: finiteScale(name, multiplier * unit), bits, quantizer };
    add(addOperand(`${output}.constant`, operand, shape, to).id, multiplier);
  }
  const accumulator = quantizer.emit(
    { op: "combine", name, inputs, multipliers, output: { id: `${output}.accumulator`, shape } },
    unit,
  );
  const { type, relu } = target;
  return quantizer.emit(
    {
      op: "rescale",
      name,
      input: accumulator.tensor.id,
      multiplier: undefined,
      shift,
      relu,
      output: { id: output, shape, type },
    },
    scale,
  );
}
