pragma circom 2.2.0;

include "../lib/RescaleDigits.circom";

/// @title RescaleTiles
/// @notice `Rescale` of sums that come in tiles, each with a bias, by one multiplier for all.
/// @dev The sums of a tile are multiplied and rescaled as one number (`RescaleDigits`): what tells them apart costs
/// nothing beyond what rescales them, and the multiplier one product for a tile.
/// @param rows, outputs Shape of the sums.
/// @param plan `rescalePlan` of every sum with its bias, times the multiplier; its width is that of a tile's digits.
/// @param shift, bits, signed as in `Rescale`.
/// @param tileRows, tileOutputs Shape of a tile.
/// @input in For each tile, row-major, the sum of its y[r, o] * 2^(n * (width * r + o)), n the plan's width, as of
/// `TiledProducts`.
/// @input bias One for each output; assumed such that (y + bias) * multiplier is in the plan's range: **soundness rests
/// on it** where sums share a tile.
/// @input multiplier as bias.
/// @output out constrained here, row-major, each to [lo, hi] of `Rescale`.
/// @constraints for each tile those of `RescaleDigits`, and 1 where the multiplier is no constant
template RescaleTiles(rows, outputs, plan, shift, bits, signed, tileRows, tileOutputs) {
    var n = plan[0];
    var high = (rows + tileRows - 1) \ tileRows;
    var wide = (outputs + tileOutputs - 1) \ tileOutputs;

    signal input in[high * wide];
    signal input bias[outputs];
    signal input multiplier;
    signal output out[rows * outputs];

    component rescaled[high][wide];
    for (var r = 0; r < high; r++) {
        var height = rows - r * tileRows < tileRows ? rows - r * tileRows : tileRows;
        for (var k = 0; k < wide; k++) {
            var width = outputs - k * tileOutputs < tileOutputs ? outputs - k * tileOutputs : tileOutputs;
            var biases = 0;
            for (var j = 0; j < height * width; j++) {
                biases += bias[k * tileOutputs + j % width] * (1 << (n * j));
            }
            // Named: an anonymous component takes no slice of an array.
            rescaled[r][k] = RescaleDigits(height * width, plan, shift, bits, signed);
            rescaled[r][k].in <== (in[r * wide + k] + biases) * multiplier;
            for (var t = 0; t < height; t++) {
                for (var o = 0; o < width; o++) {
                    out[(r * tileRows + t) * outputs + k * tileOutputs + o] <== rescaled[r][k].out[width * t + o];
                }
            }
        }
    }
}
