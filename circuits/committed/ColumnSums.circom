pragma circom 2.2.0;

/// @title ColumnSums
/// @notice The sum of each column of a matrix.
/// @param rows, columns Shape.
/// @input in Row-major.
/// @output out Sums.
/// @constraints 0
template ColumnSums(rows, columns) {
    signal input in[rows * columns];
    signal output out[columns];

    for (var i = 0; i < columns; i++) {
        var sum = 0;
        for (var r = 0; r < rows; r++) {
            sum += in[r * columns + i];
        }
        out[i] <== sum;
    }
}
