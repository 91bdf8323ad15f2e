pragma circom 2.2.0;

/// @title WeightedSum
/// @notice For each of n places, the sum over k of in[k][i] * powers[k].
/// @param terms, n Shape.
/// @input in Any field elements.
/// @input powers as in; the first is the constant 1 where that saves its products.
/// @output out constrained here.
/// @constraints n * (terms - 1) where the first power is 1
template WeightedSum(terms, n) {
    signal input in[terms][n];
    signal input powers[terms];
    signal output out[n];

    signal products[terms][n];
    for (var i = 0; i < n; i++) {
        var sum = 0;
        for (var k = 0; k < terms; k++) {
            products[k][i] <== in[k][i] * powers[k];
            sum += products[k][i];
        }
        out[i] <== sum;
    }
}
