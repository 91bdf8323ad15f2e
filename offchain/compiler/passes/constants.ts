import type { FloatId } from "../ir/floatGraph.ts";
import { elementsOf } from "../ir/shape.ts";
import type { Operand, Quantized, Quantizer } from "./quantizer.ts";
import { largest, powerOfTwo, toInteger } from "./quantizer.ts";

/** Committed bits of a constant that stands beside activations. */
export const CONSTANT_BITS = 24;
/** Steps to one half from which on it is worth at most a thousandth of a scale to make it whole. */
const LEAST_HALVES = 2 ** 10;

/** A constant at a scale. */
export function constantAt(
  id: FloatId,
  operand: Operand,
  scale: number,
  quantizer: Quantizer,
  bits = CONSTANT_BITS,
): Quantized {
  const tensor = addOperand(id, operand, quantizer.shapeOf(id), { scale, bits, quantizer });
  return { tensor, scale, range: quantizer.rangeOf(tensor.id) };
}

/** A constant at the finest scale at which it has so many bits; small whole numbers of the architecture as they are. */
export function constantOfBits(
  id: FloatId,
  operand: Operand,
  bits: number,
  quantizer: Quantizer,
): Quantized {
  const most = largest(operand.values);
  const isWhole = operand.role === "structure" && operand.values.every(Number.isInteger);
  if (isWhole && most < 2 ** 20) return constantAt(id, operand, 1, quantizer);
  return constantAt(id, operand, scaleOfConstants(most, bits), quantizer, bits);
}

/**
 * The finest scale, or one hardly coarser, at which values up to `most` have so many bits and one half, where classifiers
 * draw the line, is a whole number: a value that is exactly there stays there.
 */
export function scaleOfConstants(most: number, bits: number): number {
  const finest = (most > 0 ? most : 1) / (2 ** (bits - 1) - 1);
  const halves = Math.floor(0.5 / finest);
  return halves >= LEAST_HALVES ? 0.5 / halves : finest;
}

/**
 * Adds a constant at a scale, once: what a view repeats is repeated in the graph.
 *
 * @param bits of a committed constant; values beyond saturate
 */
export function addOperand(
  base: string,
  { id, values, shape, role, indices }: Operand,
  viewed: readonly number[],
  { scale, bits, quantizer }: { scale: number; bits: number; quantizer: Quantizer },
): Quantized["tensor"] {
  const most = powerOfTwo(bits - 1) - 1;
  const integers = Array.from(values, (it) => toInteger(it / scale, most));
  const { tensor } = quantizer.once(`${id} ${scale} ${bits}`, () => {
    const added = quantizer.addValues(base, shape, { bits, signed: true }, integers, role);
    return { tensor: added, scale, range: quantizer.rangeOf(added.id) };
  });
  if (indices === undefined && elementsOf(shape) === elementsOf(viewed)) return tensor;
  if (indices === undefined) throw new Error("unreachable: a constant has its own shape");
  return quantizer.emit(
    {
      op: "view",
      name: base,
      inputs: [tensor.id],
      indices,
      output: { id: `${base}.view`, shape: viewed },
    },
    scale,
  ).tensor;
}
