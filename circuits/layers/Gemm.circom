pragma circom 2.2.0;

include "MatMul.circom";

/// @title Gemm
/// @notice out[r, o] = bias[o] + sum over i of in[r, i] * weights[o, i]; all row-major.
/// @param rows Rows of the input.
/// @param inputs Length of a row of input and weights.
/// @param outputs Rows of the weights.
/// @input in assumed within the type that the compiler declares, so that no sum wraps modulo p.
/// @input weights assumed within their type; committed ones are range-checked by `PackWords`.
/// @input bias as weights.
/// @output out constrained here to the exact sums.
/// @constraints rows * inputs * outputs
template Gemm(rows, inputs, outputs) {
    signal input in[rows * inputs];
    signal input weights[outputs * inputs];
    signal input bias[outputs];
    signal output out[rows * outputs];

    signal product[rows * outputs] <== MatMul(rows, inputs, outputs)(in, weights);
    for (var i = 0; i < rows * outputs; i++) {
        out[i] <== product[i] + bias[i % outputs];
    }
}
