pragma circom 2.2.0;

include "ColumnSums.circom";
include "PackedColumns.circom";
include "TileSums.circom";
include "WeightedSum.circom";

/// @title StructuredCheck
/// @notice Refuses sums other than multiplier * (bias[o] + sum over i of in[r, i] * weights[o, i]), all at once at a
/// challenge b, where in[r, i] is element e(r, i) of some tensor, or 0, and power(e(r, i)) = row(r) + column(i).
/// @dev Row r and tile k of the sums, laid side by side, are weighted by b^(row(r) + stride * k), an exponent for each: a
/// false sum makes a polynomial in b that is not 0, and has no more zeros than its degree. On the other side, the sum over r
/// of b^row(r) * in[r, i] is b^-column(i) times the sum of elements that each were weighted by their own power once
/// (`Weighted`), however many rows they are in; so all is multiplied by b^scale, scale the largest column(i). A convolution
/// costs a product an element, a weight column and a row of tiles, and none for each of its products.
/// @param rows, inputs, outputs, bits, tile as in `PackTiles`, whose tiles here have one row.
/// @param groups Number of different columns' powers.
/// @param group For each column which of `groupPowers` is b^(scale - column(i)).
/// @input weighted in[r, i] * b^power(e(r, i)).
/// @input weights, bias, multiplier, sums as in `TiledCheck`, and **fixed before b**, as `in` is.
/// @input rowPowers b^row(r), all different, one of them 1.
/// @input tilePowers b^(stride * k), the stride larger than each row(r).
/// @input groupPowers as above.
/// @input scalePower b^scale, perhaps the constant 1.
/// @constraints with t tiles in a row and g groups that are not 1: t * (inputs + rows + 1) + g, and 2 where the scale is not
/// 1; t less without a bias, and 1 less where the multiplier is a constant
template StructuredCheck(rows, inputs, outputs, bits, tile, groups, group) {
    var wide = (outputs + tile - 1) \ tile;

    signal input weighted[rows * inputs];
    signal input weights[outputs * inputs];
    signal input bias[outputs];
    signal input multiplier[1];
    signal input sums[rows * outputs];
    signal input rowPowers[rows];
    signal input tilePowers[wide];
    signal input groupPowers[groups];
    signal input scalePower;

    // Columns of weights, combined, times the weighted sums of what they meet.
    signal packed[wide][inputs] <== PackedColumns(inputs, outputs, bits, tile)(weights);
    signal columns[inputs] <== WeightedSum(wide, inputs)(packed, tilePowers);
    signal combined[inputs] <== ColumnSums(rows, inputs)(weighted);
    signal products[inputs];
    for (var i = 0; i < inputs; i++) {
        products[i] <== columns[i] * combined[i];
    }
    signal scaledGroups[groups];
    var left = 0;
    for (var k = 0; k < groups; k++) {
        var sum = 0;
        for (var i = 0; i < inputs; i++) {
            if (group[i] == k) {
                sum += products[i];
            }
        }
        scaledGroups[k] <== sum * groupPowers[k];
        left += scaledGroups[k];
    }

    // The bias, in each row.
    signal biasTiles[wide] <== TileSums(1, outputs, bits, 1, tile)(bias);
    signal biasTerms[wide][1];
    for (var k = 0; k < wide; k++) {
        biasTerms[k][0] <== biasTiles[k];
    }
    signal biasColumn[1] <== WeightedSum(wide, 1)(biasTerms, tilePowers);
    var allRows = 0;
    for (var r = 0; r < rows; r++) {
        allRows += rowPowers[r];
    }
    signal biasSum <== biasColumn[0] * allRows;
    signal scaledBias <== biasSum * scalePower;

    // What is claimed.
    signal tiles[rows * wide] <== TileSums(rows, outputs, bits, 1, tile)(sums);
    signal terms[wide][rows];
    for (var r = 0; r < rows; r++) {
        for (var k = 0; k < wide; k++) {
            terms[k][r] <== tiles[r * wide + k];
        }
    }
    signal claimed[rows] <== WeightedSum(wide, rows)(terms, tilePowers);
    signal weightedRows[rows];
    var right = 0;
    for (var r = 0; r < rows; r++) {
        weightedRows[r] <== claimed[r] * rowPowers[r];
        right += weightedRows[r];
    }
    signal scaled <== right * scalePower;
    multiplier[0] * (left + scaledBias) === scaled;
}
