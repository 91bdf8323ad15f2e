pragma circom 2.2.0;

include "Bits.circom";

/// @title SignedDigits
/// @notice The signed integers whose sum, digit j times 2^(bits * j), is the input.
/// @dev Unique: with 2^(bits-1) added to each digit they are runs of the bits of one number below 2^(count * bits) < p,
/// and those are unique (`Bits`).
/// @param count Number of digits.
/// @param bits Width of a digit, sign included; count * bits <= 253.
/// @input in constrained here to the sums of digits in [-2^(bits-1), 2^(bits-1)).
/// @output out The digits.
/// @constraints count * bits
template SignedDigits(count, bits) {
    assert(0 < count && 0 < bits && count * bits <= 253);

    signal input in;
    signal output out[count];

    var offset = 0;
    for (var j = 0; j < count; j++) {
        offset += 1 << (bits * j + bits - 1);
    }
    signal digitBits[count * bits] <== Bits(count * bits)(in + offset);

    for (var j = 0; j < count; j++) {
        var digit = -(1 << (bits - 1));
        for (var i = 0; i < bits; i++) {
            digit += digitBits[bits * j + i] * (1 << i);
        }
        out[j] <== digit;
    }
}
