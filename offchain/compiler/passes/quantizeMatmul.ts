import type { FloatNode } from "../ir/floatGraph.ts";
import { signedBits } from "../ir/range.ts";
import { addOperand } from "./constants.ts";
import type { Operand, Quantized, Quantizer } from "./quantizer.ts";
import { largest, powerOfTwo } from "./quantizer.ts";
import { narrowed } from "./rescaling.ts";

/** Largest ratio of the largest weights of two channels at which all have one scale. */
const MOST_RATIO = 16;
/**
 * A multiplier of `2^unit` is that of the channel with the largest weights, of whose steps up to `2^finer` make one of
 * before: as many as leave `bits`, within which an added constant has room.
 */
const MULTIPLIER = { unit: 16, finer: 6, bits: 24 } as const;

type Matmul = FloatNode & { op: "matmul" };

/** Lowers a product of matrices, exact at the product of the scales but where channels have scales of their own. */
export function quantizeMatmul(node: Matmul, quantizer: Quantizer): Quantized {
  const { name } = node;
  const left = narrowed(node.left, quantizer.widthOf(node.left), quantizer);
  const weights = quantizer.constantOf(node.right);
  const multipliers = weights === undefined ? undefined : multipliersOf(weights);
  if (weights !== undefined && multipliers !== undefined) {
    return byChannel(node, left, weights, multipliers, quantizer);
  }
  const right = narrowed(node.right, quantizer.widthOf(node.right), quantizer);
  const output = { id: node.output, shape: quantizer.shapeOf(node.output) };
  const draft = { op: "matmul", name, left: left.tensor.id, right: right.tensor.id } as const;
  return quantizer.emit({ ...draft, output }, left.scale * right.scale);
}

/** One for each channel, as of a convolution in groups, if their weights `[groups, channels, inputs]` differ by far. */
function multipliersOf({ values, shape, role, indices }: Operand): readonly number[] | undefined {
  const length = shape.at(-1) ?? 1;
  if (role !== "weight" || indices !== undefined || shape.length !== 3) return undefined;
  const most = Array.from({ length: values.length / length }, (_, c) =>
    largest(values.subarray(c * length, (c + 1) * length)),
  );
  const all = largest(most);
  if (most.every((it) => it === 0 || it * MOST_RATIO >= all)) return undefined;
  return most.map((it) => Math.max(1, Math.ceil((powerOfTwo(MULTIPLIER.unit) * it) / all)));
}

function byChannel(
  node: Matmul,
  left: Quantized,
  weights: Operand,
  multipliers: readonly number[],
  quantizer: Quantizer,
): Quantized {
  const { name } = node;
  const [, , inputs = 1] = weights.shape;
  const unit = powerOfTwo(MULTIPLIER.unit);
  const bits = quantizer.widthOf(node.right);
  const scale = largest(weights.values) / (powerOfTwo(bits - 1) - 1);
  // The multipliers are rounded up, so that no channel leaves its type.
  const values = weights.values.map(
    (it, i) => (it * unit) / (multipliers[Math.floor(i / inputs)] ?? unit),
  );
  const own = { ...weights, id: `${weights.id} by channel`, values };
  const right = addOperand(node.right, own, weights.shape, { scale, bits, quantizer });
  const shape = quantizer.shapeOf(node.output);
  const [groups = 1, rows = 1, channels = 1] = shape;
  const sums = quantizer.emit(
    {
      ...{ op: "matmul", name, left: left.tensor.id, right: right.id },
      output: { id: `${node.output}.accumulator`, shape },
    },
    left.scale * scale,
  );

  const wide = signedBits(sums.range);
  const finer = Math.min(MULTIPLIER.finer, MULTIPLIER.bits - 1 - wide);
  const width = groups * channels;
  const ordered = new Int32Array(rows * width);
  const back = new Int32Array(rows * width);
  for (let i = 0; i < ordered.length; i++) {
    const [row, channel] = [Math.floor(i / width), i % width];
    const [group, column] = [Math.floor(channel / channels), channel % channels];
    const at = (group * rows + row) * channels + column;
    ordered[i] = at;
    back[at] = i;
  }
  const view = (source: Quantized, indices: Int32Array, to: string, as: readonly number[]) =>
    quantizer.emit(
      {
        ...{ op: "view", name, inputs: [source.tensor.id], indices },
        output: { id: to, shape: as, type: source.tensor.type },
      },
      source.scale,
    );
  const byRow = view(sums, ordered, `${node.output}.ordered`, [rows, width]);
  const multiplier = quantizer.addValues(
    `${node.output}.multipliers`,
    [width],
    { bits: MULTIPLIER.unit + 1, signed: false },
    multipliers.map(BigInt),
    "weight",
  );
  const rescaled = quantizer.emit(
    {
      op: "rescale",
      name,
      input: byRow.tensor.id,
      multiplier: multiplier.id,
      shift: MULTIPLIER.unit - finer,
      relu: false,
      output: {
        id: `${node.output}.rescaled`,
        shape: [rows, width],
        type: { bits: wide + finer + 1, signed: true },
      },
    },
    sums.scale / powerOfTwo(finer),
  );
  return view(rescaled, back, node.output, shape);
}
