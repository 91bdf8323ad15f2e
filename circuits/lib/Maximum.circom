pragma circom 2.2.0;

include "Bits.circom";

/// The largest of n integers.
function largestOf(values, n) {
    var largest = values[0];
    for (var i = 1; i < n; i++) {
        if (values[i] > largest) {
            largest = values[i];
        }
    }
    return largest;
}

/// @title Maximum
/// @notice The largest of some integers.
/// @dev Of few, one after the other: bit `bits` of a - b + 2^bits says whether a is at least b. Of many, the maximum is
/// a hint: no input exceeds it, and it is one of them, as a product of the differences is 0.
/// @param length How many.
/// @param bits Width of each, so that two differ by less than 2^bits.
/// @input in assumed of one type of `bits` bits, so that no value is refused; constrained here to differ by as much.
/// @output out constrained here to the largest.
/// @constraints (length - 1) * (bits + 2) or length * (bits + 1) - 1, the lesser
template Maximum(length, bits) {
    assert(0 < length && 0 < bits && bits <= 250);

    signal input in[length];
    signal output out;

    if (length <= bits + 1) {
        signal running[length];
        signal digits[length][bits + 1];
        running[0] <== in[0];
        for (var i = 1; i < length; i++) {
            digits[i] <== Bits(bits + 1)(running[i - 1] - in[i] + (1 << bits));
            running[i] <== in[i] + digits[i][bits] * (running[i - 1] - in[i]);
        }
        for (var i = 0; i <= bits; i++) {
            digits[0][i] <== 0;
        }
        out <== running[length - 1];
    } else {
        // A hint, unique: at least each input by the range checks, and one of them as the product of all gaps is 0.
        out <-- largestOf(in, length);
        signal gaps[length - 1];
        for (var i = 0; i < length; i++) {
            _ <== Bits(bits)(out - in[i]);
        }
        gaps[0] <== out - in[0];
        for (var i = 1; i < length - 1; i++) {
            gaps[i] <== gaps[i - 1] * (out - in[i]);
        }
        gaps[length - 2] * (out - in[length - 1]) === 0;
    }
}
