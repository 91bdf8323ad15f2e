pragma circom 2.2.0;

/// @title LowestLimb
/// @notice What is left of a number when its higher limbs are taken off.
/// @dev The lowest limb is never committed itself: a linear constraint would determine it, and the compiler would drop it.
/// @param n Numbers.
/// @param k Higher limbs of each.
/// @param offset What is added to a number to make it unsigned.
/// @param positions Bit at which each higher limb begins.
/// @input values The numbers.
/// @input limbs The higher limbs, in the order of `positions`; assumed range-checked, as the result is to be.
/// @output out values[i] + offset - sum of limbs[j][i] * 2^positions[j]
/// @constraints 0
template LowestLimb(n, k, offset, positions) {
    signal input values[n];
    signal input limbs[k][n];
    signal output out[n];

    for (var i = 0; i < n; i++) {
        var rest = values[i] + offset;
        for (var j = 0; j < k; j++) {
            rest -= limbs[j][i] * (1 << positions[j]);
        }
        out[i] <== rest;
    }
}
