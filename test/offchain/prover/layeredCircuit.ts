/** Sizes of a circuit made of what a small quantized network is made of. */
export type LayeredShape = {
  /** Inputs of 8 bits; also the weights of each neuron. */
  readonly inputs: number;
  /** Neurons: a dot product of committed 8-bit weights, and a rescaled 24-bit accumulator. */
  readonly neurons: number;
  /** Poseidon hashes of two elements, chained, as for commitments. */
  readonly hashes: number;
};

/** About `neurons · (9 · inputs + 25) + 240 · hashes` constraints; three public signals. */
export function layeredCircuit({ inputs, neurons, hashes }: LayeredShape): string {
  return `pragma circom 2.2.0;
include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/poseidon.circom";

template Neuron(n) {
    signal input x[n];
    signal input w[n];
    signal output y;
    signal products[n];
    var sum = 0;
    for (var i = 0; i < n; i++) {
        _ <== Num2Bits(8)(w[i]);
        products[i] <== x[i] * w[i];
        sum += products[i];
    }
    signal bits[24] <== Num2Bits(24)(sum);
    var high = 0;
    for (var i = 8; i < 24; i++) high += bits[i] * (1 << (i - 8));
    y <== high;
}

template Main(n, m, h) {
    signal input c;
    signal input x[n];
    signal input w[m][n];
    signal output y;
    signal output sum;
    signal states[h + 1];
    var total = 0;
    signal outputs[m];
    for (var i = 0; i < m; i++) {
        outputs[i] <== Neuron(n)(x, w[i]);
        total += outputs[i];
    }
    sum <== total;
    states[0] <== total * c;
    for (var i = 0; i < h; i++) states[i + 1] <== Poseidon(2)([states[i], i]);
    y <== states[h];
}

component main {public [c]} = Main(${inputs}, ${neurons}, ${hashes});
`;
}

/** Inputs that satisfy it. */
export function layeredInputs({
  inputs,
  neurons,
}: LayeredShape): Readonly<Record<string, bigint | readonly bigint[]>> {
  const bytes = (count: number): bigint[] =>
    Array.from({ length: count }, (_, i) => BigInt((i * 151 + 37) % 256));
  return { c: 5n, x: bytes(inputs), w: bytes(inputs * neurons) };
}
