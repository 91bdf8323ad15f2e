pragma circom 2.2.0;

include "RowProducts.circom";

/// @title TiledProducts
/// @notice Sums of products of each row of one matrix with each row of another, several in one field element.
/// @dev With B = 2^bits, the product of sum of a[r, i] * B^(width * r) and sum of b[o, i] * B^o, summed over i, is the
/// sum of y[r, o] * B^(width * r + o), y the product of the matrices: `inputs` products for a whole tile of sums. The
/// identity holds modulo p whatever the values; who takes the sums apart must know that each is within `bits`.
/// @param rows, inputs Shape of a.
/// @param outputs Rows of b.
/// @param bits Width of a digit of the output.
/// @param tileRows, tileOutputs Rows of a and b that share their products; those at the edges are perhaps fewer.
/// tileRows * tileOutputs * bits <= 253 unless both are 1; tileOutputs divides outputs unless tileRows is 1.
/// @input a Any field elements, row-major.
/// @input b as a.
/// @output out For each tile, row-major, sum of its y[r, o] * B^(width * r + o); width is that of the tile.
/// @constraints inputs for each tile
template TiledProducts(rows, inputs, outputs, bits, tileRows, tileOutputs) {
    assert(0 < rows && 0 < inputs && 0 < outputs && 0 < tileRows && 0 < tileOutputs);
    assert(tileRows * tileOutputs == 1 || tileRows * tileOutputs * bits <= 253);
    assert(tileRows == 1 || outputs % tileOutputs == 0);

    var high = (rows + tileRows - 1) \ tileRows;
    var wide = (outputs + tileOutputs - 1) \ tileOutputs;

    signal input a[rows * inputs];
    signal input b[outputs * inputs];
    signal output out[high * wide];

    signal columns[wide][inputs];
    for (var k = 0; k < wide; k++) {
        for (var i = 0; i < inputs; i++) {
            var column = 0;
            for (var o = 0; o < tileOutputs && k * tileOutputs + o < outputs; o++) {
                column += b[(k * tileOutputs + o) * inputs + i] * (1 << (bits * o));
            }
            columns[k][i] <== column;
        }
    }

    signal packedRows[high][inputs];
    signal sums[high][wide];
    for (var r = 0; r < high; r++) {
        for (var i = 0; i < inputs; i++) {
            var row = 0;
            for (var t = 0; t < tileRows && r * tileRows + t < rows; t++) {
                row += a[(r * tileRows + t) * inputs + i] * (1 << (bits * tileOutputs * t));
            }
            packedRows[r][i] <== row;
        }
        sums[r] <== RowProducts(inputs, wide)(packedRows[r], columns);
        for (var k = 0; k < wide; k++) {
            out[r * wide + k] <== sums[r][k];
        }
    }
}
