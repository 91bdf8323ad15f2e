// Constraints of a product of matrices in a circuit: one by one, packed into tiles, and by a Freivalds check of the tiles
// whose challenge is a hash of everything it quantifies over. The rescale of each sum is counted in all of them.
// Prints JSON.
//
//   npm run bench:products
import { freivaldsRescale, hashWords, linearRescale } from "../offchain/compiler/emit/templates.ts";

type Shape = {
  readonly name: string;
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
};

const SHAPES: readonly Shape[] = [
  { name: "mnist-cnn, first convolution", rows: 144, inputs: 25, outputs: 8 },
  { name: "mnist-cnn, second convolution", rows: 16, inputs: 200, outputs: 16 },
  { name: "4l_relu_conv_fc, a dense layer", rows: 1, inputs: 800, outputs: 64 },
  { name: "transformer, 32 positions of 64", rows: 32, inputs: 64, outputs: 64 },
  { name: "transformer, 128 positions of 64", rows: 128, inputs: 64, outputs: 64 },
  { name: "matrix of 128", rows: 128, inputs: 128, outputs: 128 },
  { name: "matrix of 256", rows: 256, inputs: 256, outputs: 256 },
];
const WEIGHT_BITS = 8;
const MULTIPLIER_BITS = 6;
const WORD = 253;
const LONG = 15 * 64;
/** Constraints of hashing one word of many. */
const HASHED_WORD = hashWords(4, LONG).constraints / LONG;

console.log(
  JSON.stringify({ command: "npm run bench:products", shapes: SHAPES.map(measure) }, undefined, 2),
);

function measure({ name, rows, inputs, outputs }: Shape): Record<string, number | string> {
  const most = BigInt(inputs) * 255n * 127n;
  const accumulator = { lo: -most, hi: most };
  const bits = most.toString(2).length + 1;
  const spec = { rows, inputs, outputs, accumulator, multiplierBits: MULTIPLIER_BITS, bias: true };
  const shift = Math.max(1, bits - 12);
  const output = { bits: 8, signed: false };
  const packed = linearRescale({ ...spec, weights: "signal", shift, output }).constraints;
  // What one activation costs without any product.
  const rescaled = linearRescale({
    ...spec,
    inputs: 1,
    rows: 1,
    outputs: 1,
    weights: "constant",
    shift,
    output,
  }).constraints;
  const sums = rows * outputs;
  return {
    name,
    shape: `${rows}x${inputs}x${outputs}`,
    macs: rows * inputs * outputs,
    direct: rows * inputs * outputs + sums * rescaled,
    packed,
    freivalds: freivaldsRescale({ ...spec, shift, output }).constraints,
    weights: Math.round(
      inputs * outputs * (WEIGHT_BITS + HASHED_WORD / Math.floor(WORD / WEIGHT_BITS)),
    ),
  };
}
