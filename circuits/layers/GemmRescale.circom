pragma circom 2.2.0;

include "RescaleTiles.circom";
include "TiledProducts.circom";

/// @title GemmRescale
/// @notice `Rescale` of bias[o] + sum over i of in[r, i] * weights[o, i], by one multiplier for all; all row-major.
/// @param rows, inputs, outputs as in `MatMul`.
/// @param least, most Range of a sum with its bias, worst case over **every** value of the operands' types.
/// @param multiplierBits, shift, bits, signed as in `Rescale`.
/// @param tileRows, tileOutputs Rows and outputs that share their products.
/// @input in, weights, bias assumed of such types that every sum lies in [least, most]: **soundness rests on it** where
/// sums share products. Committed parameters are range-checked by `PackWords`.
/// @input multiplier assumed in [0, 2^multiplierBits), or 1; as above.
/// @output out constrained here, each to [lo, hi] of `Rescale`.
/// @constraints those of `TiledProducts` and `RescaleTiles`
template GemmRescale(
    rows, inputs, outputs, least, most, multiplierBits, shift, bits, signed, tileRows, tileOutputs
) {
    var range[2] = productRange(least, most, multiplierBits);
    var plan[6] = rescalePlan(range[0], range[1], shift, bits, signed);
    var tiles = ((rows + tileRows - 1) \ tileRows) * ((outputs + tileOutputs - 1) \ tileOutputs);

    signal input in[rows * inputs];
    signal input weights[outputs * inputs];
    signal input bias[outputs];
    signal input multiplier[1];
    signal output out[rows * outputs];

    signal sums[tiles] <== TiledProducts(rows, inputs, outputs, plan[0], tileRows, tileOutputs)(in, weights);
    out <== RescaleTiles(rows, outputs, plan, shift, bits, signed, tileRows, tileOutputs)(sums, bias, multiplier[0]);
}
