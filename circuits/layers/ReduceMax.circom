pragma circom 2.2.0;

include "../lib/Maximum.circom";

/// @title ReduceMax
/// @notice The largest element of each row.
/// @param rows Number of rows.
/// @param length Elements of each.
/// @param bits as in `Maximum`.
/// @input in Row-major; assumed as in `Maximum`.
/// @output out constrained here, one for each row.
/// @constraints rows times those of `Maximum`
template ReduceMax(rows, length, bits) {
    signal input in[rows * length];
    signal output out[rows];

    // Named: an anonymous component takes no slice of an array.
    component row[rows];
    for (var r = 0; r < rows; r++) {
        row[r] = Maximum(length, bits);
        for (var i = 0; i < length; i++) {
            row[r].in[i] <== in[r * length + i];
        }
        out[r] <== row[r].out;
    }
}
