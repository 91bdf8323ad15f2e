pragma circom 2.2.0;

include "../layers/TiledProducts.circom";
include "TileSums.circom";

/// @title TiledCheck
/// @notice Refuses sums other than multiplier * (bias[o] + sum over i of in[r, i] * weights[o, i]), a tile of them at once.
/// @dev A tile's difference is the sum of d[j] * 2^(bits * j) with |d[j]| < 2^bits, below 2^253 < p: it is 0 modulo p only
/// if each d[j] is 0. No challenge.
/// @param rows, inputs, outputs, bits, tileRows, tileOutputs as in `PackTiles`.
/// @input in, weights, bias assumed of such types that each true sum, times the multiplier, is one of the range from which
/// `sums` are: **soundness rests on it where sums share products**. Committed weights were range-checked when they were
/// registered.
/// @input multiplier as the others, one for all, or the constant 1.
/// @input sums assumed **range-checked**, so that two of them differ by less than 2^bits; constrained here.
/// @constraints those of `TiledProducts`, and 1 for each tile where the multiplier is no constant
template TiledCheck(rows, inputs, outputs, bits, tileRows, tileOutputs) {
    var tiles = ((rows + tileRows - 1) \ tileRows) * ((outputs + tileOutputs - 1) \ tileOutputs);

    signal input in[rows * inputs];
    signal input weights[outputs * inputs];
    signal input bias[outputs];
    signal input multiplier[1];
    signal input sums[rows * outputs];

    signal biases[rows * outputs];
    for (var i = 0; i < rows * outputs; i++) {
        biases[i] <== bias[i % outputs];
    }
    signal products[tiles] <== TiledProducts(rows, inputs, outputs, bits, tileRows, tileOutputs)(in, weights);
    signal addends[tiles] <== TileSums(rows, outputs, bits, tileRows, tileOutputs)(biases);
    signal claimed[tiles] <== TileSums(rows, outputs, bits, tileRows, tileOutputs)(sums);
    for (var t = 0; t < tiles; t++) {
        multiplier[0] * (products[t] + addends[t]) === claimed[t];
    }
}
