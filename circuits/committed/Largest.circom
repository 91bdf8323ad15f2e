pragma circom 2.2.0;

/// @title Largest
/// @notice Refuses an `out` that is none of the elements of its row; it is their largest where no difference is negative.
/// @param rows, length Shape; 1 < length.
/// @input in Row-major.
/// @input out For each row an element; constrained here to be one of them.
/// @output differences out - in, row-major; **to be range-checked**, which makes out the largest.
/// @constraints rows * (length - 1)
template Largest(rows, length) {
    assert(1 < length);

    signal input in[rows * length];
    signal input out[rows];
    signal output differences[rows * length];

    signal product[rows][length];
    for (var r = 0; r < rows; r++) {
        for (var i = 0; i < length; i++) {
            differences[r * length + i] <== out[r] - in[r * length + i];
        }
        product[r][0] <== out[r] - in[r * length];
        for (var i = 1; i < length; i++) {
            product[r][i] <== product[r][i - 1] * (out[r] - in[r * length + i]);
        }
        product[r][length - 1] === 0;
    }
}
