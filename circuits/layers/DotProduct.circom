pragma circom 2.2.0;

/// @title DotProduct
/// @notice out = sum of a[i] * b[i].
/// @dev Halves until short: one linear combination over thousands of terms makes the compiler quadratic.
/// @param n Length.
/// @input a assumed short enough, with b, that the sum does not wrap modulo p (`verifyIntegers` of the compiler).
/// @input b as a.
/// @output out constrained here to the sum.
/// @constraints n
template DotProduct(n) {
    assert(0 < n);

    signal input a[n];
    signal input b[n];
    signal output out;

    if (n <= 64) {
        signal products[n];
        var sum = 0;
        for (var i = 0; i < n; i++) {
            products[i] <== a[i] * b[i];
            sum += products[i];
        }
        out <== sum;
    } else {
        var half = n \ 2;
        // Named: an anonymous component takes no slice of an array.
        component left = DotProduct(half);
        component right = DotProduct(n - half);
        for (var i = 0; i < half; i++) {
            left.a[i] <== a[i];
            left.b[i] <== b[i];
        }
        for (var i = half; i < n; i++) {
            right.a[i - half] <== a[i];
            right.b[i - half] <== b[i];
        }
        out <== left.out + right.out;
    }
}
