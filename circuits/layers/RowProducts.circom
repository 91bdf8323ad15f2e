pragma circom 2.2.0;

include "../lib/DotProduct.circom";

/// @title RowProducts
/// @notice out[k] = sum of a[i] * b[k][i]: one vector with several.
/// @dev The compiler runs a template once for all its instances, but in time that grows with the square of what it
/// assigns: many short vectors are multiplied here, long ones in templates of their own.
/// @param n Length.
/// @param count Number of vectors in b.
/// @input a Any field elements.
/// @input b as a.
/// @output out constrained here to the sums modulo p.
/// @constraints count * n
template RowProducts(n, count) {
    signal input a[n];
    signal input b[count][n];
    signal output out[count];

    if (n <= 64 && n * count <= 2048) {
        signal products[count][n];
        for (var k = 0; k < count; k++) {
            var sum = 0;
            for (var i = 0; i < n; i++) {
                products[k][i] <== a[i] * b[k][i];
                sum += products[k][i];
            }
            out[k] <== sum;
        }
    } else {
        for (var k = 0; k < count; k++) {
            out[k] <== DotProduct(n)(a, b[k]);
        }
    }
}
