pragma circom 2.2.0;

include "../lib/SignedDigits.circom";
include "DotProduct.circom";

/// @title DotProducts
/// @notice out[j] = sum of a[i] * b[j, i]: one vector with several, row-major.
/// @dev With B = 2^bits, the sum of a[i] * (sum of b[j, i] * B^j) is the sum of out[j] * B^j: n products for all of them.
/// The sums are its digits, and the only ones as long as each is within `bits`; a forger's `a` and `b` are, too, as both
/// are range-checked elsewhere. One sum alone needs no digits.
/// @param n Length.
/// @param count Number of vectors in b.
/// @param bits Width of a sum, sign included; count * bits <= 253 unless count is 1.
/// @input a assumed of such a type, with b, that every sum lies in [-2^(bits-1), 2^(bits-1)): **soundness rests on it**.
/// @input b as a.
/// @output out constrained here to the sums.
/// @constraints n + count * bits; n where count is 1
template DotProducts(n, count, bits) {
    assert(0 < count);

    signal input a[n];
    signal input b[count * n];
    signal output out[count];

    signal packed[n];
    for (var i = 0; i < n; i++) {
        var column = 0;
        for (var j = 0; j < count; j++) {
            column += b[j * n + i] * (1 << (bits * j));
        }
        packed[i] <== column;
    }
    signal sum <== DotProduct(n)(a, packed);
    if (count == 1) {
        out[0] <== sum;
    } else {
        out <== SignedDigits(count, bits)(sum);
    }
}
