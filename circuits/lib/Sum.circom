pragma circom 2.2.0;

/// @title Sum
/// @notice The sum of some numbers.
/// @dev Halves until short: one linear combination over thousands of terms makes the compiler quadratic.
/// @param length How many.
/// @input in assumed such that the sum does not wrap modulo p.
/// @output out constrained here to the sum.
/// @constraints 0
template Sum(length) {
    assert(0 < length);

    signal input in[length];
    signal output out;

    if (length <= 64) {
        var sum = 0;
        for (var i = 0; i < length; i++) {
            sum += in[i];
        }
        out <== sum;
    } else {
        var half = length \ 2;
        // Named: an anonymous component takes no slice of an array.
        component left = Sum(half);
        component right = Sum(length - half);
        for (var i = 0; i < length; i++) {
            if (i < half) {
                left.in[i] <== in[i];
            } else {
                right.in[i - half] <== in[i];
            }
        }
        out <== left.out + right.out;
    }
}
