pragma circom 2.2.0;

include "../lib/SignedDigits.circom";
include "TiledProducts.circom";

/// @title MatMul
/// @notice out[r, o] = sum over i of in[r, i] * weights[o, i]; all row-major.
/// @dev Sums that share products are the digits of one number, and the only ones as long as each is within `bits`; a
/// forger's operands are, too, as they are range-checked elsewhere. A sum alone needs no digits.
/// @param rows Rows of the input.
/// @param inputs Length of a row of input and weights.
/// @param outputs Rows of the weights.
/// @param bits Width of a sum, sign included.
/// @param tileRows, tileOutputs Rows and outputs that share their products; tileRows * tileOutputs * bits <= 253 unless
/// both are 1.
/// @input in assumed of such a type, with weights, that every sum lies in [-2^(bits-1), 2^(bits-1)) where sums share
/// products: **soundness rests on it**; and in any case that none wraps modulo p.
/// @input weights as in; committed ones are range-checked by `PackWords`.
/// @output out constrained here to the exact sums.
/// @constraints those of `TiledProducts`, and `bits` for each sum that does not stand alone
template MatMul(rows, inputs, outputs, bits, tileRows, tileOutputs) {
    var high = (rows + tileRows - 1) \ tileRows;
    var wide = (outputs + tileOutputs - 1) \ tileOutputs;

    signal input in[rows * inputs];
    signal input weights[outputs * inputs];
    signal output out[rows * outputs];

    signal sums[high * wide] <== TiledProducts(rows, inputs, outputs, bits, tileRows, tileOutputs)(in, weights);

    component digits[high][wide];
    for (var r = 0; r < high; r++) {
        var height = rows - r * tileRows < tileRows ? rows - r * tileRows : tileRows;
        for (var k = 0; k < wide; k++) {
            var width = outputs - k * tileOutputs < tileOutputs ? outputs - k * tileOutputs : tileOutputs;
            if (height * width == 1) {
                out[r * tileRows * outputs + k * tileOutputs] <== sums[r * wide + k];
            } else {
                digits[r][k] = SignedDigits(height * width, bits);
                digits[r][k].in <== sums[r * wide + k];
                for (var t = 0; t < height; t++) {
                    for (var o = 0; o < width; o++) {
                        out[(r * tileRows + t) * outputs + k * tileOutputs + o] <== digits[r][k].out[width * t + o];
                    }
                }
            }
        }
    }
}
