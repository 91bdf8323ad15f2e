pragma circom 2.2.0;

include "GemmRescale.circom";

/// @title MatMulRescale
/// @notice `Rescale` of the sum over i of in[r, i] * weights[o, i], by one multiplier for all; all row-major.
/// @param rows, inputs, outputs, least, most, multiplierBits, shift, bits, signed, tileRows, tileOutputs as in
/// `GemmRescale`.
/// @input in, weights, multiplier as in `GemmRescale`.
/// @output out constrained here, each to [lo, hi] of `Rescale`.
/// @constraints those of `GemmRescale`
template MatMulRescale(
    rows, inputs, outputs, least, most, multiplierBits, shift, bits, signed, tileRows, tileOutputs
) {
    signal input in[rows * inputs];
    signal input weights[outputs * inputs];
    signal input multiplier[1];
    signal output out[rows * outputs];

    signal bias[outputs];
    for (var o = 0; o < outputs; o++) {
        bias[o] <== 0;
    }
    out <== GemmRescale(
        rows, inputs, outputs, least, most, multiplierBits, shift, bits, signed, tileRows, tileOutputs
    )(in, weights, bias, multiplier);
}
