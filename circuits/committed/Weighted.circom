pragma circom 2.2.0;

/// @title Weighted
/// @notice out[i] = in[i] * b^(i \ step): elements weighted by powers of a challenge, in blocks of `step`.
/// @param n Elements.
/// @param step Elements of one power.
/// @input in Any field elements.
/// @input powers b^0, b^1, ... (`Powers`).
/// @output out constrained here.
/// @constraints n - step, as b^0 is a constant
template Weighted(n, step) {
    signal input in[n];
    signal input powers[(n + step - 1) \ step];
    signal output out[n];

    for (var i = 0; i < n; i++) {
        out[i] <== in[i] * powers[i \ step];
    }
}
