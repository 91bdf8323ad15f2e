pragma circom 2.2.0;

include "../layers/PackTiles.circom";
include "ColumnSums.circom";
include "Horner.circom";
include "TileSums.circom";

/// @title StructuredCheck
/// @notice Refuses sums other than multiplier * (bias[o] + sum over i of in[r, i] * weights[o, i]), all at once at a
/// challenge b, where in[r, i] is element e(r, i) of some tensor, or 0, and power(e(r, i)) = row(r) + column(i).
/// @dev Row r and tile k of the sums, laid side by side, are weighted by b^row(r) * s^k, s = b^stride, with an exponent for
/// each: a false sum makes a polynomial in b that is not 0 and has fewer than stride * tiles + stride zeros. On the other
/// side, sum over r of b^row(r) * in[r, i] is b^-column(i) times the sum of elements that each were weighted by their own
/// power once (`Weighted`), however many rows they are in; everything is multiplied by b^scale, scale the largest column(i).
/// So a convolution costs a product an element, a weight column and a row of tiles, and none for each of its products.
/// @param rows, inputs, outputs, bits, tile as in `PackTiles`, whose tiles here have one row.
/// @param exponents row(r), all different, the least of them 0.
/// @param places scale - column(i).
/// @param most Largest of them.
/// @param scale Largest column(i), 0 or more.
/// @param stride Larger than each row(r).
/// @param count Number of powers: more than each exponent, and than the stride where there are several tiles.
/// @input weighted in[r, i] * b^power(e(r, i)).
/// @input weights, bias, multiplier, sums as in `TiledCheck`, and **fixed before b**, as `in` is.
/// @input powers b^0, b^1, ... (`Powers`).
/// @constraints with t tiles in a row and g different places other than 0: t * (inputs + rows + 1) + g, less 1, and 3 where
/// scale > 0; 2 less without a bias, and 1 less where the multiplier is a constant
template StructuredCheck(rows, inputs, outputs, bits, tile, exponents, places, most, scale, stride, count) {
    var wide = (outputs + tile - 1) \ tile;

    signal input weighted[rows * inputs];
    signal input weights[outputs * inputs];
    signal input bias[outputs];
    signal input multiplier[1];
    signal input sums[rows * outputs];
    signal input powers[count];

    var point = wide == 1 ? 0 : stride;

    // Columns of weights, combined.
    component packed = PackTiles(1, inputs, outputs, bits, 1, tile);
    for (var i = 0; i < inputs; i++) {
        packed.a[i] <== 0;
    }
    packed.b <== weights;
    signal columns[inputs] <== Horner(wide, inputs)(packed.columns, powers[point]);
    signal combined[inputs] <== ColumnSums(rows, inputs)(weighted);
    signal products[inputs];
    for (var i = 0; i < inputs; i++) {
        products[i] <== columns[i] * combined[i];
    }
    signal groups[most + 1];
    var left = 0;
    for (var e = 0; e <= most; e++) {
        var group = 0;
        for (var i = 0; i < inputs; i++) {
            if (places[i] == e) {
                group += products[i];
            }
        }
        groups[e] <== group * powers[e];
        left += groups[e];
    }

    // The bias, in each row.
    signal biasTiles[wide] <== TileSums(1, outputs, bits, 1, tile)(bias);
    signal biasTerms[wide][1];
    var rowPowers = 0;
    for (var r = 0; r < rows; r++) {
        rowPowers += powers[exponents[r]];
    }
    for (var k = 0; k < wide; k++) {
        biasTerms[k][0] <== biasTiles[k];
    }
    signal biasColumn[1] <== Horner(wide, 1)(biasTerms, powers[point]);
    signal biasSum <== biasColumn[0] * rowPowers;
    signal scaledBias <== biasSum * powers[scale];

    // What is claimed.
    signal tiles[rows * wide] <== TileSums(rows, outputs, bits, 1, tile)(sums);
    signal terms[wide][rows];
    for (var r = 0; r < rows; r++) {
        for (var k = 0; k < wide; k++) {
            terms[k][r] <== tiles[r * wide + k];
        }
    }
    signal claimed[rows] <== Horner(wide, rows)(terms, powers[point]);
    signal weightedRows[rows];
    var right = 0;
    for (var r = 0; r < rows; r++) {
        weightedRows[r] <== claimed[r] * powers[exponents[r]];
        right += weightedRows[r];
    }
    signal scaled <== right * powers[scale];
    multiplier[0] * (left + scaledBias) === scaled;
}
