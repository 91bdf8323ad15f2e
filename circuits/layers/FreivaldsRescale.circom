pragma circom 2.2.0;

include "../lib/Freivalds.circom";
include "PackTiles.circom";
include "RescaleTiles.circom";

/// @title FreivaldsRescale
/// @notice As `GemmRescale`, its products checked at a challenge (`Freivalds`) instead of one by one.
/// @param rows, inputs, outputs, least, most, multiplierBits, shift, bits, signed, tileRows, tileOutputs as in
/// `GemmRescale`.
/// @input in, weights, bias, multiplier as in `GemmRescale`; in and weights besides as in `Freivalds`.
/// @input seed as in `Freivalds`.
/// @output out as in `GemmRescale`, but for the probability of `Freivalds`.
/// @output digest as in `Freivalds`.
/// @constraints those of `Freivalds` for the tiles' rows and columns, and of `RescaleTiles`
template FreivaldsRescale(
    rows, inputs, outputs, least, most, multiplierBits, shift, bits, signed, tileRows, tileOutputs
) {
    var range[2] = productRange(least, most, multiplierBits);
    var plan[6] = rescalePlan(range[0], range[1], shift, bits, signed);
    var high = (rows + tileRows - 1) \ tileRows;
    var wide = (outputs + tileOutputs - 1) \ tileOutputs;

    signal input in[rows * inputs];
    signal input weights[outputs * inputs];
    signal input bias[outputs];
    signal input multiplier[1];
    signal input seed;
    signal output out[rows * outputs];
    signal output digest;

    component tiles = PackTiles(rows, inputs, outputs, plan[0], tileRows, tileOutputs);
    tiles.a <== in;
    tiles.b <== weights;

    signal sums[high * wide];
    (sums, digest) <== Freivalds(inputs, high, wide)(tiles.packedRows, tiles.columns, seed);
    out <== RescaleTiles(rows, outputs, plan, shift, bits, signed, tileRows, tileOutputs)(sums, bias, multiplier[0]);
}
