pragma circom 2.2.0;

include "Bits.circom";
include "RescaleBits.circom";

/// @title RescaleDigits
/// @notice Rescales numbers that are given as one: the sum of number j times 2^(n * j), n the width of `rescalePlan`.
/// @dev With the offset of the plan added to it, each number lies in [0, 2^n), **provided that it is in its range**. Then their
/// digits lie side by side in one number below 2^(n * count) < p, whose bits are unique (`Bits`): n bits for each number
/// are what tells them apart, its range check and its decomposition for the rounding rule (`RescaleBits`) at once.
/// @param count How many; n * count <= 253.
/// @param plan, shift, bits, signed as in `RescaleBits`.
/// @input in The sum; each number assumed in the plan's range: **soundness rests on it** where count is above 1.
/// @output out constrained here, each to [lo, hi] of `RescaleBits`.
/// @constraints count * (n and those of `RescaleBits`)
template RescaleDigits(count, plan, shift, bits, signed) {
    var n = plan[0];
    assert(0 < count && n * count <= 253);

    signal input in;
    signal output out[count];

    var offset = 0;
    for (var j = 0; j < count; j++) {
        offset += plan[5] * (1 << (n * j));
    }
    signal sumBits[n * count] <== Bits(n * count)(in + offset);

    component rescaled[count];
    for (var j = 0; j < count; j++) {
        rescaled[j] = RescaleBits(plan, shift, bits, signed);
        for (var i = shift; i < n; i++) {
            rescaled[j].in[i - shift] <== sumBits[n * j + i];
        }
        out[j] <== rescaled[j].out;
    }
}
