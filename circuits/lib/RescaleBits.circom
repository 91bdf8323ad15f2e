pragma circom 2.2.0;

include "Bits.circom";
include "IsZero.circom";

/// floor(value / 2^shift) for |value| < 2^248.
function floorShift(value, shift) {
    return ((value + (1 << 248)) >> shift) - (1 << (248 - shift));
}

/// Least and largest product of a number in [least, most] with a multiplier in [0, 2^multiplierBits), which is the
/// constant 1 for 0 bits.
function productRange(least, most, multiplierBits) {
    var largest = (1 << multiplierBits) - 1;
    var range[2] = [least, most];
    if (multiplierBits > 0) {
        range[0] = least < 0 ? least * largest : 0;
        range[1] = most > 0 ? most * largest : 0;
    }
    return range;
}

/// Width of a sum whose top bit is its sign, for d * 2^shift in [least - base * 2^shift, most - base * 2^shift].
function signedWidth(least, most, base, shift) {
    var above = bitLength(most - base * (1 << shift));
    var below = bitLength(base * (1 << shift) - least - 1);
    return 1 + (above > below ? above : below);
}

/// The cheapest decomposition that rescales every number in [least, most], as [n, base, quotientBits, hasSign, high,
/// offset]: width of the sum; subtrahend of the quotient; bits of the difference that reach the output; whether the top
/// bit is a sign; number of bits between; what is added to a number before it is decomposed, which is half a unit to
/// round and what makes the sum unsigned.
///
/// Every number of the range, plus the offset, lies in [0, 2^n).
function rescalePlan(least, most, shift, bits, signed) {
    assert(least <= most && bitLength(most) <= 200 && bitLength(-least) <= 200);
    assert(0 <= shift && 0 < bits && shift + bits <= 200);
    assert(signed == 0 || signed == 1);

    var half = shift == 0 ? 0 : 1 << (shift - 1);
    var from = least + half;
    var to = most + half;
    var lo = -signed * (1 << (bits - 1));
    var hi = lo + (1 << bits) - 1;
    var first = floorShift(from, shift);
    var last = floorShift(to, shift);

    var n;
    var base = first;
    var quotientBits;
    var hasSign = first < lo ? 1 : 0;
    var high = 0;
    if (last <= hi && hasSign == 0) {
        n = bitLength(to - base * (1 << shift));
        n = n > shift ? n : shift + 1;
        quotientBits = n - shift;
    } else if (last <= hi) {
        // A quotient of lo is lo on either side of the sign.
        base = lo;
        if (signedWidth(from, to, lo + 1, shift) < signedWidth(from, to, lo, shift)) {
            base = lo + 1;
        }
        n = signedWidth(from, to, base, shift);
        n = n > shift ? n : shift + 1;
        quotientBits = n - 1 - shift;
    } else if (hasSign == 1) {
        base = lo;
        n = signedWidth(from, to, base, shift);
        quotientBits = bits;
        high = n - 1 - shift - bits;
    } else {
        quotientBits = hi > first ? bitLength(hi - first) : 1;
        base = hi + 1 - (1 << quotientBits);
        n = bitLength(to - base * (1 << shift));
        high = n - shift - quotientBits;
    }
    var offset = half - base * (1 << shift) + hasSign * (1 << (n - 1));
    return [n, base, quotientBits, hasSign, high, offset];
}

/// @title RescaleBits
/// @notice The rounding rule (docs/statement.md, section 5) on a sum that is already decomposed: clamp(q, lo, hi), q the
/// quotient of the sum by 2^shift.
/// @dev With d = q - base, the sum is d * 2^shift + remainder, plus 2^(n-1) where d may be negative. So the bits from
/// `shift` on are d's. Where q may be below lo, the top bit says d >= 0. Where q may be above hi, base + 2^quotientBits
/// is hi + 1, and the bits from there up to the sign say whether it is. Clamps that the range of the sum excludes are
/// left out. Below lo or above hi the output is an end of its range, so it takes one product with `low`, not two.
/// @param plan `rescalePlan` of the range of the number to rescale.
/// @param shift Fractional bits to drop; 0 leaves the number as it is.
/// @param bits Width of the output's range.
/// @param signed 1: lo = -2^(bits-1), hi = 2^(bits-1) - 1. 0: lo = 0, hi = 2^bits - 1, which is a ReLU as well.
/// @input in Bits of the number plus the offset of the plan, from `shift` on, least significant first; assumed so.
/// @output out constrained here to [lo, hi], provided that the number lies in its range.
/// @constraints 0 without a clamp, 1 with one at lo alone; with one at hi 1 or 3, with both 2 or 3: the fewer where one
/// bit only tells of values above hi
template RescaleBits(plan, shift, bits, signed) {
    var n = plan[0] - shift;
    var base = plan[1];
    var quotientBits = plan[2];
    var hasSign = plan[3];
    var high = plan[4];

    signal input in[n];
    signal output out;

    var lo = -signed * (1 << (bits - 1));
    var low = base - lo;
    for (var i = 0; i < quotientBits; i++) {
        low += in[i] * (1 << i);
    }

    if (high == 0) {
        if (hasSign == 0) {
            out <== lo + low;
        } else {
            out <== lo + in[n - 1] * low;
        }
    } else {
        var atLeastLo = hasSign == 1 ? in[n - 1] : 1;
        signal fits;
        if (high == 1) {
            fits <== atLeastLo * (1 - in[quotientBits]);
        } else {
            // Counts fewer than 254 bits, so it is zero modulo p only if each term is.
            var outside = 1 - atLeastLo;
            for (var i = 0; i < high; i++) {
                outside += in[quotientBits + i];
            }
            fits <== IsZero()(outside);
        }
        // fits implies atLeastLo; the difference says that the quotient is above hi.
        out <== lo + ((1 << bits) - 1) * (atLeastLo - fits) + fits * low;
    }
}
