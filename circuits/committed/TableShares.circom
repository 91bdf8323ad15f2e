pragma circom 2.2.0;

include "../lib/Fraction.circom";

/// @title TableShares
/// @notice sum of multiplicities[i] / (z - (start + i)): what the rows of a table from `start` on add to a lookup's identity.
/// @param n Number of rows.
/// @param start First of them.
/// @input multiplicities assumed **fixed before z**: committed.
/// @input z A challenge.
/// @output sum constrained here.
/// @constraints n
template TableShares(n, start) {
    assert(0 < n && 0 <= start);

    signal input multiplicities[n];
    signal input z;
    signal output sum;

    if (n <= 64) {
        signal shares[n];
        var total = 0;
        for (var i = 0; i < n; i++) {
            shares[i] <== Fraction()(multiplicities[i], z - (start + i));
            total += shares[i];
        }
        sum <== total;
    } else {
        var half = n \ 2;
        // Named: an anonymous component takes no slice of an array.
        component left = TableShares(half, start);
        component right = TableShares(n - half, start + half);
        left.z <== z;
        right.z <== z;
        for (var i = 0; i < n; i++) {
            if (i < half) {
                left.multiplicities[i] <== multiplicities[i];
            } else {
                right.multiplicities[i - half] <== multiplicities[i];
            }
        }
        sum <== left.sum + right.sum;
    }
}
