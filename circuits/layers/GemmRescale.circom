pragma circom 2.2.0;

include "../lib/RescaleDigits.circom";
include "TiledProducts.circom";

/// @title GemmRescale
/// @notice `Rescale` of bias[o] + sum over i of in[r, i] * weights[o, i], by one multiplier for all; all row-major.
/// @dev The sums of a tile are multiplied and rescaled as one number (`RescaleDigits`): what tells them apart costs
/// nothing beyond what rescales them, and the multiplier one product for a tile.
/// @param rows, inputs, outputs as in `MatMul`.
/// @param least, most Range of a sum with its bias, worst case over **every** value of the operands' types.
/// @param multiplierBits, shift, bits, signed as in `Rescale`.
/// @param tileRows, tileOutputs Rows and outputs that share their products.
/// @input in, weights, bias assumed of such types that every sum lies in [least, most]: **soundness rests on it** where
/// sums share products. Committed parameters are range-checked by `PackWords`.
/// @input multiplier assumed in [0, 2^multiplierBits), or 1; as above.
/// @output out constrained here, each to [lo, hi] of `Rescale`.
/// @constraints for each tile those of `TiledProducts`, of `RescaleDigits` and 1 where the multiplier is no constant
template GemmRescale(
    rows, inputs, outputs, least, most, multiplierBits, shift, bits, signed, tileRows, tileOutputs
) {
    var range[2] = productRange(least, most, multiplierBits);
    var plan[6] = rescalePlan(range[0], range[1], shift, bits, signed);
    var n = plan[0];
    var high = (rows + tileRows - 1) \ tileRows;
    var wide = (outputs + tileOutputs - 1) \ tileOutputs;

    signal input in[rows * inputs];
    signal input weights[outputs * inputs];
    signal input bias[outputs];
    signal input multiplier[1];
    signal output out[rows * outputs];

    signal sums[high * wide] <== TiledProducts(rows, inputs, outputs, n, tileRows, tileOutputs)(in, weights);

    component rescaled[high][wide];
    for (var r = 0; r < high; r++) {
        var height = rows - r * tileRows < tileRows ? rows - r * tileRows : tileRows;
        for (var k = 0; k < wide; k++) {
            var width = outputs - k * tileOutputs < tileOutputs ? outputs - k * tileOutputs : tileOutputs;
            var biases = 0;
            for (var j = 0; j < height * width; j++) {
                biases += bias[k * tileOutputs + j % width] * (1 << (n * j));
            }
            rescaled[r][k] = RescaleDigits(height * width, plan, shift, bits, signed);
            rescaled[r][k].in <== (sums[r * wide + k] + biases) * multiplier[0];
            for (var t = 0; t < height; t++) {
                for (var o = 0; o < width; o++) {
                    out[(r * tileRows + t) * outputs + k * tileOutputs + o] <== rescaled[r][k].out[width * t + o];
                }
            }
        }
    }
}
