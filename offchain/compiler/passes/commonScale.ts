import type { FloatId } from "../ir/floatGraph.ts";
import type { IntegerType } from "../ir/integerGraph.ts";
import { rangeOfType, signedBits } from "../ir/range.ts";
import { CONSTANT_BITS, constantAt, scaleOfConstants } from "./constants.ts";
import { pointBits } from "./pointBits.ts";
import type { Operand, Quantized, Quantizer } from "./quantizer.ts";
import { largest } from "./quantizer.ts";
import { activationTarget, rescaleFrom, timesConstant } from "./rescaling.ts";
import { EXP_SETTLED, PRECISE_BITS } from "./targets.ts";

/** Largest whole ratio of two scales at which the coarser is made finer. */
const MOST_RATIO = 2 ** 24;

/** Committed bits of a mask: few, as the type of the scores grows by it, and more than the scores have. */
const MASK = { least: 17, headroom: 2 } as const;

/**
 * The tensors at one scale, exactly where their scales are whole multiples of the finest, else narrowed to the largest
 * calibrated range among them. Constants are rounded to that scale.
 *
 * @param isMaskable whether constants far below the other tensors may be any that are far enough below them
 */
export function atCommonScale(
  ids: readonly FloatId[],
  quantizer: Quantizer,
  isMaskable = false,
): readonly Quantized[] {
  const given = ids.map((id) => ({ id, operand: quantizer.constantOf(id) }));
  const sources = isMaskable ? floored(given, quantizer) : given;
  const read = sources.flatMap(({ id, operand }) =>
    operand === undefined ? [{ id, source: quantizer.quantizedOf(id) }] : [],
  );
  const computed = read.map(({ source }) => source);
  const constants = sources.flatMap(({ operand }) => (operand === undefined ? [] : [operand]));
  const finest = Math.min(...computed.map((it) => it.scale));
  const unit = finest / 2 ** (isMaskable ? 0 : pointBits(read, constants, finest, quantizer));
  const widest = Math.max(0, ...computed.map(({ range }) => signedBits(range)));
  const bits = isMaskable ? Math.max(MASK.least, widest + MASK.headroom) : CONSTANT_BITS;
  const isExact =
    computed.every(({ scale }) => Number.isInteger(scale / unit) && scale / unit <= MOST_RATIO) &&
    constants.every((it) => largest(it.values) / unit < 2 ** (bits - 1)) &&
    computed.length > 0;
  if (isExact) {
    return sources.map(({ id, operand }) => {
      if (operand !== undefined) return constantAt(id, operand, unit, quantizer, bits);
      const source = quantizer.quantizedOf(id);
      const finer = timesConstant(source, BigInt(source.scale / unit), quantizer);
      return { ...finer, scale: unit };
    });
  }
  const range = Math.max(
    ...sources.map(({ id, operand }) =>
      operand === undefined ? quantizer.calibrated(id) : largest(operand.values),
    ),
  );
  const activations = activationTarget(range, PRECISE_BITS, true);
  const scale = computed.length > 0 ? activations.scale : scaleOfConstants(range, PRECISE_BITS);
  const target = { ...activations, scale, kind: "argument" as const };
  return sources.map(({ id, operand }) =>
    operand === undefined
      ? rescaleFrom(quantizer.quantizedOf(id), id, target, quantizer)
      : constantAt(id, operand, target.scale, quantizer, isMaskable ? MASK.least : CONSTANT_BITS),
  );
}

type Source = { readonly id: FloatId; readonly operand: Operand | undefined };

/** Constants no lower than twice what the computed tensors can reach, and what `exp` settles by, if they are lower. */
function floored(sources: readonly Source[], quantizer: Quantizer): readonly Source[] {
  const reach = sources.reduce((most, { id, operand }) => {
    if (operand !== undefined) return most;
    const { range, scale } = quantizer.quantizedOf(id);
    return Math.max(most, Number(range.hi > -range.lo ? range.hi : -range.lo) * scale);
  }, 0);
  const least = -2 * (reach + EXP_SETTLED);
  return sources.map(({ id, operand }) =>
    operand === undefined
      ? { id, operand }
      : {
          id,
          operand: {
            ...operand,
            id: `${operand.id} from ${least}`,
            values: operand.values.map((it) => Math.max(it, least)),
          },
        },
  );
}

/** The narrowest type that holds all of the tensors. */
export function unionType(tensors: readonly Quantized[]): IntegerType {
  const signed = tensors.some(({ range }) => range.lo < 0n);
  if (signed) return { bits: Math.max(...tensors.map(({ range }) => signedBits(range))), signed };
  const widths = tensors.map(({ tensor }) =>
    tensor.type.signed ? tensor.type.bits : rangeOfType(tensor.type).hi.toString(2).length,
  );
  return { bits: Math.max(1, ...widths), signed };
}
