pragma circom 2.2.0;

include "../lib/Sum.circom";

/// @title ReduceSum
/// @notice The sum of each row.
/// @param rows Number of rows.
/// @param length Elements of each.
/// @input in Row-major; assumed as in `Sum`.
/// @output out constrained here, one for each row.
/// @constraints 0
template ReduceSum(rows, length) {
    signal input in[rows * length];
    signal output out[rows];

    // Named: an anonymous component takes no slice of an array.
    component row[rows];
    for (var r = 0; r < rows; r++) {
        row[r] = Sum(length);
        for (var i = 0; i < length; i++) {
            row[r].in[i] <== in[r * length + i];
        }
        out[r] <== row[r].out;
    }
}
