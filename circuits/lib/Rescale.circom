pragma circom 2.2.0;

include "RescaleDigits.circom";

/// @title Rescale
/// @notice out = clamp(floor((in * multiplier + 2^(shift-1)) / 2^shift), lo, hi): the one rounding rule
/// (docs/statement.md, section 5), round half up and saturating.
/// @dev One decomposition is range check, quotient, sign and overflow at once (`RescaleBits`). Its bits are unique
/// (`Bits`), no quotient or remainder is supplied, so none can be forged; `in` out of its range is rejected, or divided
/// correctly but not clamped where its range needs no clamp.
/// @param least, most Range of `in`, worst case.
/// @param multiplierBits Width of `multiplier`, unsigned; 0 where it is the constant 1.
/// @param shift Fractional bits to drop; 0 rounds nothing.
/// @param bits, signed Type of the output, as in `RescaleBits`.
/// @input in Accumulator; assumed in [least, most].
/// @input multiplier assumed in [0, 2^multiplierBits), or 1; committed parameters are range-checked by `PackWords`.
/// @output out constrained here to [lo, hi].
/// @constraints those of `RescaleDigits` for one number; 1 more where the multiplier is no constant
template Rescale(least, most, multiplierBits, shift, bits, signed) {
    signal input in;
    signal input multiplier;
    signal output out;

    var range[2] = productRange(least, most, multiplierBits);
    var plan[6] = rescalePlan(range[0], range[1], shift, bits, signed);
    signal rescaled[1] <== RescaleDigits(1, plan, shift, bits, signed)(in * multiplier);
    out <== rescaled[0];
}
