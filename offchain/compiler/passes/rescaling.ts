import type { FloatId } from "../ir/floatGraph.ts";
import { rangeOfType, signedBits } from "../ir/range.ts";
import type { Range } from "../ir/rescale.ts";
import { constantOfBits } from "./constants.ts";
import type { Quantized, Quantizer, Target } from "./quantizer.ts";
import { fittingScale, powerOfTwo } from "./quantizer.ts";
import { PRECISE_BITS } from "./targets.ts";

/**
 * Bits of a multiplier, and how many of them are left when the target covers what the source can hold. The declared
 * output usually covers far more than its values need, so its multiplier has bits to spare below; and more of them where
 * it covers so much more that the source would be left with a multiplier of a few bits (`shiftTo`).
 */
const MULTIPLIERS = {
  activation: { bits: 26, headroom: 6 },
  argument: { bits: 28, headroom: 14 },
  output: { bits: 29, headroom: 24 },
} as const;

/** A wider tensor is narrowed before it is brought to a scale that cannot give way. */
const WIDEST_SOURCE = { activation: 62, argument: 32, output: 20 } as const;

/**
 * A tensor at the scale and within the type of the target, saturating. The shift follows from types alone; a multiplier
 * is committed.
 *
 * @throws {CompilerError} as `fittingScale`.
 */
export function rescaleTo(source: Quantized, target: Target, quantizer: Quantizer): Quantized {
  const { tensor, scale, range } = source;
  const isFree = target.kind === "activation";
  if (target.scale === scale && !isFree && fits(range, target)) return source;
  const structural = isFree ? undefined : shiftBetween(scale, target.scale);
  if (structural !== undefined) return shifted(source, structural, target, quantizer);

  const { bits: mostBits } = MULTIPLIERS[target.kind];
  const shift = shiftTo(source, target);
  // A multiplier of 2^shift leaves the scale as it is; none finer is of use to an activation.
  const bits = isFree ? Math.min(mostBits, shift + 1) : mostBits;
  const product = scale * powerOfTwo(shift);
  const most = powerOfTwo(bits) - 1;
  const wanted = fittingScale(tensor.id, target, product, most);
  const multiplier = Math.min(
    most,
    Math.max(1, isFree ? Math.floor(product / wanted) : Math.round(product / wanted)),
  );
  const { id: multiplierId } = quantizer.addValues(
    `${tensor.id}.multiplier`,
    [1],
    { bits, signed: false },
    [BigInt(multiplier)],
    "weight",
  );
  const { type, relu } = target;
  return quantizer.emit(
    {
      op: "rescale",
      name: tensor.id,
      input: tensor.id,
      multiplier: multiplierId,
      shift,
      relu,
      output: { id: `${tensor.id}.rescaled`, shape: tensor.shape, type },
    },
    isFree ? product / multiplier : target.scale,
  );
}

/**
 * By a shift as long as the source, a multiplier is what the largest of its type stands for in steps of the target: its
 * rounding moves a result by half a step at most. Where that has too many bits, the shift at which the target covers what
 * the source can hold.
 */
function shiftTo(source: Quantized, target: Target): number {
  const bits = signedBits(source.range);
  const covering = Math.max(1, bits - target.type.bits + MULTIPLIERS[target.kind].headroom);
  if (target.kind === "activation" || covering >= bits - 1) return covering;
  return isOver(source, target, bits - 1) ? covering : bits - 1;
}

/** Whether the multiplier to a scale that cannot give way would have too many bits. */
function isFarFrom(source: Quantized, target: Target): boolean {
  return target.kind !== "activation" && isOver(source, target, shiftTo(source, target));
}

function isOver({ scale }: Quantized, target: Target, shift: number): boolean {
  const multiplier = (scale * powerOfTwo(shift)) / target.scale;
  return multiplier > powerOfTwo(MULTIPLIERS[target.kind].bits) - 1;
}

/**
 * As `rescaleTo`, of a tensor that stands for the values of `id`: a wide one is narrowed to its calibrated range first, so
 * that the multiplier, whose shift must follow from types, has bits left; likewise one whose type holds so much more than
 * the target's that it would have none.
 */
export function rescaleFrom(
  source: Quantized,
  id: FloatId,
  target: Target,
  quantizer: Quantizer,
): Quantized {
  const isWide = signedBits(source.range) > WIDEST_SOURCE[target.kind];
  const isStructural = shiftBetween(source.scale, target.scale) !== undefined;
  if (isStructural || !(isWide || isFarFrom(source, target))) {
    return rescaleTo(source, target, quantizer);
  }
  const narrow = narrowedSource(source, id, PRECISE_BITS, quantizer);
  return rescaleTo(saturated(narrow, id, quantizer), target, quantizer);
}

/** A tensor that keeps its scale, as whole numbers do; of a wide type it saturates at 16 bits where the samples allow it. */
export function saturated(source: Quantized, id: FloatId, quantizer: Quantizer): Quantized {
  const signed = source.range.lo < 0n;
  const type = { bits: PRECISE_BITS, signed };
  const most = Number(rangeOfType(type).hi) * source.scale;
  if (fits(source.range, { type }) || quantizer.calibrated(id) > most) return source;
  const target = { type, scale: source.scale, relu: false, kind: "argument" as const };
  return rescaleTo(source, target, quantizer);
}

/** A tensor of at most so many bits, at the scale of its calibrated range where it has to give way. */
export function narrowed(id: FloatId, bits: number, quantizer: Quantizer): Quantized {
  const operand = quantizer.constantOf(id);
  if (operand !== undefined) return constantOfBits(id, operand, bits, quantizer);
  // What a view shows is narrowed before it is shown: once, however often.
  const isWhole = quantizer.graph.tensors.get(id)?.kind === "integer";
  const view = isWhole ? undefined : quantizer.viewOf(id);
  const [input] = view?.inputs ?? [];
  const isWide = !fits(quantizer.quantizedOf(id).range, { type: { bits, signed: true } });
  if (view === undefined || input === undefined || !isWide) {
    return narrowedSource(quantizer.quantizedOf(id), id, bits, quantizer);
  }
  const source = narrowed(input, bits, quantizer);
  const { type } = source.tensor;
  return quantizer.once(`view ${id} ${source.tensor.id}`, () => {
    const output = { id, shape: quantizer.shapeOf(id), type };
    const { name, indices } = view;
    return quantizer.emit(
      { op: "view", name, inputs: [source.tensor.id], indices, output },
      source.scale,
    );
  });
}

/** As `narrowed`, of a tensor that stands for the values of `id`. */
export function narrowedSource(
  source: Quantized,
  id: FloatId,
  bits: number,
  quantizer: Quantizer,
): Quantized {
  const signed = source.range.lo < 0n;
  if (fits(source.range, { type: { bits, signed } })) return source;
  if (quantizer.graph.tensors.get(id)?.kind === "integer") return source;
  const { lo, hi } = source.range;
  // A mask may have been calibrated at far more than what it has become.
  const most = Number(hi > -lo ? hi : -lo) * source.scale;
  const target = activationTarget(Math.min(quantizer.calibrated(id), most), bits, signed);
  return quantizer.once(`${source.tensor.id} ${bits} ${target.scale}`, () =>
    rescaleTo(source, target, quantizer),
  );
}

/** An encoding of so many bits for values up to `range`; one that is 0 on every sample has the range 1. */
export function activationTarget(
  range: number,
  bits: number,
  signed: boolean,
  relu = false,
): Target {
  const type = { bits, signed };
  const scale = (range > 0 ? range : 1) / Number(rangeOfType(type).hi);
  return { type, scale, relu, kind: "activation" };
}

/** The tensor times an integer that belongs to the architecture. */
export function timesConstant(source: Quantized, factor: bigint, quantizer: Quantizer): Quantized {
  if (factor === 1n) return source;
  const { tensor, scale } = source;
  const multiplier = quantizer.addValues(
    `${tensor.id}.factor`,
    [1],
    { bits: 62, signed: true },
    [factor],
    "structure",
  );
  return quantizer.emit(
    {
      op: "combine",
      name: tensor.id,
      inputs: [tensor.id],
      multipliers: [multiplier.id],
      output: { id: `${tensor.id}.scaled`, shape: tensor.shape },
    },
    factor === 0n ? scale : scale / Number(factor < 0n ? -factor : factor),
  );
}

function shifted(
  source: Quantized,
  shift: number,
  target: Target,
  quantizer: Quantizer,
): Quantized {
  if (shift <= 0) {
    const finer = timesConstant(source, 1n << BigInt(-shift), quantizer);
    if (fits(finer.range, target)) return { ...finer, scale: target.scale };
    const twice = timesConstant(source, 1n << BigInt(1 - shift), quantizer);
    return shifted({ ...twice, scale: target.scale / 2 }, 1, target, quantizer);
  }
  const { tensor } = source;
  const { type, relu } = target;
  const output = { id: `${tensor.id}.rescaled`, shape: tensor.shape, type };
  return quantizer.emit(
    {
      op: "rescale",
      name: tensor.id,
      input: tensor.id,
      multiplier: undefined,
      shift,
      relu,
      output,
    },
    target.scale,
  );
}

/** The whole number s with `to = from · 2^s`, if there is one. */
function shiftBetween(from: number, to: number): number | undefined {
  const shift = Math.log2(to / from);
  return Number.isInteger(shift) && Math.abs(shift) < 40 && from * 2 ** shift === to
    ? shift
    : undefined;
}

function fits(
  range: Range,
  { type, relu }: Pick<Target, "type"> & { readonly relu?: boolean },
): boolean {
  const { lo, hi } = rangeOfType(type);
  return (relu === true ? 0n : lo) <= range.lo && range.hi <= hi;
}
