pragma circom 2.2.0;

include "DotProduct.circom";

/// @title MatMul
/// @notice out[r, o] = sum over i of in[r, i] * weights[o, i]; all row-major.
/// @param rows Rows of the input.
/// @param inputs Length of a row of input and weights.
/// @param outputs Rows of the weights.
/// @input in assumed within the type that the compiler declares, so that no sum wraps modulo p.
/// @input weights assumed within their type; committed ones are range-checked by `PackWords`.
/// @output out constrained here to the exact sums.
/// @constraints rows * inputs * outputs
template MatMul(rows, inputs, outputs) {
    signal input in[rows * inputs];
    signal input weights[outputs * inputs];
    signal output out[rows * outputs];

    // Named: an anonymous component takes no slice of an array.
    component dot[rows][outputs];
    for (var r = 0; r < rows; r++) {
        for (var o = 0; o < outputs; o++) {
            dot[r][o] = DotProduct(inputs);
            for (var i = 0; i < inputs; i++) {
                dot[r][o].a[i] <== in[r * inputs + i];
                dot[r][o].b[i] <== weights[o * inputs + i];
            }
            out[r * outputs + o] <== dot[r][o].out;
        }
    }
}
