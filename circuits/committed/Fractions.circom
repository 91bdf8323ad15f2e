pragma circom 2.2.0;

include "../lib/Fraction.circom";

/// @title Fractions
/// @notice sum of 1 / (z - factor * values[i]): one side of the identity of a lookup (`RangeTable`).
/// @dev By halves: the compiler's time grows with the square of what one template assigns.
/// @param n Number of values.
/// @param factor What each is multiplied by: 2^(k-w) makes a table of k bits check w of them, where the value itself is in
/// the table, too.
/// @input values assumed **fixed before z**: committed, or determined by what is committed.
/// @input z A challenge.
/// @output sum constrained here.
/// @constraints n
template Fractions(n, factor) {
    assert(0 < n && factor != 0);

    signal input values[n];
    signal input z;
    signal output sum;

    if (n <= 64) {
        signal fractions[n];
        var total = 0;
        for (var i = 0; i < n; i++) {
            fractions[i] <== Fraction()(1, z - factor * values[i]);
            total += fractions[i];
        }
        sum <== total;
    } else {
        // Named: an anonymous component takes no slice of an array. A power of two, so that few templates differ.
        var half = 64;
        while (2 * half < n) {
            half *= 2;
        }
        component left = Fractions(half, factor);
        component right = Fractions(n - half, factor);
        left.z <== z;
        right.z <== z;
        for (var i = 0; i < n; i++) {
            if (i < half) {
                left.values[i] <== values[i];
            } else {
                right.values[i - half] <== values[i];
            }
        }
        sum <== left.sum + right.sum;
    }
}
