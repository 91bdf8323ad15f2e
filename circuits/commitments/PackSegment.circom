pragma circom 2.2.0;

include "../lib/Digit.circom";

/// @title PackSegment
/// @notice Packs elements of one type side by side into a number of count * bits bits.
/// @dev Injective: each digit is constrained to its width unconditionally, and count * bits <= 253 keeps the sum below p.
/// @param count Number of elements.
/// @param bits Width of an element.
/// @param signed 1 if the elements are signed, else 0.
/// @input values constrained here to their type.
/// @output out sum of digit j * 2^(bits * j), constrained here.
/// @constraints count * bits
template PackSegment(count, bits, signed) {
    assert(0 < count && 0 < bits && count * bits <= 253);

    signal input values[count];
    signal output out;

    signal digits[count];
    var sum = 0;
    for (var j = 0; j < count; j++) {
        digits[j] <== Digit(bits, signed)(values[j]);
        sum += digits[j] * (1 << (bits * j));
    }
    out <== sum;
}
