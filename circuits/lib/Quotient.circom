pragma circom 2.2.0;

include "Bits.circom";
include "IsZero.circom";

/// floor(dividend / divisor) for |dividend| < 2^200 and 0 < divisor < 2^200.
function floorQuotient(dividend, divisor) {
    return dividend < 0 ? -((divisor - 1 - dividend) \ divisor) : dividend \ divisor;
}

/// @title Quotient
/// @notice out = floor(left * 2^shift / max(right, 1)).
/// @dev With d = max(right, 1) and remainder = left * 2^shift - out * d, 0 <= remainder < d has one integer solution.
/// Remainder and d - 1 - remainder are range-checked as such, and out to the least power of two that holds all its
/// values, so that out * d + remainder is far below p: what is equal modulo p is equal.
/// @param leftLeast, leftMost Range of left, worst case.
/// @param rightLeast, rightMost Range of right, worst case; 0 <= rightLeast.
/// @param shift Fractional bits of the quotient.
/// @input left assumed in its range.
/// @input right assumed in its range: **soundness rests on both**.
/// @output out constrained here.
/// @constraints bits of the quotient's range; twice those of rightMost - 1; 1; 2 more if right may be 0. None where the
/// quotient or the divisor has one value
template Quotient(leftLeast, leftMost, rightLeast, rightMost, shift) {
    assert(leftLeast <= leftMost && 0 <= rightLeast && rightLeast <= rightMost && 0 <= shift);
    assert(bitLength(leftMost) + shift <= 120 && bitLength(-leftLeast) + shift <= 120 && bitLength(rightMost) <= 120);

    var least = rightLeast > 0 ? rightLeast : 1;
    var most = rightMost > 0 ? rightMost : 1;
    var from = leftLeast * (1 << shift);
    var to = leftMost * (1 << shift);
    var first = floorQuotient(from, from < 0 ? least : most);
    var last = floorQuotient(to, to < 0 ? most : least);
    // So out * d + remainder, and the dividend less that, are of fewer than 245 bits.
    assert(first <= last && bitLength(-first) <= 121 && bitLength(last - first) <= 121);

    signal input left;
    signal input right;
    signal output out;

    if (most == 1) {
        out <== left * (1 << shift);
    } else if (first == last) {
        out <== first;
    } else {
        signal isZero;
        if (rightLeast > 0) {
            isZero <== 0;
        } else {
            isZero <== IsZero()(right);
        }
        signal divisor <== right + isZero;

        // A hint, unique: the three range checks below leave the one quotient of an integer division with remainder.
        signal excess <-- (left * (1 << shift) - first * divisor) \ divisor;
        signal product <== (first + excess) * divisor;
        _ <== Bits(bitLength(last - first))(excess);
        _ <== Bits(bitLength(most - 1))(left * (1 << shift) - product);
        _ <== Bits(bitLength(most - 1))(divisor - 1 - (left * (1 << shift) - product));
        out <== first + excess;
    }
}
