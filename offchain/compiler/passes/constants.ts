import type { FloatId } from "../ir/floatGraph.ts";
import { elementsOf } from "../ir/shape.ts";
import type { Operand, Quantized, Quantizer } from "./quantizer.ts";
import { largest, powerOfTwo, toInteger } from "./quantizer.ts";

/** Committed bits of a constant that stands beside activations. */
export const CONSTANT_BITS = 24;
/** Steps to one half from which on it is worth at most a thousandth of a scale to make it whole. */
const LEAST_HALVES = 2 ** 10;

/** By how much, in relative terms, rounding alone takes the inverse of a scale off a whole number. */
const WHOLE = 1e-12;

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
 * Whether the integers of a constant at a scale belong to the architecture, as its values do: no scale that training sets
 * is a power of two or the inverse of a whole number, like 1/127 of ones in a byte, and zeros are zeros at any.
 */
export function isStructural({ role, values }: Operand, scale: number): boolean {
  if (role !== "structure") return false;
  const inverse = 1 / scale;
  const isWhole = Math.abs(inverse - Math.round(inverse)) <= WHOLE * inverse && inverse <= 2 ** 16;
  return isWhole || Number.isInteger(Math.log2(scale)) || values.every((it) => it === 0);
}

/** How a constant is to stand in the graph. */
type Encoding = {
  readonly scale: number;
  /** Of a committed constant; values beyond saturate. */
  readonly bits: number;
  readonly quantizer: Quantizer;
  /** Whether one of the architecture stays a constant of the circuit at any scale: the matrix of a layer, say. */
  readonly isFixed?: boolean;
};

/**
 * Adds a constant at a scale, once: what a view repeats is repeated in the graph. One of the architecture is committed all
 * the same where the scale is of a training, or the circuit would be.
 */
export function addOperand(
  base: string,
  operand: Operand,
  viewed: readonly number[],
  { scale, bits, quantizer, isFixed = false }: Encoding,
): Quantized["tensor"] {
  const { id, values, shape, indices } = operand;
  const isOwn = isFixed || scale === scaleOfConstants(largest(values), bits);
  const isConstant = operand.role === "structure" && (isOwn || isStructural(operand, scale));
  const role = isConstant ? "structure" : "weight";
  const most = powerOfTwo(bits - 1) - 1;
  const integers = Array.from(values, (it) => toInteger(it / scale, most));
  // One number of the architecture is committed once.
  const isOne = role === "weight" && operand.role === "structure" && isUniform(values);
  const [kept, own] = isOne ? [integers.slice(0, 1), [1]] : [integers, shape];
  const { tensor } = quantizer.once(`${id} ${scale} ${bits}`, () => {
    const added = quantizer.addValues(base, own, { bits, signed: true }, kept, role);
    return { tensor: added, scale, range: quantizer.rangeOf(added.id) };
  });
  const isAsViewed = indices === undefined && elementsOf(own) === elementsOf(viewed);
  if (isAsViewed) return tensor;
  const placesOf = (elements: number): Int32Array => {
    if (isOne) return indices?.map((it) => Math.min(it, 0)) ?? new Int32Array(elements);
    if (indices === undefined) throw new Error("unreachable: a constant has its own shape");
    return indices;
  };
  return quantizer.emit(
    {
      op: "view",
      name: base,
      inputs: [tensor.id],
      indices: placesOf(elementsOf(viewed)),
      output: { id: `${base}.view`, shape: viewed },
    },
    scale,
  ).tensor;
}

function isUniform(values: ArrayLike<number>): boolean {
  return values.length > 1 && Array.prototype.every.call(values, (it) => it === values[0]);
}
