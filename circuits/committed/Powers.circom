pragma circom 2.2.0;

/// @title Powers
/// @notice out[i] = b^i.
/// @param n Number of powers, at least 2.
/// @input b Any field element.
/// @output out constrained here.
/// @constraints n - 2
template Powers(n) {
    assert(1 < n);

    signal input b;
    signal output out[n];

    out[0] <== 1;
    out[1] <== b;
    for (var i = 2; i < n; i++) {
        out[i] <== out[i - 1] * b;
    }
}
