pragma circom 2.2.0;

/// @title Offset
/// @notice Adds a constant to each element.
/// @param n Elements.
/// @param offset The constant.
/// @input in Any field elements.
/// @output out in[i] + offset.
/// @constraints 0
template Offset(n, offset) {
    signal input in[n];
    signal output out[n];

    for (var i = 0; i < n; i++) {
        out[i] <== in[i] + offset;
    }
}
