pragma circom 2.2.0;

/// @title Interpolated
/// @notice out[i] = base[i] + slope[i] * low[i].
/// @param n Elements.
/// @input base, slope assumed looked up at the same row; slope perhaps the constant 0.
/// @input low assumed range-checked.
/// @output out constrained here.
/// @constraints n, or none without slopes
template Interpolated(n) {
    signal input base[n];
    signal input slope[n];
    signal input low[n];
    signal output out[n];

    for (var i = 0; i < n; i++) {
        out[i] <== base[i] + slope[i] * low[i];
    }
}
