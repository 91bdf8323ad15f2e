pragma circom 2.2.0;

include "Bits.circom";
include "IsZero.circom";

/// Width of the decomposition in `Rescale`: the least n for which every accumulator and multiplier of their widths gives
/// 0 <= in * multiplier + 2^(shift-1) - lo * 2^shift + 2^(n-1) < 2^n, and at least one bit lies above the output's.
function rescaleWidth(accumulatorBits, multiplierBits, shift, bits, signed) {
    var largest = (1 << (accumulatorBits - 1)) * ((1 << multiplierBits) - 1);
    var offset = (1 << (shift - 1)) + signed * (1 << (shift + bits - 1));
    var n = shift + bits + 2;
    while ((1 << (n - 1)) < largest || (1 << (n - 1)) <= largest - ((1 << multiplierBits) - 1) + offset) {
        n++;
    }
    return n;
}

/// @title Rescale
/// @notice out = clamp(floor((in * multiplier + 2^(shift-1)) / 2^shift), lo, hi): the one rounding rule
/// (docs/statement.md, section 5), round half up and saturating.
/// @dev With d = quotient - lo, the decomposed sum is d * 2^shift + remainder + 2^(n-1). So its top bit says d >= 0,
/// the bits from `shift` on are d's, and those at or above `bits` say d > hi - lo. The bits are unique (`Bits`), no
/// quotient or remainder is supplied, so none can be forged; `in` out of range is rejected or rescaled correctly.
/// @param accumulatorBits Width of `in`, sign included.
/// @param multiplierBits Width of `multiplier`, unsigned; 1 where it is the constant 1.
/// @param shift Fractional bits to drop; shift > 0.
/// @param bits Width of the output's range.
/// @param signed 1: lo = -2^(bits-1), hi = 2^(bits-1) - 1. 0: lo = 0, hi = 2^bits - 1, which is a ReLU as well.
/// @input in Accumulator; assumed in [-2^(accumulatorBits-1), 2^(accumulatorBits-1)).
/// @input multiplier assumed in [0, 2^multiplierBits); committed parameters are range-checked by `PackWords`.
/// @output out constrained here to [lo, hi].
/// @constraints n + 5, n = rescaleWidth(...); n + 4 where the multiplier is a constant
template Rescale(accumulatorBits, multiplierBits, shift, bits, signed) {
    assert(0 < accumulatorBits && 0 < multiplierBits && accumulatorBits + multiplierBits <= 248);
    assert(0 < shift && 0 < bits && shift + bits <= 248);
    assert(signed == 0 || signed == 1);

    signal input in;
    signal input multiplier;
    signal output out;

    var n = rescaleWidth(accumulatorBits, multiplierBits, shift, bits, signed);
    var lo = -signed * (1 << (bits - 1));
    var most = (1 << bits) - 1;

    signal sum <== in * multiplier + (1 << (shift - 1)) - lo * (1 << shift) + (1 << (n - 1));
    signal sumBits[n] <== Bits(n)(sum);

    var low = 0;
    for (var i = 0; i < bits; i++) {
        low += sumBits[shift + i] * (1 << i);
    }
    var high = 0;
    for (var i = shift + bits; i < n - 1; i++) {
        high += sumBits[i];
    }

    // `high` counts fewer than 253 bits, so it is zero modulo p only if each of them is.
    signal fits <== IsZero()(high);
    signal capped <== most + fits * (low - most);
    out <== lo + sumBits[n - 1] * capped;
}
