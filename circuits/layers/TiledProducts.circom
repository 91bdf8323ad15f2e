pragma circom 2.2.0;

include "PackTiles.circom";
include "RowProducts.circom";

/// @title TiledProducts
/// @notice Sums of products of each row of one matrix with each row of another, a tile of them in one field element.
/// @param rows, inputs, outputs, bits, tileRows, tileOutputs as in `PackTiles`.
/// @input a, b as in `PackTiles`.
/// @output out constrained here, for each tile, row-major, to the sum of its y[r, o] * 2^(bits * (width * r + o)), width
/// that of the tile.
/// @constraints inputs for each tile
template TiledProducts(rows, inputs, outputs, bits, tileRows, tileOutputs) {
    var high = (rows + tileRows - 1) \ tileRows;
    var wide = (outputs + tileOutputs - 1) \ tileOutputs;

    signal input a[rows * inputs];
    signal input b[outputs * inputs];
    signal output out[high * wide];

    component tiles = PackTiles(rows, inputs, outputs, bits, tileRows, tileOutputs);
    tiles.a <== a;
    tiles.b <== b;

    signal sums[high][wide];
    for (var r = 0; r < high; r++) {
        sums[r] <== RowProducts(inputs, wide)(tiles.packedRows[r], tiles.columns);
        for (var k = 0; k < wide; k++) {
            out[r * wide + k] <== sums[r][k];
        }
    }
}
