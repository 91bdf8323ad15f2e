pragma circom 2.2.0;

/// @title TileSums
/// @notice Lays the sums of each tile into one number: sum of in[r, o] * 2^(bits * (width * r + o)), width that of the tile.
/// @param rows, outputs, bits, tileRows, tileOutputs as in `PackTiles`.
/// @input in Row-major; assumed narrower than `bits` where the numbers are to determine them.
/// @output out Tiles, row-major.
/// @constraints 0
template TileSums(rows, outputs, bits, tileRows, tileOutputs) {
    var high = (rows + tileRows - 1) \ tileRows;
    var wide = (outputs + tileOutputs - 1) \ tileOutputs;

    signal input in[rows * outputs];
    signal output out[high * wide];

    for (var r = 0; r < high; r++) {
        for (var k = 0; k < wide; k++) {
            var sum = 0;
            for (var t = 0; t < tileRows && r * tileRows + t < rows; t++) {
                for (var o = 0; o < tileOutputs && k * tileOutputs + o < outputs; o++) {
                    sum += in[(r * tileRows + t) * outputs + k * tileOutputs + o]
                        * (1 << (bits * (tileOutputs * t + o)));
                }
            }
            out[r * wide + k] <== sum;
        }
    }
}
