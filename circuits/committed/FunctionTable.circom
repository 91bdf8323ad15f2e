pragma circom 2.2.0;

include "../lib/Fraction.circom";

/// @title FunctionTable
/// @notice Refuses a looked-up tuple other than a row (t, base[t], slope[t]); as `RangeTable`.
/// @param rows Number of rows.
/// @param base, slope The function's tables; integers.
/// @input multiplicities assumed **committed before b and z**.
/// @input b, square, z as in `TupleFractions`.
/// @input lookups Sum of `TupleFractions` of everything that is looked up; constrained here.
/// @constraints rows
template FunctionTable(rows, base, slope) {
    signal input multiplicities[rows];
    signal input b;
    signal input square;
    signal input z;
    signal input lookups;

    signal shares[rows];
    var total = 0;
    for (var t = 0; t < rows; t++) {
        shares[t] <== Fraction()(multiplicities[t], z - (t + b * base[t] + square * slope[t]));
        total += shares[t];
    }
    lookups === total;
}
