pragma circom 2.2.0;

/// @title Monomials
/// @notice The product of each subset of the inputs; subset m holds input i where bit i of m is 1.
/// @param n Number of inputs.
/// @input in Any field elements; nothing assumed.
/// @output out constrained here to the products; out[0] = 1.
/// @constraints 2^n - 1 - n
template Monomials(n) {
    signal input in[n];
    signal output out[1 << n];

    out[0] <== 1;
    for (var i = 0; i < n; i++) {
        out[1 << i] <== in[i];
        for (var m = 1; m < (1 << i); m++) {
            out[(1 << i) + m] <== out[m] * in[i];
        }
    }
}
