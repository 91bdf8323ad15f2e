import type { FloatId, FloatNode } from "../ir/floatGraph.ts";
import { signedBits } from "../ir/range.ts";
import { elementsOf } from "../ir/shape.ts";
import { atCommonScale } from "./commonScale.ts";
import { isStructural } from "./constants.ts";
import type { Operand, Quantized, Quantizer } from "./quantizer.ts";

type Compare = FloatNode & { op: "compare" };

/** Lowers a comparison; against a constant it is exact, whatever the scale. */
export function quantizeCompare(node: Compare, quantizer: Quantizer): Quantized {
  const [left, right] = [quantizer.constantOf(node.left), quantizer.constantOf(node.right)];
  if (right !== undefined && left === undefined)
    return withThreshold(node, "right", right, quantizer);
  if (left !== undefined && right === undefined)
    return withThreshold(node, "left", left, quantizer);
  const [a, b] = atCommonScale([node.left, node.right], quantizer) as [Quantized, Quantized];
  if (node.relation !== "less")
    return emitCompare(node, node.relation, a.tensor.id, b.tensor.id, quantizer);
  const reversed = emitCompare(node, "lessOrEqual", b.tensor.id, a.tensor.id, quantizer);
  return not(node, reversed, quantizer);
}

/**
 * The constant becomes the whole number at which the comparison turns, which is one of the tensor's type or beside it; so
 * its committed width follows from the tensor's.
 */
function withThreshold(
  node: Compare,
  side: "left" | "right",
  operand: Operand,
  quantizer: Quantizer,
): Quantized {
  const other = quantizer.quantizedOf(side === "left" ? node.right : node.left);
  const { lo, hi } = other.range;
  const clamp = (value: number, least: bigint, most: bigint): bigint => {
    if (value <= Number(least)) return least;
    return value >= Number(most) ? most : BigInt(value);
  };
  const threshold = (value: number): bigint => {
    const exact = value / other.scale;
    const nearest = Math.round(exact);
    // A quotient that is off a whole number by rounding alone is that number.
    const at = Math.abs(exact - nearest) <= 1e-9 * Math.max(1, Math.abs(exact)) ? nearest : exact;
    if (node.relation === "equal") {
      return Number.isInteger(at) && at >= Number(lo) && at <= Number(hi) ? BigInt(at) : hi + 1n;
    }
    if (side === "right") {
      return clamp(node.relation === "less" ? Math.ceil(at) - 1 : Math.floor(at), lo - 1n, hi);
    }
    return clamp(node.relation === "less" ? Math.floor(at) + 1 : Math.ceil(at), lo, hi + 1n);
  };
  const integers = Array.from(operand.values, threshold);
  const role = isStructural(operand, other.scale) ? "structure" : "weight";
  const known = role === "structure" ? truthOf(node, side, integers, other) : undefined;
  if (known !== undefined) {
    const { zero, one } = bits(node.output, other.tensor.shape, quantizer);
    return known ? one : zero;
  }
  const type = { bits: signedBits({ lo: lo - 1n, hi: hi + 1n }), signed: true };
  const base = `${node.output}.threshold`;
  const values = quantizer.addValues(base, operand.shape, type, integers, role);
  const { indices } = operand;
  const shape = quantizer.shapeOf(node.output);
  const id =
    indices === undefined
      ? values.id
      : quantizer.emit(
          {
            op: "view",
            name: base,
            inputs: [values.id],
            indices,
            output: { id: `${base}.view`, shape },
          },
          1,
        ).tensor.id;
  const relation = node.relation === "equal" ? "equal" : "lessOrEqual";
  return side === "right"
    ? emitCompare(node, relation, other.tensor.id, id, quantizer)
    : emitCompare(node, relation, id, other.tensor.id, quantizer);
}

/** What the comparison yields wherever the tensor may be, if that is the same everywhere. */
function truthOf(
  { relation }: Compare,
  side: "left" | "right",
  thresholds: readonly bigint[],
  { range: { lo, hi } }: Quantized,
): boolean | undefined {
  const isOutside = (it: bigint): boolean => it < lo || it > hi;
  if (relation === "equal") return thresholds.every(isOutside) ? false : undefined;
  const [always, never] =
    side === "right"
      ? [thresholds.every((it) => hi <= it), thresholds.every((it) => it < lo)]
      : [thresholds.every((it) => it <= lo), thresholds.every((it) => hi < it)];
  return always ? true : never ? false : undefined;
}

function emitCompare(
  { name, output }: Compare,
  relation: "lessOrEqual" | "equal",
  left: string,
  right: string,
  quantizer: Quantizer,
): Quantized {
  const shape = quantizer.shapeOf(output);
  const draft = { op: "compare", name, relation, left, right } as const;
  return quantizer.emit({ ...draft, output: { id: output, shape } }, 1);
}

/** `1 - bit`. */
function not({ name, output }: Compare, bit: Quantized, quantizer: Quantizer): Quantized {
  const shape = bit.tensor.shape;
  const { zero, one } = bits(output, shape, quantizer);
  return quantizer.emit(
    {
      op: "select",
      name,
      condition: bit.tensor.id,
      left: zero.tensor.id,
      right: one.tensor.id,
      output: { id: output, shape },
    },
    1,
  );
}

/** Tensors of zeros and of ones. */
function bits(
  base: FloatId,
  shape: readonly number[],
  quantizer: Quantizer,
): { readonly zero: Quantized; readonly one: Quantized } {
  const spread = (value: bigint): Quantized => {
    const type = { bits: 1, signed: false };
    const { id } = quantizer.addValues(`${base}.bit`, [1], type, [value], "structure");
    const indices = new Int32Array(elementsOf(shape));
    const output = { id: `${base}.bits`, shape };
    return quantizer.emit({ op: "view", name: base, inputs: [id], indices, output }, 1);
  };
  return { zero: spread(0n), one: spread(1n) };
}
