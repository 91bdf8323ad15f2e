pragma circom 2.2.0;

/// @title AddScaled
/// @notice out[i] = sum[i] + factor * terms[i].
/// @param n Length.
/// @input sum, terms, factor Any field elements.
/// @output out constrained here.
/// @constraints n
template AddScaled(n) {
    signal input sum[n];
    signal input factor;
    signal input terms[n];
    signal output out[n];

    for (var i = 0; i < n; i++) {
        out[i] <== sum[i] + factor * terms[i];
    }
}
