pragma circom 2.2.0;

/// @title Scaled
/// @notice out[i] = in[i] * multipliers[i % channels].
/// @param n Elements.
/// @param channels Number of multipliers.
/// @input in, multipliers assumed of such types that nothing wraps modulo p.
/// @output out constrained here.
/// @constraints n, or none where the multipliers are constants
template Scaled(n, channels) {
    signal input in[n];
    signal input multipliers[channels];
    signal output out[n];

    for (var i = 0; i < n; i++) {
        out[i] <== in[i] * multipliers[i % channels];
    }
}
