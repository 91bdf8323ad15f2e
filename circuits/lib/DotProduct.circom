pragma circom 2.2.0;

include "Sum.circom";

/// @title DotProduct
/// @notice out = sum of a[i] * b[i].
/// @dev In blocks: one linear combination over thousands of terms makes the compiler quadratic.
/// @param n Length.
/// @input a assumed short enough, with b, that the sum does not wrap modulo p (`verifyIntegers` of the compiler).
/// @input b as a.
/// @output out constrained here to the sum.
/// @constraints n
template DotProduct(n) {
    assert(0 < n);

    var blocks = (n + 63) \ 64;

    signal input a[n];
    signal input b[n];
    signal output out;

    signal products[n];
    signal sums[blocks];
    for (var block = 0; block < blocks; block++) {
        var sum = 0;
        for (var i = 64 * block; i < n && i < 64 * (block + 1); i++) {
            products[i] <== a[i] * b[i];
            sum += products[i];
        }
        sums[block] <== sum;
    }
    out <== Sum(blocks)(sums);
}
