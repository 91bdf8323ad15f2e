pragma circom 2.2.0;

/// @title PackedColumns
/// @notice The columns of a matrix, some rows of it side by side in one number: out[k][i] is the sum of
/// in[k * tile + o, i] * 2^(bits * o).
/// @param inputs Columns.
/// @param outputs Rows.
/// @param bits Width of a digit.
/// @param tile Rows side by side; those of the last tile are perhaps fewer.
/// @input in Row-major.
/// @output out Tiles of rows.
/// @constraints 0
template PackedColumns(inputs, outputs, bits, tile) {
    var wide = (outputs + tile - 1) \ tile;

    signal input in[outputs * inputs];
    signal output out[wide][inputs];

    for (var k = 0; k < wide; k++) {
        for (var i = 0; i < inputs; i++) {
            var sum = 0;
            for (var o = 0; o < tile && k * tile + o < outputs; o++) {
                sum += in[(k * tile + o) * inputs + i] * (1 << (bits * o));
            }
            out[k][i] <== sum;
        }
    }
}
