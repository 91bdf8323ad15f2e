pragma circom 2.2.0;

include "MatMul.circom";

/// @title Gemm
/// @notice out[r, o] = bias[o] + sum over i of in[r, i] * weights[o, i]; all row-major.
/// @param rows, inputs, outputs, bits, tileRows, tileOutputs as in `MatMul`; `bits` without the bias.
/// @input in, weights as in `MatMul`.
/// @input bias assumed within its type, so that no sum wraps modulo p.
/// @output out constrained here to the exact sums.
/// @constraints those of `MatMul`
template Gemm(rows, inputs, outputs, bits, tileRows, tileOutputs) {
    signal input in[rows * inputs];
    signal input weights[outputs * inputs];
    signal input bias[outputs];
    signal output out[rows * outputs];

    signal product[rows * outputs] <== MatMul(rows, inputs, outputs, bits, tileRows, tileOutputs)(in, weights);
    for (var i = 0; i < rows * outputs; i++) {
        out[i] <== product[i] + bias[i % outputs];
    }
}
