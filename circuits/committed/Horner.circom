pragma circom 2.2.0;

/// @title Horner
/// @notice For each of several polynomials, the sum of in[k][i] * point^k.
/// @param terms Coefficients of each.
/// @param n Polynomials.
/// @input in Any field elements.
/// @input point Where they are evaluated.
/// @output out constrained here.
/// @constraints n * (terms - 1)
template Horner(terms, n) {
    assert(0 < terms);

    signal input in[terms][n];
    signal input point;
    signal output out[n];

    signal partial[terms][n];
    partial[terms - 1] <== in[terms - 1];
    for (var k = terms - 2; k >= 0; k--) {
        for (var i = 0; i < n; i++) {
            partial[k][i] <== in[k][i] + point * partial[k + 1][i];
        }
    }
    out <== partial[0];
}
