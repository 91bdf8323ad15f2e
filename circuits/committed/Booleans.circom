pragma circom 2.2.0;

/// @title Booleans
/// @notice Refuses a value other than 0 and 1.
/// @dev The complement is a signal so that the value occurs in a linear constraint more: `--O2` drops a committed input that
/// occurs in one only, though another signal would do as well.
/// @param n Number of values.
/// @input values constrained here to 0 or 1.
/// @constraints n
template Booleans(n) {
    signal input values[n];

    signal complement[n];
    for (var i = 0; i < n; i++) {
        complement[i] <== 1 - values[i];
        values[i] * complement[i] === 0;
    }
}
