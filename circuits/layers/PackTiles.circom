pragma circom 2.2.0;

/// @title PackTiles
/// @notice Packs rows of two matrices side by side, so that a product of what is packed is a tile of sums.
/// @dev With B = 2^bits, the product of sum of a[r, i] * B^(tileOutputs * r) and sum of b[o, i] * B^o, summed over i, is
/// the sum of y[r, o] * B^(tileOutputs * r + o), y the product of the matrices: a whole tile of sums for `inputs`
/// products. The identity holds modulo p whatever the values; who takes the sums apart must know that each is within
/// `bits`.
/// @param rows, inputs Shape of a.
/// @param outputs Rows of b.
/// @param bits Width of a digit.
/// @param tileRows, tileOutputs Rows of a and b that are packed; those at the edges are perhaps fewer.
/// tileRows * tileOutputs * bits <= 253 unless both are 1; tileOutputs divides outputs unless tileRows is 1.
/// @input a Any field elements, row-major.
/// @input b as a.
/// @output packedRows Rows of a, packed.
/// @output columns Rows of b, packed.
/// @constraints 0
template PackTiles(rows, inputs, outputs, bits, tileRows, tileOutputs) {
    assert(0 < rows && 0 < inputs && 0 < outputs && 0 < tileRows && 0 < tileOutputs);
    assert(tileRows * tileOutputs == 1 || tileRows * tileOutputs * bits <= 253);
    assert(tileRows == 1 || outputs % tileOutputs == 0);

    var high = (rows + tileRows - 1) \ tileRows;
    var wide = (outputs + tileOutputs - 1) \ tileOutputs;

    signal input a[rows * inputs];
    signal input b[outputs * inputs];
    signal output packedRows[high][inputs];
    signal output columns[wide][inputs];

    for (var r = 0; r < high; r++) {
        for (var i = 0; i < inputs; i++) {
            var row = 0;
            for (var t = 0; t < tileRows && r * tileRows + t < rows; t++) {
                row += a[(r * tileRows + t) * inputs + i] * (1 << (bits * tileOutputs * t));
            }
            packedRows[r][i] <== row;
        }
    }
    for (var k = 0; k < wide; k++) {
        for (var i = 0; i < inputs; i++) {
            var column = 0;
            for (var o = 0; o < tileOutputs && k * tileOutputs + o < outputs; o++) {
                column += b[(k * tileOutputs + o) * inputs + i] * (1 << (bits * o));
            }
            columns[k][i] <== column;
        }
    }
}
