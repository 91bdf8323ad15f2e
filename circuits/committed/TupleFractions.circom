pragma circom 2.2.0;

include "../lib/Fraction.circom";

/// @title TupleFractions
/// @notice sum of 1 / (z - (row[i] + b * base[i] + b^2 * slope[i])): lookups of rows of a function's table (`FunctionTable`).
/// @dev b tells tuples apart that a fixed factor would not: with either part free, a prover could trade one for the other.
/// @param n Number of lookups.
/// @input row, base, slope assumed **fixed before b and z**; slope perhaps the constant 0.
/// @input b, square, z Challenges; square assumed b^2, or 0 where there are no slopes.
/// @output sum constrained here.
/// @constraints 3 * n; n less where there are no slopes
template TupleFractions(n) {
    signal input row[n];
    signal input base[n];
    signal input slope[n];
    signal input b;
    signal input square;
    signal input z;
    signal output sum;

    signal based[n];
    signal sloped[n];
    signal fractions[n];
    var total = 0;
    for (var i = 0; i < n; i++) {
        based[i] <== b * base[i];
        sloped[i] <== square * slope[i];
        fractions[i] <== Fraction()(1, z - (row[i] + based[i] + sloped[i]));
        total += fractions[i];
    }
    sum <== total;
}
