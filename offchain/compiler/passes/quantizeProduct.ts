import type { FloatId, FloatNode } from "../ir/floatGraph.ts";
import { signedBits } from "../ir/range.ts";
import { constantOfBits } from "./constants.ts";
import type { Quantized, Quantizer } from "./quantizer.ts";
import { powerOfTwo } from "./quantizer.ts";
import { narrowed, rescaleTo, saturated, timesConstant } from "./rescaling.ts";
import { PRECISE_BITS } from "./targets.ts";

/** Bits of a product before an operand is narrowed. */
const WIDEST_PRODUCT = 36;
/** Bits of a whole number before it is narrowed to be divided. */
const WIDEST_OPERAND = 20;
/** Committed bits of a factor that is a constant. */
const CONSTANT_BITS = 16;
/** Bits of a radicand. */
const RADICAND_BITS = 32;

type Binary = FloatNode & { op: "multiply" | "divide" };

/** Lowers an element-wise product, exact at the product of the scales. */
export function quantizeProduct(node: Binary, quantizer: Quantizer): Quantized {
  const [left, right] = operandsOf(node, quantizer);
  return quantizer.emit(
    {
      op: "multiply",
      name: node.name,
      left: left.tensor.id,
      right: right.tensor.id,
      output: { id: node.output, shape: quantizer.shapeOf(node.output) },
    },
    left.scale * right.scale,
  );
}

function operandsOf(
  { left, right }: Binary,
  quantizer: Quantizer,
): readonly [Quantized, Quantized] {
  const wide = [left, right].map((id) => {
    const operand = quantizer.constantOf(id);
    return operand === undefined
      ? quantizer.quantizedOf(id)
      : constantOfBits(id, operand, CONSTANT_BITS, quantizer);
  });
  const [a, b] = wide as [Quantized, Quantized];
  if (signedBits(a.range) + signedBits(b.range) <= WIDEST_PRODUCT) return [a, b];
  const narrow = (id: FloatId, it: Quantized): Quantized =>
    quantizer.constantOf(id) === undefined ? narrowed(id, PRECISE_BITS, quantizer) : it;
  return [narrow(left, a), narrow(right, b)];
}

/**
 * Lowers a quotient: whole division of 16-bit operands with as many bits after the point as a typical result needs.
 * Where the divisor may be negative, both change their signs with it; a divisor of 0 counts as the smallest one.
 */
export function quantizeQuotient(node: Binary, quantizer: Quantizer): Quantized {
  const { name, output } = node;
  const shape = quantizer.shapeOf(output);
  const [wide, given] = [node.left, node.right].map((id) => {
    const operand = quantizer.constantOf(id);
    return operand === undefined
      ? divisible(id, quantizer)
      : constantOfBits(id, operand, CONSTANT_BITS, quantizer);
  }) as [Quantized, Quantized];
  const isPositive = quantizer.signOf(node.right) === "nonNegative" || given.range.lo >= 0n;
  const [left, right] = isPositive
    ? [wide, asUnsigned(given, quantizer)]
    : withoutSign(node, wide, given, quantizer);
  const shift = Math.max(0, PRECISE_BITS + signedBits(right.range) - signedBits(left.range));
  return quantizer.emit(
    {
      op: "divide",
      name,
      left: left.tensor.id,
      right: right.tensor.id,
      shift,
      output: { id: output, shape },
    },
    left.scale / (right.scale * powerOfTwo(shift)),
  );
}

function divisible(id: FloatId, quantizer: Quantizer): Quantized {
  const source = narrowed(id, PRECISE_BITS, quantizer);
  return signedBits(source.range) > WIDEST_OPERAND ? saturated(source, id, quantizer) : source;
}

/** A tensor that the graph shows to be non-negative, with a type that says so. */
export function asUnsigned(source: Quantized, quantizer: Quantizer): Quantized {
  const { tensor, scale, range } = source;
  if (range.lo >= 0n && !tensor.type.signed) return source;
  const { shape } = tensor;
  const output = { id: `${tensor.id}.positive`, shape };
  return quantizer.emit({ op: "relu", name: tensor.id, input: tensor.id, output }, scale);
}

function withoutSign(
  { name, output }: Binary,
  left: Quantized,
  right: Quantized,
  quantizer: Quantizer,
): readonly [Quantized, Quantized] {
  const { shape } = right.tensor;
  const positive = asUnsigned(right, quantizer);
  const combine = (
    inputs: readonly string[],
    factors: readonly bigint[],
    scale: number,
  ): Quantized => {
    const multipliers = factors.map(
      (it) =>
        quantizer.addValues(`${output}.factor`, [1], { bits: 3, signed: true }, [it], "structure")
          .id,
    );
    return quantizer.emit(
      { op: "combine", name, inputs, multipliers, output: { id: `${output}.signed`, shape } },
      scale,
    );
  };
  // |b| = 2 max(b, 0) - b, which interval arithmetic does not see to be non-negative.
  const magnitude = asUnsigned(
    combine([positive.tensor.id, right.tensor.id], [2n, -1n], right.scale),
    quantizer,
  );
  const zero = timesConstant(right, 0n, quantizer);
  const isPositive = quantizer.emit(
    {
      op: "compare",
      name,
      relation: "lessOrEqual",
      left: zero.tensor.id,
      right: right.tensor.id,
      output: { id: `${output}.sign`, shape },
    },
    1,
  );
  const negated = timesConstant(left, -1n, quantizer);
  const dividend = quantizer.emit(
    {
      op: "select",
      name,
      condition: isPositive.tensor.id,
      left: left.tensor.id,
      right: negated.tensor.id,
      output: { id: `${output}.dividend`, shape },
    },
    left.scale,
  );
  return [dividend, magnitude];
}

/** Lowers a square root: a whole root of about 16 bits. */
export function quantizeRoot(
  { name, input, output }: FloatNode & { op: "unary" },
  quantizer: Quantizer,
): Quantized {
  const range = quantizer.calibrated(input);
  const scale = (range > 0 ? range : 1) / (2 ** RADICAND_BITS - 1);
  const type = { bits: RADICAND_BITS, signed: false };
  const source = asUnsigned(quantizer.quantizedOf(input), quantizer);
  const radicand = radicandOf(source, { type, scale }, quantizer);
  return quantizer.emit(
    {
      op: "sqrt",
      name,
      input: radicand.tensor.id,
      output: { id: output, shape: quantizer.shapeOf(output) },
    },
    Math.sqrt(radicand.scale),
  );
}

/** A narrow radicand is made finer by an even power of two, a wide one is rescaled. */
function radicandOf(
  source: Quantized,
  target: Pick<Parameters<typeof rescaleTo>[1], "type" | "scale">,
  quantizer: Quantizer,
): Quantized {
  const bits = signedBits(source.range);
  if (bits > RADICAND_BITS + 4) {
    return rescaleTo(source, { ...target, relu: true, kind: "activation" }, quantizer);
  }
  const even = 2 * Math.max(0, Math.floor((RADICAND_BITS - bits) / 2));
  return timesConstant(source, 1n << BigInt(even), quantizer);
}
