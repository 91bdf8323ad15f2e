pragma circom 2.2.0;

/// @title Differences
/// @notice left - right, element by element.
/// @param n Elements.
/// @input left, right Any field elements.
/// @output out left[i] - right[i].
/// @constraints 0
template Differences(n) {
    signal input left[n];
    signal input right[n];
    signal output out[n];

    for (var i = 0; i < n; i++) {
        out[i] <== left[i] - right[i];
    }
}
